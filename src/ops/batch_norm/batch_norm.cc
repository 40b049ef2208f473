// batch_norm: x [...,C], scale [C], shift [C] -> x * scale + shift, rounded after each operation.
// The importers reduce mean, variance, gamma and beta to scale and shift.

#include <fmt/format.h>

#include "ops/family.h"
#include "ops/operands.h"

namespace embark {

Expected<std::vector<TensorType>> infer_batch_norm(const Graph &graph, const Node &node) {
    EMBARK_RETURN_IF_ERROR(check_inputs(graph, node, 3, 3));
    EMBARK_RETURN_IF_ERROR(check_constants(graph, node, 1));
    EMBARK_RETURN_IF_ERROR(check_float32(graph, node));
    const TensorType &x = input_type(graph, node, 0);
    if (x.shape.empty()) {
        return make_error(ErrorCode::kInvalid, "input 0 is a scalar, expected channels last");
    }
    EMBARK_RETURN_IF_ERROR(check_vector(graph, node, 1, "scale", x.shape.back()));
    EMBARK_RETURN_IF_ERROR(check_vector(graph, node, 2, "shift", x.shape.back()));
    return std::vector{x};
}

Status evaluate_batch_norm(const Node &node, std::span<const ConstTensorView> inputs,
                           std::span<const TensorView> outputs) {
    if (!is_float32(inputs)) return unsupported_type(node, inputs[0].type->type);
    const int64_t channels = inputs[0].type->shape.back();
    const int64_t count = element_count(inputs[0].type->shape);
    const float *scale = inputs[1].as<float>(), *shift = inputs[2].as<float>();
    for (int64_t i = 0; i < count; i += channels) {
        const float *x = inputs[0].as<float>() + i;
        float *out = outputs[0].as<float>() + i;
        for (int64_t c = 0; c < channels; ++c) out[c] = x[c] * scale[c] + shift[c];
    }
    return Ok{};
}

int64_t macc_batch_norm(const Graph &graph, const Node &node) {
    return 2 * output_elements(graph, node);
}

}  // namespace embark
