// Convolutions on one, two and three axes. Those on one axis are convolutions of images one row
// high.
#include <fmt/format.h>

#include "import/keras/layers.h"

namespace embark::keras {

namespace {

struct Geometry {
    std::vector<int64_t> kernel, strides, dilations;  ///< as many as axes, at least two
    std::vector<int64_t> padding;                     ///< two for each of them
    bool is_1d = false;

    Attributes attributes() const {
        return {{"strides", strides}, {"dilations", dilations}, {"padding", padding}};
    }
    /// Of a weight in the file, whose shape has the layer's axes.
    Shape weight_shape(std::initializer_list<int64_t> rest) const {
        Shape shape(kernel.begin() + (is_1d ? 1 : 0), kernel.end());
        shape.insert(shape.end(), rest);
        return shape;
    }
    /// Of a constant: \p front, the kernel, \p back.
    Shape filter_shape(std::initializer_list<int64_t> front,
                       std::initializer_list<int64_t> back) const {
        Shape shape(front);
        shape.insert(shape.end(), kernel.begin(), kernel.end());
        shape.insert(shape.end(), back);
        return shape;
    }
    size_t taps() const { return static_cast<size_t>(element_count(kernel)); }
};

/// 2 for "Conv2DTranspose".
size_t axes_of(const LayerContext &context) {
    const std::string &name = context.layer.class_name;
    return static_cast<size_t>(name[name.find_first_of("123")] - '0');
}

Expected<Geometry> read_geometry(const LayerContext &context, size_t axes) {
    EMBARK_RETURN_IF_ERROR(expect_rank(context, axes + 2));
    const Value config = context.layer.config;
    Geometry geometry;
    EMBARK_ASSIGN(geometry.kernel, config_ints(config, "kernel_size", axes, std::nullopt, 1));
    EMBARK_ASSIGN(geometry.strides, config_ints(config, "strides", axes, 1, 1));
    EMBARK_ASSIGN(geometry.dilations, config_ints(config, "dilation_rate", axes, 1, 1));
    const auto spatial = std::span(context.input_shape()).subspan(1, axes);
    EMBARK_ASSIGN(geometry.padding, explicit_padding(config, spatial, geometry.kernel,
                                                     geometry.strides, geometry.dilations));
    if (axes > 1) return geometry;
    geometry.is_1d = true;
    for (auto *list : {&geometry.kernel, &geometry.strides, &geometry.dilations}) {
        list->insert(list->begin(), 1);
    }
    geometry.padding.insert(geometry.padding.begin(), {0, 0});
    return geometry;
}

/// [N,T,C] becomes [N,1,T,C].
Expected<TensorId> as_image(LayerContext &context, const Geometry &geometry) {
    const Shape &in = context.input_shape();
    if (!geometry.is_1d) return context.inputs[0];
    return append_reshape(context, "row", context.inputs[0], {in[0], 1, in[1], in[2]});
}

/// Activation, and [N,1,T,C] to [N,T,C] again.
Expected<TensorId> finish(LayerContext &context, const Geometry &geometry, TensorId y) {
    EMBARK_ASSIGN(const TensorId active, apply_activation_argument(context, y));
    if (!geometry.is_1d) return active;
    const Shape out = context.shape(active);
    return append_reshape(context, "steps", active, {out[0], out[2], out[3]});
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
    EMBARK_ASSIGN(const auto kernel,
                  context.weights.find(weight, geometry.weight_shape({channels, multiplier})));
    return constant(context, suffix, geometry.filter_shape({}, {channels * multiplier}), kernel);
}

/// Keras' [kernel, out, in] of a transposed convolution to [out, kernel, in].
std::vector<float> to_transposed_filter(std::span<const float> values, size_t taps, size_t out,
                                        size_t in) {
    std::vector<float> filter(values.size());
    for (size_t tap = 0; tap < taps; ++tap) {
        for (size_t o = 0; o < out; ++o) {
            for (size_t i = 0; i < in; ++i) {
                filter[(o * taps + tap) * in + i] = values[(tap * out + o) * in + i];
            }
        }
    }
    return filter;
}

constexpr int64_t kUnset = -1;  ///< an output_padding that the file leaves to Keras

/// Where a transposed convolution's result lies in the full one of (in - 1) * stride + reach
/// positions: what is cut off in front and behind, or added behind.
struct Crop {
    int64_t front = 0, back = 0, extra = 0;
};

/// As keras.src.backend.common.backend_utils and TensorFlow, which takes the transposed convolution
/// for the gradient of one with the same padding.
Expected<Crop> crop_of(Value config, int64_t in, int64_t kernel, int64_t stride, int64_t dilation,
                       int64_t output_padding) {
    const std::string padding = config["padding"].as_string().value_or("valid");
    if (padding != "valid" && padding != "same") {
        return bad_config("padding", config["padding"], "\"valid\" or \"same\"");
    }
    const int64_t reach = (kernel - 1) * dilation + 1;
    const int64_t full = (in - 1) * stride + reach;
    int64_t out =
        padding == "same" ? in * stride : in * stride + std::max<int64_t>(reach - stride, 0);
    if (output_padding != kUnset) {
        out = full + output_padding - (padding == "same" ? 2 * (reach / 2) : 0);
    }
    if (out < 1) return make_error(ErrorCode::kInvalid, "has no output positions");
    if (out >= full) return Crop{0, 0, out - full};
    const int64_t front = padding == "same" ? (full - out) / 2 : 0;
    return Crop{front, full - out - front, 0};
}

}  // namespace

Expected<TensorId> convert_conv(LayerContext &context) {
    const size_t axes = axes_of(context);
    EMBARK_ASSIGN(const Geometry geometry, read_geometry(context, axes));
    EMBARK_ASSIGN(const int64_t filters,
                  config_int(context.layer.config, "filters", std::nullopt, 1));
    EMBARK_ASSIGN(const int64_t groups, config_int(context.layer.config, "groups", 1, 1));
    const int64_t channels = context.input_shape().back();
    if (channels % groups != 0) {
        return make_error(ErrorCode::kInvalid, fmt::format("{} input channels do not divide into "
                                                           "{} groups",
                                                           channels, groups));
    }
    const int64_t depth = channels / groups;
    EMBARK_ASSIGN(const auto kernel,
                  context.weights.find("kernel", geometry.weight_shape({depth, filters})));
    // HWIO to OHWI.
    const auto filter = transpose(kernel, geometry.taps() * static_cast<size_t>(depth),
                                  static_cast<size_t>(filters));
    EMBARK_ASSIGN(const TensorId x, as_image(context, geometry));
    std::vector<TensorId> inputs{
        x, constant(context, "filter", geometry.filter_shape({filters}, {depth}), filter)};
    EMBARK_RETURN_IF_ERROR(add_bias(context, filters, inputs));
    Attributes attributes = geometry.attributes();
    attributes["groups"] = groups;
    EMBARK_ASSIGN(const TensorId y,
                  append(context, axes == 3 ? "conv3d" : "conv2d", "", inputs, attributes));
    return finish(context, geometry, y);
}

Expected<TensorId> convert_depthwise_conv(LayerContext &context) {
    EMBARK_ASSIGN(const Geometry geometry, read_geometry(context, axes_of(context)));
    EMBARK_ASSIGN(const int64_t multiplier,
                  config_int(context.layer.config, "depth_multiplier", 1, 1));
    const int64_t channels = context.input_shape().back();
    // Keras 2 says depthwise_kernel, Keras 3 kernel.
    const char *weight = context.weights.has("depthwise_kernel") ? "depthwise_kernel" : "kernel";
    EMBARK_ASSIGN(const TensorId filter,
                  depthwise_filter(context, weight, "filter", geometry, channels, multiplier));
    EMBARK_ASSIGN(const TensorId x, as_image(context, geometry));
    std::vector<TensorId> inputs{x, filter};
    EMBARK_RETURN_IF_ERROR(add_bias(context, channels * multiplier, inputs));
    EMBARK_ASSIGN(const TensorId y,
                  append(context, "depthwise_conv2d", "", inputs, geometry.attributes()));
    return finish(context, geometry, y);
}

/// A depthwise convolution without bias, then a 1x1 convolution with it.
Expected<TensorId> convert_separable_conv(LayerContext &context) {
    EMBARK_ASSIGN(const Geometry geometry, read_geometry(context, axes_of(context)));
    EMBARK_ASSIGN(const int64_t filters,
                  config_int(context.layer.config, "filters", std::nullopt, 1));
    EMBARK_ASSIGN(const int64_t multiplier,
                  config_int(context.layer.config, "depth_multiplier", 1, 1));
    const int64_t channels = context.input_shape().back(), middle = channels * multiplier;
    EMBARK_ASSIGN(const TensorId depthwise,
                  depthwise_filter(context, "depthwise_kernel", "depthwise_filter", geometry,
                                   channels, multiplier));
    const Shape point = geometry.is_1d ? Shape{1, middle, filters} : Shape{1, 1, middle, filters};
    EMBARK_ASSIGN(const auto kernel, context.weights.find("pointwise_kernel", point));
    const auto filter =
        transpose(kernel, static_cast<size_t>(middle), static_cast<size_t>(filters));
    EMBARK_ASSIGN(TensorId x, as_image(context, geometry));
    EMBARK_ASSIGN(
        x, append(context, "depthwise_conv2d", "depthwise", {x, depthwise}, geometry.attributes()));
    std::vector<TensorId> inputs{x, constant(context, "filter", {filters, 1, 1, middle}, filter)};
    EMBARK_RETURN_IF_ERROR(add_bias(context, filters, inputs));
    EMBARK_ASSIGN(const TensorId y, append(context, "conv2d", "", inputs));
    return finish(context, geometry, y);
}

Expected<TensorId> convert_transposed_conv(LayerContext &context) {
    const Value config = context.layer.config;
    EMBARK_ASSIGN(Geometry geometry, read_geometry(context, axes_of(context)));
    EMBARK_ASSIGN(const int64_t filters, config_int(config, "filters", std::nullopt, 1));
    const size_t axes = geometry.is_1d ? 1 : 2, first = 2 - axes;
    std::vector<int64_t> output_padding;
    if (!config["output_padding"].is_null()) {
        EMBARK_ASSIGN(output_padding, config_ints(config, "output_padding", axes, std::nullopt, 0));
    }
    std::vector<int64_t> extra{0, 0};
    for (size_t i = first; i < 2; ++i) {
        const int64_t given = output_padding.empty() ? kUnset : output_padding[i - first];
        EMBARK_ASSIGN(const Crop crop,
                      crop_of(config, context.input_shape()[i - first + 1], geometry.kernel[i],
                              geometry.strides[i], geometry.dilations[i], given));
        geometry.padding[2 * i] = crop.front;
        geometry.padding[2 * i + 1] = crop.back;
        extra[i] = crop.extra;
    }
    const int64_t channels = context.input_shape().back();
    EMBARK_ASSIGN(const auto kernel,
                  context.weights.find("kernel", geometry.weight_shape({filters, channels})));
    const auto filter = to_transposed_filter(kernel, geometry.taps(), static_cast<size_t>(filters),
                                             static_cast<size_t>(channels));
    EMBARK_ASSIGN(const TensorId x, as_image(context, geometry));
    std::vector<TensorId> inputs{
        x, constant(context, "filter", geometry.filter_shape({filters}, {channels}), filter)};
    EMBARK_RETURN_IF_ERROR(add_bias(context, filters, inputs));
    Attributes attributes = geometry.attributes();
    attributes["output_padding"] = extra;
    EMBARK_ASSIGN(const TensorId y, append(context, "conv_transpose2d", "", inputs, attributes));
    return finish(context, geometry, y);
}

}  // namespace embark::keras
