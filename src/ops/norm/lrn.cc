// lrn: x -> x / (bias + alpha / size * sum of x^2)^beta over `size` neighbours on the last axis:
// (size-1)/2 in front, rounded down, and as many or one more behind. Attributes: size (required),
// alpha (1e-4), beta (0.75), bias (1).

#include <fmt/format.h>

#include "ops/family.h"
#include "ops/operands.h"

namespace embark {

Expected<std::vector<TensorType>> infer_lrn(const Graph &graph, const Node &node) {
    EMBARK_RETURN_IF_ERROR(check_inputs(graph, node, 1, 1));
    EMBARK_RETURN_IF_ERROR(check_float32(graph, node));
    if (input_type(graph, node, 0).shape.empty()) {
        return make_error(ErrorCode::kInvalid, "input 0 is a scalar, expected channels last");
    }
    const int64_t size = node.int_or("size", 0);
    if (size < 1 || size > 65536) {
        return make_error(ErrorCode::kInvalid,
                          fmt::format("attribute size is {}, expected 1 to 65536", size));
    }
    return std::vector{input_type(graph, node, 0)};
}

int64_t macc_lrn(const Graph &graph, const Node &node) {
    return (node.int_or("size", 1) + 20) * output_elements(graph, node);
}

Expected<PortableCall> portable_lrn(const Node &node, std::span<const TensorType *const> inputs,
                                    std::span<const TensorType>) {
    const Shape &x = inputs[0]->shape;
    const int64_t size = node.int_or("size", 1);
    const double alpha = node.float_or("alpha", 1e-4) / static_cast<double>(size);
    PortableCall call{.function = "emk_lrn_f32", .inputs = {0}};
    call.fields = {int_of("rows", element_count(x) / x.back()),
                   int_of("length", x.back()),
                   int_of("before", (size - 1) / 2),
                   int_of("after", size / 2),
                   float_of("alpha", static_cast<float>(alpha)),
                   float_of("beta", static_cast<float>(node.float_or("beta", 0.75))),
                   float_of("bias", static_cast<float>(node.float_or("bias", 1.0)))};
    call.cycles = element_count(x) * (size * 8 + 260) + 100;
    return call;
}

}  // namespace embark
