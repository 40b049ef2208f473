// Layers that move windows or rows of an image or a sequence: pooling, padding, cropping, scaling.
#include <fmt/format.h>

#include <algorithm>

#include "import/keras/layers.h"

namespace embark::keras {

namespace {

/// 2 for "MaxPooling2D".
size_t axes_of(const LayerContext &context) {
    const std::string &name = context.layer.class_name;
    return static_cast<size_t>(name[name.find_first_of("123")] - '0');
}

bool is_max(const LayerContext &context) {
    return context.layer.class_name.find("Max") != std::string::npos;
}

/// [before, after] of each of \p axes axes: one number for all, one for each, or pairs. For one
/// axis a list of two is the pair.
Expected<std::vector<int64_t>> read_margins(Value config, std::string_view key, size_t axes,
                                            int64_t fallback) {
    const Value value = config[key];
    std::vector<int64_t> margins;
    const bool is_pair = axes == 1 && value.size() == 2;
    if (!is_pair && !value[size_t{0}].is_array()) {
        EMBARK_ASSIGN(const auto each, config_ints(config, key, axes, fallback, 0));
        for (const int64_t margin : each) margins.insert(margins.end(), {margin, margin});
        return margins;
    }
    for (size_t axis = 0; axis < axes; ++axis) {
        const Value pair = value[size_t{0}].is_array() ? value[axis] : value;
        for (size_t side = 0; side < 2; ++side) {
            const int64_t margin = pair[side].as_int().value_or(-1);
            if (margin < 0 || margin > 1 << 20) {
                return bad_config(key, value, "[[top,bottom],[left,right]]");
            }
            margins.push_back(margin);
        }
    }
    return margins;
}

/// [N,T,C] as [N,1,T,C]; more axes stay as they are.
Expected<TensorId> as_image(LayerContext &context, size_t axes) {
    const Shape &in = context.input_shape();
    if (axes > 1) return context.inputs[0];
    return append_reshape(context, "row", context.inputs[0], {in[0], 1, in[1], in[2]});
}

Expected<TensorId> as_sequence(LayerContext &context, size_t axes, TensorId y) {
    const Shape out = context.shape(y);
    if (axes > 1) return y;
    return append_reshape(context, "steps", y, {out[0], out[1] * out[2], out[3]});
}

}  // namespace

Expected<TensorId> convert_pooling(LayerContext &context) {
    const size_t axes = axes_of(context);
    EMBARK_RETURN_IF_ERROR(expect_rank(context, axes + 2));
    const Value config = context.layer.config;
    EMBARK_ASSIGN(auto kernel, config_ints(config, "pool_size", axes, 2, 1));
    auto strides = kernel;
    if (!config["strides"].is_null()) {
        EMBARK_ASSIGN(strides, config_ints(config, "strides", axes, std::nullopt, 1));
    }
    const auto spatial = std::span(context.input_shape()).subspan(1, axes);
    EMBARK_ASSIGN(auto padding, explicit_padding(config, spatial, kernel, strides,
                                                 std::vector<int64_t>(axes, 1)));
    if (axes == 1) {
        kernel.insert(kernel.begin(), 1);
        strides.insert(strides.begin(), 1);
        padding.insert(padding.begin(), {0, 0});
    }
    EMBARK_ASSIGN(const TensorId x, as_image(context, axes));
    const std::string op =
        fmt::format("{}_pool{}d", is_max(context) ? "max" : "average", axes == 3 ? 3 : 2);
    EMBARK_ASSIGN(const TensorId y,
                  append(context, op, "", {x},
                         {{"kernel", kernel}, {"strides", strides}, {"padding", padding}}));
    return as_sequence(context, axes, y);
}

/// All positions become one; those of a sequence or a volume are laid out as an image.
Expected<TensorId> convert_global_pooling(LayerContext &context) {
    const size_t axes = axes_of(context);
    EMBARK_RETURN_IF_ERROR(expect_rank(context, axes + 2));
    const Shape in = context.input_shape();
    const bool keep = config_flag(context.layer.config, "keepdims", false);
    TensorId x = context.inputs[0];
    if (axes != 2) {
        const int64_t rows = axes == 1 ? 1 : in[1] * in[2];
        EMBARK_ASSIGN(x, append_reshape(context, "image", x, {in[0], rows, in[axes], in.back()}));
    }
    EMBARK_ASSIGN(const TensorId y,
                  append(context, is_max(context) ? "global_max_pool" : "global_average_pool", "",
                         {x}, {{"keep_dims", int64_t{keep && axes == 2}}}));
    if (!keep || axes == 2) return y;
    Shape shape(axes + 2, 1);
    shape.front() = in[0];
    shape.back() = in.back();
    return append_reshape(context, "keep", y, std::move(shape));
}

Expected<TensorId> convert_zero_padding(LayerContext &context) {
    const size_t axes = axes_of(context);
    EMBARK_RETURN_IF_ERROR(expect_rank(context, axes + 2));
    EMBARK_ASSIGN(const auto margins, read_margins(context.layer.config, "padding", axes, 1));
    std::vector<int64_t> before(axes + 2, 0), after(axes + 2, 0);
    for (size_t i = 0; i < axes; ++i) {
        before[i + 1] = margins[2 * i];
        after[i + 1] = margins[2 * i + 1];
    }
    return append(context, "pad", "", {context.inputs[0]},
                  {{"before", before}, {"after", after}, {"value", 0.0}});
}

Expected<TensorId> convert_cropping(LayerContext &context) {
    const size_t axes = axes_of(context);
    EMBARK_RETURN_IF_ERROR(expect_rank(context, axes + 2));
    EMBARK_ASSIGN(const auto margins, read_margins(context.layer.config, "cropping", axes, 0));
    const Shape &in = context.input_shape();
    std::vector<int64_t> start(axes + 2, 0), step(axes + 2, 1), size = in;
    for (size_t i = 0; i < axes; ++i) {
        start[i + 1] = margins[2 * i];
        size[i + 1] -= margins[2 * i] + margins[2 * i + 1];
        if (size[i + 1] >= 1) continue;
        return make_error(ErrorCode::kInvalid,
                          fmt::format("crops {} and {} positions of {}", margins[2 * i],
                                      margins[2 * i + 1], in[i + 1]));
    }
    return append(context, "slice", "", {context.inputs[0]},
                  {{"start", start}, {"step", step}, {"size", size}});
}

namespace {

/// As keras.ops.image.resize: centres of pixels are at half positions.
Expected<TensorId> append_resize(LayerContext &context, const std::string &method,
                                 std::vector<int64_t> size) {
    Attributes attributes{{"size", std::move(size)}, {"coordinates", std::string("half_pixel")}};
    if (method == "nearest") {
        attributes["mode"] = std::string("nearest");
        // floor((x + 0.5) * scale), which is what TensorFlow takes for the nearest.
        attributes["coordinates"] = std::string("tf_half_pixel_for_nn");
        attributes["nearest"] = std::string("floor");
    } else if (method == "bilinear") {
        attributes["mode"] = std::string("linear");
    } else if (method == "bicubic") {
        attributes["mode"] = std::string("cubic");
        attributes["cubic_coeff"] = -0.5;
        attributes["exclude_outside"] = int64_t{1};
    } else {
        return make_error(
            ErrorCode::kUnsupported,
            fmt::format("interpolation is {}, expected nearest, bilinear or bicubic", method));
    }
    return append(context, "resize", "", {context.inputs[0]}, attributes);
}

}  // namespace

Expected<TensorId> convert_up_sampling2d(LayerContext &context) {
    EMBARK_RETURN_IF_ERROR(expect_rank(context, 4));
    const Value config = context.layer.config;
    EMBARK_ASSIGN(const auto factor, config_ints(config, "size", 2, 2, 1));
    const Shape &in = context.input_shape();
    return append_resize(context, config["interpolation"].as_string().value_or("nearest"),
                         {in[1] * factor[0], in[2] * factor[1]});
}

/// Repeats each step: [N,T,C] to [N,T,1,C], [N,T,size,C], [N,T*size,C].
Expected<TensorId> convert_up_sampling1d(LayerContext &context) {
    EMBARK_RETURN_IF_ERROR(expect_rank(context, 3));
    EMBARK_ASSIGN(const int64_t factor, config_int(context.layer.config, "size", 2, 1));
    const Shape in = context.input_shape();
    EMBARK_ASSIGN(TensorId x,
                  append_reshape(context, "split", context.inputs[0], {in[0], in[1], 1, in[2]}));
    EMBARK_ASSIGN(
        x, append(context, "expand", "", {x}, {{"shape", Shape{in[0], in[1], factor, in[2]}}}));
    return append_reshape(context, "join", x, {in[0], in[1] * factor, in[2]});
}

Expected<TensorId> convert_resizing(LayerContext &context) {
    EMBARK_RETURN_IF_ERROR(expect_rank(context, 4));
    const Value config = context.layer.config;
    for (const char *flag : {"crop_to_aspect_ratio", "pad_to_aspect_ratio", "antialias"}) {
        if (!config_flag(config, flag, false)) continue;
        return make_error(ErrorCode::kUnsupported, fmt::format("{} is true, expected false", flag));
    }
    EMBARK_ASSIGN(const int64_t height, config_int(config, "height", std::nullopt, 1));
    EMBARK_ASSIGN(const int64_t width, config_int(config, "width", std::nullopt, 1));
    return append_resize(context, config["interpolation"].as_string().value_or("bilinear"),
                         {height, width});
}

}  // namespace embark::keras
