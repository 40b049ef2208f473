// Layers without weights: inputs, shapes, pooling, padding, rescaling, and those of training only.
#include <fmt/format.h>

#include <algorithm>

#include "import/keras/layers.h"

namespace embark::keras {

namespace {

/// [null,32,32,3] as it stands in the file.
Error unknown_extent(const LayerContext &context) {
    Error error = make_error(ErrorCode::kInvalid,
                             fmt::format("has the shape {} with an unknown extent, expected fixed "
                                         "sizes after the batch",
                                         context.layer.input_shape.excerpt()));
    error.notes.emplace_back(
        "build the model with keras.Input(shape=...) without None, or set "
        "the sizes that it will be used with");
    return error;
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
    const auto type = context.layer.config["dtype"].as_string().value_or("float32");
    if (type.find("float") == std::string::npos) {
        return make_error(ErrorCode::kUnsupported,
                          fmt::format("the input has the type {}, expected float32", type));
    }
    if (given.size() < 2) {
        return make_error(ErrorCode::kInvalid,
                          fmt::format("has the shape {}, expected a batch and at least one extent",
                                      given.excerpt()));
    }
    if (const auto batch = given[size_t{0}].as_int(); batch && *batch != 1) {
        context.graph.source.warnings.push_back(
            fmt::format("input {}: the batch of {} becomes 1", context.layer.name, *batch));
    }
    Shape shape{1};
    for (size_t i = 1; i < given.size(); ++i) {
        const auto extent = given[i].as_int();
        if (given[i].is_null() || (extent && *extent == -1)) return unknown_extent(context);
        if (!extent || *extent < 1) {
            return make_error(ErrorCode::kInvalid, fmt::format("has the shape {}, expected "
                                                               "positive extents",
                                                               given.excerpt()));
        }
        shape.push_back(*extent);
    }
    return context.graph.add_activation(context.node_name,
                                        TensorType{DataType::kFloat32, std::move(shape), {}});
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

namespace {

Expected<TensorId> append_reshape(LayerContext &context, Shape shape) {
    if (shape == context.input_shape()) return context.inputs[0];
    return append(context, "reshape", context.node_name, context.layer.class_name,
                  {context.inputs[0]}, {{"shape", std::move(shape)}});
}

}  // namespace

Expected<TensorId> convert_flatten(LayerContext &context) {
    return append_reshape(context, {1, element_count(context.input_shape())});
}

Expected<TensorId> convert_reshape(LayerContext &context) {
    const Value target = context.layer.config["target_shape"];
    if (!target.is_array()) {
        return make_error(ErrorCode::kInvalid,
                          fmt::format("target_shape is {}, expected a list", target.excerpt()));
    }
    const int64_t total = element_count(context.input_shape());
    Shape shape{1};
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
    return append_reshape(context, std::move(shape));
}

Expected<TensorId> convert_permute(LayerContext &context) {
    const Value dims = context.layer.config["dims"];
    const size_t rank = context.input_shape().size();
    bool identity = dims.size() + 1 == rank;
    for (size_t i = 0; i < dims.size(); ++i) {
        identity = identity && dims[i].as_int() == static_cast<int64_t>(i + 1);
    }
    if (identity) return context.inputs[0];
    return make_error(
        ErrorCode::kUnsupported,
        fmt::format("permutes axes by {}, expected the order that they have", dims.excerpt()));
}

Expected<TensorId> convert_pooling(LayerContext &context) {
    EMBARK_RETURN_IF_ERROR(expect_rank(context, 4));
    const Value config = context.layer.config;
    EMBARK_ASSIGN(const auto kernel, config_ints(config, "pool_size", 2, 2, 1));
    auto strides = kernel;
    if (!config["strides"].is_null()) {
        EMBARK_ASSIGN(strides, config_ints(config, "strides", 2, std::nullopt, 1));
    }
    EMBARK_ASSIGN(const auto padding, explicit_padding(context, kernel, strides, {1, 1}));
    const bool is_max = context.layer.class_name == "MaxPooling2D";
    return append(context, is_max ? "max_pool2d" : "average_pool2d", context.node_name,
                  context.layer.class_name, {context.inputs[0]},
                  {{"kernel", kernel}, {"strides", strides}, {"padding", padding}});
}

Expected<TensorId> convert_global_pooling(LayerContext &context) {
    const bool is_max = context.layer.class_name == "GlobalMaxPooling2D";
    const int64_t keep = config_flag(context.layer.config, "keepdims", false) ? 1 : 0;
    return append(context, is_max ? "global_max_pool" : "global_average_pool", context.node_name,
                  context.layer.class_name, {context.inputs[0]}, {{"keep_dims", keep}});
}

/// padding is ((top, bottom), (left, right)); one number or two are short for it.
Expected<TensorId> convert_zero_padding(LayerContext &context) {
    EMBARK_RETURN_IF_ERROR(expect_rank(context, 4));
    const Value config = context.layer.config;
    std::vector<int64_t> rows, columns;
    if (config["padding"][size_t{0}].is_array()) {
        const auto side = [&](size_t index) -> Expected<std::vector<int64_t>> {
            std::vector<int64_t> pair;
            for (size_t i = 0; i < 2; ++i) {
                pair.push_back(config["padding"][index][i].as_int().value_or(-1));
                if (pair[i] >= 0 && pair[i] <= 1 << 20) continue;
                return make_error(ErrorCode::kInvalid,
                                  fmt::format("padding is {}, expected [[top,bottom],[left,right]]",
                                              config["padding"].excerpt()));
            }
            return pair;
        };
        EMBARK_ASSIGN(rows, side(0));
        EMBARK_ASSIGN(columns, side(1));
    } else {
        EMBARK_ASSIGN(const auto both, config_ints(config, "padding", 2, 1, 0));
        rows = {both[0], both[0]};
        columns = {both[1], both[1]};
    }
    return append(context, "pad", context.node_name, context.layer.class_name, {context.inputs[0]},
                  {{"before", std::vector<int64_t>{0, rows[0], columns[0], 0}},
                   {"after", std::vector<int64_t>{0, rows[1], columns[1], 0}},
                   {"value", 0.0}});
}

Expected<TensorId> convert_rescaling(LayerContext &context) {
    const auto numbers = [&](std::string_view key, double fallback) {
        const Value value = context.layer.config[key];
        std::vector<double> list;
        if (value.is_null()) list.push_back(fallback);
        if (const auto number = value.as_number()) list.push_back(*number);
        for (size_t i = 0; i < value.size(); ++i) {
            const auto number = value[i].as_number();
            if (number) list.push_back(*number);
        }
        const bool complete = !list.empty() && (!value.is_array() || list.size() == value.size());
        return complete ? list : std::vector<double>{};
    };
    const auto scale = numbers("scale", 1), offset = numbers("offset", 0);
    if (scale.empty() || offset.empty()) {
        return make_error(ErrorCode::kInvalid,
                          "scale or offset is neither a number nor a list of numbers");
    }
    return append_affine(context, context.inputs[0], context.node_name, context.layer.class_name,
                         scale, offset);
}

}  // namespace embark::keras
