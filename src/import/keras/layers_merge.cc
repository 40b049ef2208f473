// Layers with several inputs.
#include <fmt/format.h>

#include <algorithm>

#include "import/keras/layers.h"
#include "import/keras/operations.h"

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

/// Keras gives the input with fewer axes axes of one after the batch.
Expected<TensorId> with_rank(LayerContext &context, TensorId x, size_t rank, std::string suffix) {
    Shape shape = context.shape(x);
    if (shape.size() >= rank) return x;
    shape.insert(shape.begin() + 1, rank - shape.size(), 1);
    return append_reshape(context, suffix + "/rank", x, std::move(shape));
}

/// The smaller operand comes second where the order does not matter.
Expected<TensorId> append_binary(LayerContext &context, std::string_view op, std::string suffix,
                                 TensorId a, TensorId b) {
    const size_t rank = std::max(context.shape(a).size(), context.shape(b).size());
    EMBARK_ASSIGN(a, with_rank(context, a, rank, suffix.empty() ? "left" : suffix + "/left"));
    EMBARK_ASSIGN(b, with_rank(context, b, rank, suffix.empty() ? "right" : suffix + "/right"));
    const bool swaps = element_count(context.shape(b)) > element_count(context.shape(a));
    if (op != "subtract" && swaps) std::swap(a, b);
    return append(context, std::string(op), suffix, {a, b});
}

/// Brings an axis to the end.
Expected<TensorId> axis_to_end(LayerContext &context, TensorId x, int64_t axis,
                               std::string_view suffix) {
    std::vector<int64_t> perm;
    for (int64_t i = 0; i < static_cast<int64_t>(context.shape(x).size()); ++i) {
        if (i != axis) perm.push_back(i);
    }
    perm.push_back(axis);
    return append_transpose(context, suffix, x, perm);
}

}  // namespace

/// From left to right, as Keras does; the last node has the layer's name.
Expected<TensorId> convert_merge(LayerContext &context) {
    if (has_constant_operands(context.call)) return convert_operation(context);
    const std::string_view op = merge_op(context.layer.class_name);
    const size_t count = context.inputs.size();
    if (count < 2) {
        return make_error(ErrorCode::kInvalid,
                          fmt::format("has {} inputs, expected two or more", count));
    }
    if (op == "subtract" && count != 2) {
        return make_error(ErrorCode::kInvalid, fmt::format("has {} inputs, expected 2", count));
    }
    const bool average = context.layer.class_name == "Average";
    TensorId result = context.inputs[0];
    for (size_t i = 1; i < count; ++i) {
        const bool last = i + 1 == count && !average;
        EMBARK_ASSIGN(result, append_binary(context, op, last ? "" : fmt::format("{}_{}", op, i),
                                            result, context.inputs[i]));
    }
    if (!average) return result;
    const TensorId factor = scalar(context, "share", 1.0 / static_cast<double>(count));
    return append(context, "multiply", "", {result, factor});
}

Expected<TensorId> convert_concatenation(LayerContext &context) {
    const auto rank = static_cast<int64_t>(context.input_shape().size());
    EMBARK_ASSIGN(const int64_t given, config_int(context.layer.config, "axis", -1, -rank));
    const int64_t axis = given < 0 ? given + rank : given;
    if (axis == 0 || axis >= rank) {
        return make_error(ErrorCode::kInvalid,
                          fmt::format("axis is {}, expected one of {} after the batch", given,
                                      to_string(context.input_shape())));
    }
    if (context.inputs.size() == 1) return context.inputs[0];
    return append(context, "concat", "", context.inputs, {{"axis", axis}});
}

/// Both axes go to the end, where a product of matrices sums over them.
Expected<TensorId> convert_dot(LayerContext &context) {
    const Value config = context.layer.config, value = config["axes"];
    TensorId sides[2] = {context.inputs[0], context.inputs[1]};
    size_t ranks[2] = {};
    for (size_t i = 0; i < 2; ++i) {
        ranks[i] = context.input_shape(i).size();
        EMBARK_ASSIGN(const auto axes,
                      config_axes(value.is_array() ? value[i] : value, "axes", ranks[i]));
        if (axes[0] == 0 || ranks[i] < 2 || ranks[i] > 3) {
            return make_error(ErrorCode::kUnsupported,
                              fmt::format("combines {} and {} over axes {}, expected two or three "
                                          "axes, and none over the batch",
                                          to_string(context.input_shape(0)),
                                          to_string(context.input_shape(1)), value.excerpt()));
        }
        const std::string suffix = i == 0 ? "left" : "right";
        EMBARK_ASSIGN(sides[i], axis_to_end(context, sides[i], axes[0], suffix));
        if (config_flag(config, "normalize", false)) {
            EMBARK_ASSIGN(sides[i], append(context, "l2_normalize", suffix + "/normalized",
                                           {sides[i]}, {{"epsilon", 1e-12}}));
        }
        const Shape shape = context.shape(sides[i]);
        if (ranks[i] == 3) continue;
        EMBARK_ASSIGN(sides[i], append_reshape(context, suffix + "/matrix", sides[i],
                                               {shape[0], 1, shape[1]}));
    }
    EMBARK_ASSIGN(const TensorId y, append(context, "matmul", "", {sides[0], sides[1]},
                                           {{"transpose_b", int64_t{1}}}));
    const Shape full = context.shape(y);
    Shape shape{full[0]};
    if (ranks[0] == 3) shape.push_back(full[1]);
    if (ranks[1] == 3) shape.push_back(full[2]);
    if (shape.size() == 1) shape.push_back(1);
    return append_reshape(context, "shape", y, std::move(shape));
}

}  // namespace embark::keras
