// Layers with weights: convolutions, Dense, BatchNormalization.
#include <fmt/format.h>

#include <cmath>

#include "import/keras/layers.h"

namespace embark::keras {

namespace {

struct Geometry {
    std::vector<int64_t> kernel, strides, dilations, padding;
    Attributes attributes() const {
        return {{"strides", strides}, {"dilations", dilations}, {"padding", padding}};
    }
};

Expected<Geometry> read_geometry(const LayerContext &context) {
    EMBARK_RETURN_IF_ERROR(expect_rank(context, 4));
    const Value config = context.layer.config;
    Geometry geometry;
    EMBARK_ASSIGN(geometry.kernel, config_ints(config, "kernel_size", 2, std::nullopt, 1));
    EMBARK_ASSIGN(geometry.strides, config_ints(config, "strides", 2, 1, 1));
    EMBARK_ASSIGN(geometry.dilations, config_ints(config, "dilation_rate", 2, 1, 1));
    EMBARK_ASSIGN(geometry.padding,
                  explicit_padding(context, geometry.kernel, geometry.strides, geometry.dilations));
    return geometry;
}

Expected<int64_t> read_count(const LayerContext &context, std::string_view key,
                             std::optional<int64_t> fallback) {
    EMBARK_ASSIGN(const auto numbers, config_ints(context.layer.config, key, 1, fallback, 1));
    return numbers[0];
}

/// Appends the constant bias to \p inputs, if the layer has one.
Status add_bias(LayerContext &context, int64_t channels, std::vector<TensorId> &inputs) {
    if (!config_flag(context.layer.config, "use_bias", true)) return Ok{};
    EMBARK_ASSIGN(const auto bias, context.weights.find("bias", {channels}));
    inputs.push_back(constant(context, "bias", {channels}, bias));
    return Ok{};
}

/// Keras' [kh,kw,in,multiplier] has the elements of embark's [kh,kw,in*multiplier].
Expected<TensorId> depthwise_filter(LayerContext &context, std::string_view weight,
                                    std::string_view suffix, const Geometry &geometry,
                                    int64_t channels, int64_t multiplier) {
    const int64_t height = geometry.kernel[0], width = geometry.kernel[1];
    EMBARK_ASSIGN(const auto kernel,
                  context.weights.find(weight, {height, width, channels, multiplier}));
    return constant(context, suffix, {height, width, channels * multiplier}, kernel);
}

}  // namespace

Expected<TensorId> convert_conv2d(LayerContext &context) {
    EMBARK_ASSIGN(const Geometry geometry, read_geometry(context));
    EMBARK_ASSIGN(const int64_t filters, read_count(context, "filters", std::nullopt));
    EMBARK_ASSIGN(const int64_t groups, read_count(context, "groups", 1));
    const int64_t channels = context.input_shape()[3];
    if (channels % groups != 0) {
        return make_error(ErrorCode::kInvalid, fmt::format("{} input channels do not divide into "
                                                           "{} groups",
                                                           channels, groups));
    }
    const int64_t height = geometry.kernel[0], width = geometry.kernel[1];
    const int64_t depth = channels / groups;
    EMBARK_ASSIGN(const auto kernel,
                  context.weights.find("kernel", {height, width, depth, filters}));
    // HWIO to OHWI.
    const auto filter = transpose(kernel, static_cast<size_t>(height * width * depth),
                                  static_cast<size_t>(filters));
    std::vector<TensorId> inputs{
        context.inputs[0], constant(context, "filter", {filters, height, width, depth}, filter)};
    EMBARK_RETURN_IF_ERROR(add_bias(context, filters, inputs));
    Attributes attributes = geometry.attributes();
    attributes["groups"] = groups;
    EMBARK_ASSIGN(const TensorId y, append(context, "conv2d", context.node_name,
                                           context.layer.class_name, inputs, attributes));
    return apply_activation_argument(context, y);
}

Expected<TensorId> convert_depthwise_conv2d(LayerContext &context) {
    EMBARK_ASSIGN(const Geometry geometry, read_geometry(context));
    EMBARK_ASSIGN(const int64_t multiplier, read_count(context, "depth_multiplier", 1));
    const int64_t channels = context.input_shape()[3];
    // Keras 2 says depthwise_kernel, Keras 3 kernel.
    const char *weight = context.weights.has("depthwise_kernel") ? "depthwise_kernel" : "kernel";
    EMBARK_ASSIGN(const TensorId filter,
                  depthwise_filter(context, weight, "filter", geometry, channels, multiplier));
    std::vector<TensorId> inputs{context.inputs[0], filter};
    EMBARK_RETURN_IF_ERROR(add_bias(context, channels * multiplier, inputs));
    EMBARK_ASSIGN(const TensorId y,
                  append(context, "depthwise_conv2d", context.node_name, context.layer.class_name,
                         inputs, geometry.attributes()));
    return apply_activation_argument(context, y);
}

/// A depthwise convolution without bias, then a 1x1 convolution with it.
Expected<TensorId> convert_separable_conv2d(LayerContext &context) {
    EMBARK_ASSIGN(const Geometry geometry, read_geometry(context));
    EMBARK_ASSIGN(const int64_t filters, read_count(context, "filters", std::nullopt));
    EMBARK_ASSIGN(const int64_t multiplier, read_count(context, "depth_multiplier", 1));
    const int64_t channels = context.input_shape()[3], middle = channels * multiplier;
    EMBARK_ASSIGN(const TensorId depthwise,
                  depthwise_filter(context, "depthwise_kernel", "depthwise_filter", geometry,
                                   channels, multiplier));
    EMBARK_ASSIGN(const auto kernel,
                  context.weights.find("pointwise_kernel", {1, 1, middle, filters}));
    const auto filter =
        transpose(kernel, static_cast<size_t>(middle), static_cast<size_t>(filters));
    EMBARK_ASSIGN(
        const TensorId x,
        append(context, "depthwise_conv2d", context.node_name + "/depthwise",
               context.layer.class_name, {context.inputs[0], depthwise}, geometry.attributes()));
    std::vector<TensorId> inputs{x, constant(context, "filter", {filters, 1, 1, middle}, filter)};
    EMBARK_RETURN_IF_ERROR(add_bias(context, filters, inputs));
    EMBARK_ASSIGN(const TensorId y,
                  append(context, "conv2d", context.node_name, context.layer.class_name, inputs));
    return apply_activation_argument(context, y);
}

Expected<TensorId> convert_dense(LayerContext &context) {
    EMBARK_ASSIGN(const int64_t units, read_count(context, "units", std::nullopt));
    const int64_t features = context.input_shape().back();
    EMBARK_ASSIGN(const auto kernel, context.weights.find("kernel", {features, units}));
    const auto weights =
        transpose(kernel, static_cast<size_t>(features), static_cast<size_t>(units));
    std::vector<TensorId> inputs{context.inputs[0],
                                 constant(context, "weights", {units, features}, weights)};
    EMBARK_RETURN_IF_ERROR(add_bias(context, units, inputs));
    EMBARK_ASSIGN(const TensorId y,
                  append(context, "dense", context.node_name, context.layer.class_name, inputs));
    return apply_activation_argument(context, y);
}

namespace {

/// The axis is the last one, written as -1, 3 or [3].
Status check_batch_norm_axis(const LayerContext &context) {
    const Value value = context.layer.config["axis"];
    const auto rank = static_cast<int64_t>(context.input_shape().size());
    if (value.is_null()) return Ok{};
    EMBARK_ASSIGN(const auto axis, config_ints(context.layer.config, "axis", 1, -1, -rank));
    if (axis[0] == -1 || axis[0] == rank - 1) return Ok{};
    return make_error(ErrorCode::kUnsupported,
                      fmt::format("axis is {}, expected the last one of {}", value.excerpt(),
                                  to_string(context.input_shape())));
}

}  // namespace

/// In double, rounded once: scale = gamma / sqrt(variance + epsilon), shift = beta - mean * scale.
Expected<TensorId> convert_batch_normalization(LayerContext &context) {
    const Value config = context.layer.config;
    EMBARK_RETURN_IF_ERROR(check_batch_norm_axis(context));
    EMBARK_ASSIGN(const double epsilon, config_number(config, "epsilon", 1e-3));
    const Shape shape{context.input_shape().back()};
    std::span<const float> gamma, beta;
    if (config_flag(config, "scale", true)) {
        EMBARK_ASSIGN(gamma, context.weights.find("gamma", shape));
    }
    if (config_flag(config, "center", true)) {
        EMBARK_ASSIGN(beta, context.weights.find("beta", shape));
    }
    EMBARK_ASSIGN(const auto mean, context.weights.find("moving_mean", shape));
    EMBARK_ASSIGN(const auto variance, context.weights.find("moving_variance", shape));
    std::vector<double> scale, shift;
    for (size_t i = 0; i < mean.size(); ++i) {
        const double spread = static_cast<double>(variance[i]) + epsilon;
        if (!(spread > 0)) {
            return make_error(ErrorCode::kInvalid,
                              fmt::format("channel {}: variance {} plus epsilon {} is not positive",
                                          i, variance[i], epsilon));
        }
        scale.push_back((gamma.empty() ? 1.0 : gamma[i]) / std::sqrt(spread));
        shift.push_back((beta.empty() ? 0.0 : beta[i]) - mean[i] * scale.back());
    }
    return append_affine(context, context.inputs[0], context.node_name, context.layer.class_name,
                         scale, shift);
}

Expected<TensorId> append_affine(LayerContext &context, TensorId x, std::string name,
                                 std::string source, const std::vector<double> &scale,
                                 const std::vector<double> &shift) {
    const Shape &shape = context.graph.tensor(x).type.shape;
    const auto channels = static_cast<size_t>(shape.back());
    const auto spread = [&](const std::vector<double> &values) {
        std::vector<float> result(channels, static_cast<float>(values[0]));
        for (size_t i = 0; i < channels && values.size() > 1; ++i) {
            result[i] = static_cast<float>(values[i]);
        }
        return result;
    };
    for (const auto *values : {&scale, &shift}) {
        if (values->size() == 1 || values->size() == channels) continue;
        return make_error(ErrorCode::kInvalid,
                          fmt::format("has {} values for {} channels", values->size(), channels));
    }
    const Shape per_channel{shape.back()};
    const TensorId a = constant(context, "scale", per_channel, spread(scale));
    const TensorId b = constant(context, "shift", per_channel, spread(shift));
    return append(context, "batch_norm", std::move(name), std::move(source), {x, a, b});
}

}  // namespace embark::keras
