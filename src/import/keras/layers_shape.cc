// Inputs, shapes, and layers that only matter in training.
#include <fmt/format.h>

#include <algorithm>

#include "import/keras/layers.h"
#include "import/keras/operations.h"

namespace embark::keras {

namespace {

/// [null,32,32,3] as it stands in the file.
Error unknown_extent(const LayerContext &context) {
    Error error = make_error(ErrorCode::kInvalid,
                             fmt::format("has the shape {} with an unknown extent, expected fixed "
                                         "sizes after the batch",
                                         context.layer.input_shape.excerpt()));
    error.notes.emplace_back(
        "say it with --shape NAME=1,32,32,3 or the like, or build the model with "
        "keras.Input(shape=...) without None");
    return error;
}

/// The file's shape with a batch of 1, its open extents as the user says.
Expected<Shape> fixed_shape(const LayerContext &context, Value given) {
    const auto user = context.state.input_shapes.find(context.path);
    const bool has_user = user != context.state.input_shapes.end();
    const auto disagree = [&] {
        return make_error(ErrorCode::kUsage,
                          fmt::format("has the shape {}, which the given shape {} does not fit",
                                      given.excerpt(), to_string(user->second)));
    };
    if (has_user && (user->second.size() != given.size() || user->second[0] != 1))
        return disagree();
    Shape shape{1};
    for (size_t i = 1; i < given.size(); ++i) {
        auto extent = given[i].as_int();
        const bool is_open = given[i].is_null() || (extent && *extent == -1);
        if (is_open && !has_user) return unknown_extent(context);
        if (is_open) extent = user->second[i];
        if (has_user && extent && *extent != user->second[i]) return disagree();
        if (!extent || *extent < 1) {
            return make_error(
                ErrorCode::kInvalid,
                fmt::format("has the shape {}, expected positive extents", given.excerpt()));
        }
        shape.push_back(*extent);
    }
    return shape;
}

/// Floating point of any width is computed in float32; numbers for an Embedding stay numbers.
Expected<DataType> input_type(const LayerContext &context) {
    const std::string type = context.layer.config["dtype"].as_string().value_or("float32");
    if (type.find("float") != std::string::npos) return DataType::kFloat32;
    for (const DataType known : {DataType::kInt32, DataType::kInt64, DataType::kInt16,
                                 DataType::kInt8, DataType::kUint8}) {
        if (type == to_string(known)) return known;
    }
    return make_error(
        ErrorCode::kUnsupported,
        fmt::format("the input has the type {}, expected float32 or whole numbers", type));
}

}  // namespace

/// The batch becomes 1, whatever the file says of it.
Expected<TensorId> convert_input(LayerContext &context) {
    const Value given = context.layer.input_shape;
    if (given.is_null()) {
        return make_error(ErrorCode::kInvalid,
                          "the shape of the input is unknown: the model was saved before it was "
                          "built");
    }
    EMBARK_ASSIGN(const DataType type, input_type(context));
    if (given.size() < 2) {
        return make_error(ErrorCode::kInvalid,
                          fmt::format("has the shape {}, expected a batch and at least one extent",
                                      given.excerpt()));
    }
    if (const auto batch = given[size_t{0}].as_int(); batch && *batch != 1) {
        context.graph.source.warnings.push_back(
            fmt::format("input {}: the batch of {} becomes 1", context.layer.name, *batch));
    }
    EMBARK_ASSIGN(Shape shape, fixed_shape(context, given));
    return context.graph.add_activation(context.node_name, TensorType{type, std::move(shape), {}});
}

Expected<TensorId> convert_training_only(LayerContext &context) {
    const Value config = context.layer.config;
    context.weights.ignore_rest();
    const char *key = config.has("stddev") ? "stddev" : "rate";
    EMBARK_ASSIGN(const double rate, config_number(config, key, 0));
    const int producer = context.graph.producer(context.inputs[0]);
    context.graph.source.training_layers.push_back(
        {context.node_name, context.layer.class_name, rate,
         producer < 0 ? "" : context.graph.nodes[static_cast<size_t>(producer)].name});
    return context.inputs[0];
}

Expected<TensorId> convert_identity(LayerContext &context) {
    return context.inputs[0];
}

Expected<TensorId> convert_flatten(LayerContext &context) {
    const Shape &in = context.input_shape();
    return append_reshape(context, "", context.inputs[0],
                          {in[0], element_count(in) / std::max<int64_t>(in[0], 1)});
}

Expected<TensorId> convert_reshape(LayerContext &context) {
    if (!context.layer.config.has("target_shape")) return convert_operation(context);
    const Value target = context.layer.config["target_shape"];
    if (!target.is_array()) {
        return make_error(ErrorCode::kInvalid,
                          fmt::format("target_shape is {}, expected a list", target.excerpt()));
    }
    const int64_t batch = context.input_shape()[0];
    const int64_t total = element_count(context.input_shape()) / std::max<int64_t>(batch, 1);
    Shape shape{batch};
    int64_t known = 1;
    std::optional<size_t> open;  // the axis that is -1
    for (size_t i = 0; i < target.size(); ++i) {
        const int64_t extent = target[i].as_int().value_or(0);
        if (extent < -1 || extent == 0 || extent > total || (extent == -1 && open)) {
            return make_error(
                ErrorCode::kInvalid,
                fmt::format("target_shape is {}, expected {} elements", target.excerpt(), total));
        }
        if (extent == -1) open = shape.size();
        if (extent > 0) known *= extent;
        shape.push_back(extent);
        if (known > total) break;
    }
    if (known > total || total % known != 0 || (!open && known != total)) {
        return make_error(ErrorCode::kInvalid,
                          fmt::format("cannot reshape {} to {}", to_string(context.input_shape()),
                                      target.excerpt()));
    }
    if (open) shape[*open] = total / known;
    return append_reshape(context, "", context.inputs[0], std::move(shape));
}

/// Axes after the batch, counted from 1.
Expected<TensorId> convert_permute(LayerContext &context) {
    const Value dims = context.layer.config["dims"];
    const size_t rank = context.input_shape().size();
    std::vector<int64_t> perm{0};
    for (size_t i = 0; i < dims.size(); ++i) perm.push_back(dims[i].as_int().value_or(0));
    std::vector<int64_t> sorted = perm;
    std::sort(sorted.begin(), sorted.end());
    bool complete = perm.size() == rank;
    for (size_t i = 0; i < sorted.size(); ++i) complete &= sorted[i] == static_cast<int64_t>(i);
    if (!complete) return bad_config("dims", dims, fmt::format("the axes 1 to {}", rank - 1));
    return append_transpose(context, "", context.inputs[0], perm);
}

/// [N,C] to [N,count,C]
Expected<TensorId> convert_repeat_vector(LayerContext &context) {
    EMBARK_RETURN_IF_ERROR(expect_rank(context, 2));
    EMBARK_ASSIGN(const int64_t count, config_int(context.layer.config, "n", std::nullopt, 1));
    const Shape in = context.input_shape();
    EMBARK_ASSIGN(const TensorId x,
                  append_reshape(context, "step", context.inputs[0], {in[0], 1, in[1]}));
    return append(context, "expand", "", {x}, {{"shape", Shape{in[0], count, in[1]}}});
}

}  // namespace embark::keras
