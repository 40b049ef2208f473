// dense: x [...,in], weights [out,in], bias? [out] -> [...,out]; rows are independent.

#include <fmt/format.h>

#include <algorithm>

#include "ops/dense/dense.h"
#include "ops/family.h"
#include "ops/operands.h"
#include "ops/panel.h"
#include "ops/quantized.h"

namespace embark {

Expected<std::vector<TensorType>> infer_dense(const Graph &graph, const Node &node) {
    EMBARK_RETURN_IF_ERROR(check_inputs(graph, node, 2, 3));
    EMBARK_RETURN_IF_ERROR(check_rank(graph, node, 1, 2, "out, in"));
    EMBARK_RETURN_IF_ERROR(check_layer_types(graph, node, 0));
    const Shape &x = input_type(graph, node, 0).shape;
    const Shape &weights = input_type(graph, node, 1).shape;
    if (x.size() < 2) {
        return make_error(ErrorCode::kInvalid,
                          fmt::format("input 0 has shape {}, expected rank 2 or more (batch first)",
                                      to_string(x)));
    }
    if (x.back() != weights[1]) {
        return make_error(ErrorCode::kInvalid,
                          fmt::format("input 0 has shape {}, expected {} features as in the "
                                      "weights {}",
                                      to_string(x), weights[1], to_string(weights)));
    }
    if (has_input(node, 2)) {
        EMBARK_RETURN_IF_ERROR(check_vector(graph, node, 2, "bias", weights[0]));
    }
    Shape shape = x;
    shape.back() = weights[0];
    return std::vector{TensorType{input_type(graph, node, 0).type, std::move(shape), {}}};
}

Status evaluate_dense(const Node &node, std::span<const ConstTensorView> inputs,
                      std::span<const TensorView> outputs) {
    if (!is_float32(inputs)) return evaluate_portable(node, inputs, outputs);
    const int64_t in = inputs[1].type->shape[1], out = inputs[1].type->shape[0];
    const int64_t rows = element_count(inputs[0].type->shape) / in;
    const bool has_bias = inputs.size() > 2 && inputs[2].type != nullptr;
    // Packing a slice at a time keeps the panel in the first cache: weights are used once only.
    constexpr int64_t kSlice = 256;
    float panel[kSlice * kPanelWidth];
    std::vector<float> sums(static_cast<size_t>(rows * kPanelWidth));
    for (int64_t first = 0; first < out; first += kPanelWidth) {
        const int64_t count = std::min(kPanelWidth, out - first);
        std::fill(sums.begin(), sums.end(), 0.0f);
        for (int64_t start = 0; start < in; start += kSlice) {
            const int64_t depth = std::min(kSlice, in - start);
            pack_panel(inputs[1].as<float>() + first * in + start, in, count, depth, panel);
            for (int64_t row = 0; row < rows; ++row) {
                accumulate_panel(inputs[0].as<float>() + row * in + start, panel, depth,
                                 sums.data() + row * kPanelWidth);
            }
        }
        for (int64_t row = 0; row < rows; ++row) {
            for (int64_t j = 0; j < count; ++j) {
                const float sum = sums[static_cast<size_t>(row * kPanelWidth + j)];
                outputs[0].as<float>()[row * out + first + j] =
                    has_bias ? sum + inputs[2].as<float>()[first + j] : sum;
            }
        }
    }
    return Ok{};
}

Expected<PortableCall> portable_dense(const Node &node, std::span<const TensorType *const> inputs,
                                      std::span<const TensorType> outputs) {
    if (is_quantized(*inputs[0])) return quantized_dense(node, inputs, outputs);
    if (inputs[0]->type == DataType::kFloat32) return portable_dense_f32(inputs);
    return unsupported_type(node, inputs[0]->type);
}

int64_t macc_dense(const Graph &graph, const Node &node) {
    const Shape &weights = input_type(graph, node, 1).shape;
    const int64_t rows = output_elements(graph, node) / weights[0];
    return rows * (weights[0] * weights[1] + (has_input(node, 2) ? weights[0] : 0));
}

}  // namespace embark
