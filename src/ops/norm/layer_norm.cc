// layer_norm: x, scale?, bias? -> (x - mean) / sqrt(variance + epsilon) * scale + bias over the
// axes `axis` … last; scale and bias have these axes. With statistics 1 also the mean and
// 1 / sqrt(variance + epsilon), their normalised axes of extent 1.
// rms_norm: x, scale?, bias? -> x / sqrt(mean of x^2 + epsilon) * scale + bias.
// Attributes: axis (the last one), epsilon (1e-5), statistics (0; layer_norm only).

#include <fmt/format.h>

#include "ops/family.h"
#include "ops/window.h"

namespace embark {

namespace {

int64_t axis_of(const Node &node, const Shape &x) {
    return node.int_or("axis", static_cast<int64_t>(x.size()) - 1);
}

int64_t row_length(const Node &node, const Shape &x) {
    return element_count(Shape(x.begin() + axis_of(node, x), x.end()));
}

Status check_scale(const Graph &graph, const Node &node, size_t index, const Shape &expected) {
    if (!has_input(node, index)) return Ok{};
    const Shape &shape = input_type(graph, node, index).shape;
    if (shape == expected) return Ok{};
    return make_error(ErrorCode::kInvalid, fmt::format("input {} has shape {}, expected {}", index,
                                                       to_string(shape), to_string(expected)));
}

}  // namespace

Expected<std::vector<TensorType>> infer_layer_norm(const Graph &graph, const Node &node) {
    EMBARK_RETURN_IF_ERROR(check_inputs(graph, node, 1, 3));
    EMBARK_RETURN_IF_ERROR(check_float32(graph, node));
    const TensorType &x = input_type(graph, node, 0);
    const int64_t axis = axis_of(node, x.shape), rank = static_cast<int64_t>(x.shape.size());
    if (axis < 0 || axis >= rank) {
        return make_error(ErrorCode::kInvalid,
                          fmt::format("attribute axis is {}, expected 0 to {}", axis, rank - 1));
    }
    const Shape normalised(x.shape.begin() + axis, x.shape.end());
    EMBARK_RETURN_IF_ERROR(check_scale(graph, node, 1, normalised));
    EMBARK_RETURN_IF_ERROR(check_scale(graph, node, 2, normalised));
    std::vector<TensorType> types = {x};
    if (node.op == "layer_norm" && node.int_or("statistics", 0) != 0) {
        TensorType row = x;
        std::fill(row.shape.begin() + axis, row.shape.end(), 1);
        types.insert(types.end(), {row, row});
    }
    return types;
}

int64_t macc_layer_norm(const Graph &graph, const Node &node) {
    return 6 * output_elements(graph, node);
}

Expected<PortableCall> portable_layer_norm(const Node &node,
                                           std::span<const TensorType *const> inputs,
                                           std::span<const TensorType> outputs) {
    const Shape &x = inputs[0]->shape;
    const int64_t length = row_length(node, x);
    PortableCall call{
        .function = outputs.size() > 1 ? "emk_layer_norm_statistics_f32" : "emk_layer_norm_f32",
        .inputs = {0, optional_input(inputs, 1), optional_input(inputs, 2)}};
    call.fields = {int_of("rows", element_count(x) / length), int_of("length", length),
                   int_of("centered", node.op == "layer_norm" ? 1 : 0),
                   float_of("epsilon", static_cast<float>(node.float_or("epsilon", 1e-5)))};
    call.cycles = element_count(x) * 24 + element_count(x) / length * 60 + 100;
    return call;
}

}  // namespace embark
