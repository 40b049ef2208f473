// Layers with several inputs.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "import/keras/layers.h"

namespace embark::keras {

namespace {

struct MergeRow {
    std::string_view class_name;
    std::string_view op;
};

constexpr MergeRow kMerges[] = {
    {"Add", "add"},         {"Average", "add"},       {"Maximum", "maximum"},
    {"Minimum", "minimum"}, {"Multiply", "multiply"}, {"Subtract", "subtract"},
};

std::string_view merge_op(std::string_view class_name) {
    for (const MergeRow &row : kMerges) {
        if (row.class_name == class_name) return row.op;
    }
    EMBARK_ASSERT(false);
    return {};
}

/// embark repeats the second operand only, so that the first has the result's shape.
Expected<TensorId> append_binary(LayerContext &context, std::string_view op, std::string name,
                                 TensorId a, TensorId b) {
    const Shape &left = context.graph.tensor(a).type.shape;
    const Shape &right = context.graph.tensor(b).type.shape;
    if (left.size() != right.size()) {
        return make_error(ErrorCode::kUnsupported,
                          fmt::format("combines {} and {}, expected the same rank", to_string(left),
                                      to_string(right)));
    }
    if (op != "subtract" && element_count(right) > element_count(left)) std::swap(a, b);
    return append(context, std::string(op), std::move(name), context.layer.class_name, {a, b});
}

}  // namespace

/// From left to right, as Keras does; the last node has the layer's name.
Expected<TensorId> convert_merge(LayerContext &context) {
    const std::string_view op = merge_op(context.layer.class_name);
    const size_t count = context.inputs.size();
    if (op == "subtract" && count != 2) {
        return make_error(ErrorCode::kInvalid, fmt::format("has {} inputs, expected 2", count));
    }
    const bool average = context.layer.class_name == "Average";
    TensorId result = context.inputs[0];
    for (size_t i = 1; i < count; ++i) {
        const bool last = i + 1 == count && !average;
        const std::string name =
            last ? context.node_name : fmt::format("{}/{}_{}", context.node_name, op, i);
        EMBARK_ASSIGN(result, append_binary(context, op, name, result, context.inputs[i]));
    }
    if (!average) return result;
    const std::array<float, 1> share{1.0f / static_cast<float>(count)};
    const TensorId factor = constant(context, "share", {1}, share);
    return append(context, "multiply", context.node_name, context.layer.class_name,
                  {result, factor});
}

Expected<TensorId> convert_concatenate(LayerContext &context) {
    const auto rank = static_cast<int64_t>(context.input_shape().size());
    EMBARK_ASSIGN(const auto given, config_ints(context.layer.config, "axis", 1, -1, -rank));
    const int64_t axis = given[0] < 0 ? given[0] + rank : given[0];
    if (axis == 0 || axis >= rank) {
        return make_error(ErrorCode::kInvalid,
                          fmt::format("axis is {}, expected one of {} after the batch", given[0],
                                      to_string(context.input_shape())));
    }
    return append(context, "concat", context.node_name, context.layer.class_name, context.inputs,
                  {{"axis", axis}});
}

}  // namespace embark::keras
