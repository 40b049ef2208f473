// lp_normalize: x over the last axis divided by its norm, the sum of |x| or the root of the sum of
// x^2; a row of zeros stays one. Attribute: p, 1 or 2 (2).
// l2_normalize: x / max(root of the sum of x^2, epsilon). Attribute: epsilon (1e-6).

#include <fmt/format.h>

#include "ops/family.h"
#include "ops/operands.h"
#include "ops/quantized.h"

namespace embark {

Expected<std::vector<TensorType>> infer_normalize(const Graph &graph, const Node &node) {
    EMBARK_RETURN_IF_ERROR(check_inputs(graph, node, 1, 1));
    EMBARK_RETURN_IF_ERROR(check_float_or_quantized(graph, node));
    if (input_type(graph, node, 0).shape.empty()) {
        return make_error(ErrorCode::kInvalid, "input 0 is a scalar, expected rank 1 or more");
    }
    const int64_t p = node.int_or("p", 2);
    if (p != 1 && p != 2) {
        return make_error(ErrorCode::kInvalid,
                          fmt::format("attribute p is {}, expected 1 or 2", p));
    }
    return std::vector{input_type(graph, node, 0)};
}

int64_t macc_normalize(const Graph &graph, const Node &node) {
    return 2 * output_elements(graph, node);
}

Expected<PortableCall> portable_normalize(const Node &node,
                                          std::span<const TensorType *const> inputs,
                                          std::span<const TensorType> outputs) {
    if (is_quantized(*inputs[0]) && node.op == "l2_normalize") {
        return quantized_l2_normalize(node, inputs, outputs);
    }
    if (inputs[0]->type != DataType::kFloat32) return unsupported_type(node, inputs[0]->type);
    const Shape &x = inputs[0]->shape;
    const bool l2 = node.op == "l2_normalize";
    PortableCall call{.function = "emk_normalize_f32", .inputs = {0}};
    call.fields = {
        int_of("rows", element_count(x) / x.back()), int_of("length", x.back()),
        int_of("p", l2 ? 2 : node.int_or("p", 2)),
        float_of("least", l2 ? static_cast<float>(node.float_or("epsilon", 1e-6)) : 0.0f)};
    call.cycles = element_count(x) * 26 + 100;
    return call;
}

}  // namespace embark
