// Normalisation, with and without statistics of the training, and Rescaling.
#include <fmt/format.h>

#include <cmath>

#include "import/keras/layers.h"

namespace embark::keras {

namespace {

/// Brings one axis to the end. \returns the permutation that undoes it too, since it is a swap of
/// two; empty when the axis is there
std::vector<int64_t> swap_with_last(size_t rank, int64_t axis) {
    const auto last = static_cast<int64_t>(rank) - 1;
    if (axis == last) return {};
    std::vector<int64_t> perm;
    for (int64_t i = 0; i <= last; ++i) perm.push_back(i);
    std::swap(perm[static_cast<size_t>(axis)], perm.back());
    return perm;
}

/// The one axis that a normalisation of channels names; null and -1 are the last.
Expected<int64_t> channel_axis(const LayerContext &context) {
    const size_t rank = context.input_shape().size();
    const Value value = context.layer.config["axis"];
    if (value.is_null()) return static_cast<int64_t>(rank) - 1;
    EMBARK_ASSIGN(const auto axes, config_axes(value, "axis", rank));
    if (axes.size() == 1 && axes[0] > 0) return axes[0];
    return make_error(ErrorCode::kUnsupported,
                      fmt::format("axis is {}, expected one axis of {} after the batch",
                                  value.excerpt(), to_string(context.input_shape())));
}

/// Appends \p make's nodes with the axis as the last one.
template <typename Make>
Expected<TensorId> with_axis_last(LayerContext &context, int64_t axis, Make make) {
    const auto perm = swap_with_last(context.input_shape().size(), axis);
    if (perm.empty()) return make(context.inputs[0]);
    EMBARK_ASSIGN(const TensorId x,
                  append_transpose(context, "axis_last", context.inputs[0], perm));
    EMBARK_ASSIGN(const TensorId y, make(x));
    return append_transpose(context, "axis_back", y, perm);
}

struct Affine {
    std::vector<double> scale, shift;
};

/// In double, rounded once: scale = gamma / sqrt(variance + epsilon), shift = beta - mean * scale.
Expected<Affine> batch_norm_affine(LayerContext &context, const Shape &shape) {
    const Value config = context.layer.config;
    EMBARK_ASSIGN(const double epsilon, config_number(config, "epsilon", 1e-3));
    std::span<const float> gamma, beta;
    if (config_flag(config, "scale", true)) {
        EMBARK_ASSIGN(gamma, context.weights.find("gamma", shape));
    }
    if (config_flag(config, "center", true)) {
        EMBARK_ASSIGN(beta, context.weights.find("beta", shape));
    }
    EMBARK_ASSIGN(const auto mean, context.weights.find("moving_mean", shape));
    EMBARK_ASSIGN(const auto variance, context.weights.find("moving_variance", shape));
    Affine affine;
    for (size_t i = 0; i < mean.size(); ++i) {
        const double spread = static_cast<double>(variance[i]) + epsilon;
        if (!(spread > 0)) {
            return make_error(ErrorCode::kInvalid,
                              fmt::format("channel {}: variance {} plus epsilon {} is not positive",
                                          i, variance[i], epsilon));
        }
        affine.scale.push_back((gamma.empty() ? 1.0 : gamma[i]) / std::sqrt(spread));
        affine.shift.push_back((beta.empty() ? 0.0 : beta[i]) - mean[i] * affine.scale.back());
    }
    return affine;
}

/// A number, or a list of numbers nested as deep as Python likes.
bool collect_numbers(Value value, std::vector<double> &numbers) {
    if (const auto number = value.as_number()) {
        numbers.push_back(*number);
        return true;
    }
    if (!value.is_array() || value.size() == 0) return false;
    for (size_t i = 0; i < value.size(); ++i) {
        if (!collect_numbers(value[i], numbers)) return false;
    }
    return true;
}

/// Scale and bias of the normalised axes, as optional inputs.
Status add_scale_and_bias(LayerContext &context, bool has_scale, bool has_bias, const Shape &shape,
                          std::vector<TensorId> &inputs) {
    if (has_scale) {
        EMBARK_ASSIGN(const auto gamma, context.weights.find("gamma", shape));
        inputs.push_back(constant(context, "gamma", shape, gamma));
    }
    if (has_bias) {
        if (!has_scale) inputs.push_back(kNoTensor);
        EMBARK_ASSIGN(const auto beta, context.weights.find("beta", shape));
        inputs.push_back(constant(context, "beta", shape, beta));
    }
    return Ok{};
}

}  // namespace

Expected<TensorId> convert_batch_normalization(LayerContext &context) {
    EMBARK_ASSIGN(const int64_t axis, channel_axis(context));
    const Shape shape{context.input_shape()[static_cast<size_t>(axis)]};
    EMBARK_ASSIGN(const Affine affine, batch_norm_affine(context, shape));
    return with_axis_last(context, axis, [&](TensorId x) {
        return append_affine(context, x, context.node_name, context.layer.class_name, affine.scale,
                             affine.shift);
    });
}

Expected<TensorId> append_affine(LayerContext &context, TensorId x, std::string name,
                                 std::string source, const std::vector<double> &scale,
                                 const std::vector<double> &shift) {
    const Shape &shape = context.shape(x);
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

Expected<TensorId> convert_rescaling(LayerContext &context) {
    const auto numbers = [&](std::string_view key, double fallback) {
        const Value value = context.layer.config[key];
        std::vector<double> list;
        if (value.is_null()) list.push_back(fallback);
        if (!value.is_null() && !collect_numbers(value, list)) list.clear();
        return list;
    };
    const auto scale = numbers("scale", 1), offset = numbers("offset", 0);
    if (scale.empty() || offset.empty()) {
        return make_error(ErrorCode::kInvalid,
                          "scale or offset is neither a number nor a list of numbers");
    }
    return append_affine(context, context.inputs[0], context.node_name, context.layer.class_name,
                         scale, offset);
}

/// (x - mean) / max(sqrt(variance), 1e-7), or the inverse of it.
Expected<TensorId> convert_normalization(LayerContext &context) {
    const Value config = context.layer.config;
    const size_t rank = context.input_shape().size();
    std::vector<int64_t> axes;
    if (!config["axis"].is_null() && !(config["axis"].is_array() && config["axis"].size() == 0)) {
        EMBARK_ASSIGN(axes, config_axes(config["axis"], "axis", rank));
    }
    if (axes.size() > 1 || (axes.size() == 1 && axes[0] == 0)) {
        return make_error(ErrorCode::kUnsupported,
                          fmt::format("axis is {}, expected none or one after the batch",
                                      config["axis"].excerpt()));
    }
    const int64_t axis = axes.empty() ? static_cast<int64_t>(rank) - 1 : axes[0];
    std::vector<double> mean, variance;
    if (config["mean"].is_null()) {
        const Shape shape =
            axes.empty() ? Shape{} : Shape{context.input_shape()[static_cast<size_t>(axis)]};
        EMBARK_ASSIGN(const auto means, context.weights.find("mean", shape));
        EMBARK_ASSIGN(const auto variances, context.weights.find("variance", shape));
        mean.assign(means.begin(), means.end());
        variance.assign(variances.begin(), variances.end());
    } else if (!collect_numbers(config["mean"], mean) ||
               !collect_numbers(config["variance"], variance)) {
        return make_error(ErrorCode::kInvalid,
                          "mean or variance holds something else than numbers");
    }
    context.weights.ignore_rest();  // how many samples it has seen
    if (mean.size() != variance.size()) {
        return make_error(ErrorCode::kInvalid, fmt::format("has {} means and {} variances",
                                                           mean.size(), variance.size()));
    }
    Affine affine;
    for (size_t i = 0; i < mean.size(); ++i) {
        if (!(variance[i] >= 0)) return make_error(ErrorCode::kInvalid, "a variance is negative");
        const double spread = std::max(std::sqrt(variance[i]), 1e-7);
        const bool invert = config_flag(config, "invert", false);
        affine.scale.push_back(invert ? spread : 1 / spread);
        affine.shift.push_back(invert ? mean[i] : -mean[i] / spread);
    }
    return with_axis_last(context, axis, [&](TensorId x) {
        return append_affine(context, x, context.node_name, context.layer.class_name, affine.scale,
                             affine.shift);
    });
}

/// Over the last axis or several at the end.
Expected<TensorId> convert_layer_normalization(LayerContext &context) {
    const Value config = context.layer.config;
    const Shape &in = context.input_shape();
    std::vector<int64_t> axes{static_cast<int64_t>(in.size()) - 1};
    if (!config["axis"].is_null()) {
        EMBARK_ASSIGN(axes, config_axes(config["axis"], "axis", in.size()));
    }
    const int64_t first = axes.front();
    if (first == 0 || axes.size() != in.size() - static_cast<size_t>(first)) {
        return make_error(ErrorCode::kUnsupported,
                          fmt::format("axis is {}, expected the last axes of {}",
                                      config["axis"].excerpt(), to_string(in)));
    }
    const bool rms =
        context.layer.class_name == "RMSNormalization" || config_flag(config, "rms_scaling", false);
    EMBARK_ASSIGN(const double epsilon, config_number(config, "epsilon", rms ? 1e-6 : 1e-3));
    const Shape shape(in.begin() + first, in.end());
    std::vector<TensorId> inputs{context.inputs[0]};
    if (context.layer.class_name == "RMSNormalization") {
        EMBARK_ASSIGN(const auto scale, context.weights.find("scale", shape));
        inputs.push_back(constant(context, "gamma", shape, scale));
    } else {
        EMBARK_RETURN_IF_ERROR(
            add_scale_and_bias(context, rms || config_flag(config, "scale", true),
                               !rms && config_flag(config, "center", true), shape, inputs));
    }
    return append(context, rms ? "rms_norm" : "layer_norm", "", inputs,
                  {{"axis", first}, {"epsilon", epsilon}});
}

Expected<TensorId> convert_group_normalization(LayerContext &context) {
    const Value config = context.layer.config;
    EMBARK_ASSIGN(const int64_t axis, channel_axis(context));
    const int64_t channels = context.input_shape()[static_cast<size_t>(axis)];
    EMBARK_ASSIGN(int64_t groups, config_int(config, "groups", 32, -1));
    EMBARK_ASSIGN(const double epsilon, config_number(config, "epsilon", 1e-3));
    if (groups == -1) groups = channels;
    if (groups < 1 || channels % groups != 0) {
        return make_error(
            ErrorCode::kInvalid,
            fmt::format("{} channels do not divide into {} groups", channels, groups));
    }
    const Shape shape{channels};
    std::vector<TensorId> rest;
    const std::vector<float> ones(static_cast<size_t>(channels), 1.0f), zeros(ones.size(), 0.0f);
    std::span<const float> gamma = ones, beta = zeros;
    if (config_flag(config, "scale", true)) {
        EMBARK_ASSIGN(gamma, context.weights.find("gamma", shape));
    }
    if (config_flag(config, "center", true)) {
        EMBARK_ASSIGN(beta, context.weights.find("beta", shape));
    }
    const TensorId scale = constant(context, "gamma", shape, gamma);
    const TensorId bias = constant(context, "beta", shape, beta);
    return with_axis_last(context, axis, [&](TensorId x) {
        return append(context, "group_norm", "", {x, scale, bias},
                      {{"groups", groups}, {"epsilon", epsilon}});
    });
}

/// x / max(|x|, 1e-12)
Expected<TensorId> convert_unit_normalization(LayerContext &context) {
    EMBARK_ASSIGN(const int64_t axis, channel_axis(context));
    return with_axis_last(context, axis, [&](TensorId x) {
        return append(context, "l2_normalize", "", {x}, {{"epsilon", 1e-24}});
    });
}

}  // namespace embark::keras
