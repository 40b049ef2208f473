// Resize and Upsample.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "import/onnx/converters.h"

namespace embark::onnx {

namespace {

struct Target {
    std::vector<int64_t> size;   ///< one per axis of the model
    std::vector<double> scales;  ///< one per axis of the model
};

/// What `sizes` or `scales` say, over the axes that they are for.
Expected<Target> target_of(Context &c, const std::vector<double> &scales,
                           const std::vector<int64_t> &sizes) {
    const Shape &shape = c.in().shape;
    std::vector<int64_t> every;
    for (size_t i = 0; i < shape.size(); ++i) every.push_back(static_cast<int64_t>(i));
    const std::vector<int64_t> list = c.ints_of("axes", every);
    const size_t given = sizes.empty() ? scales.size() : sizes.size();
    if (given != list.size()) {
        return make_error(ErrorCode::kInvalid,
                          fmt::format("has {} sizes or scales, expected {}", given, list.size()));
    }
    Target target{shape, std::vector<double>(shape.size(), 1.0)};
    double common = 0;
    const std::string policy = c.string_of("keep_aspect_ratio_policy", "stretch");
    for (size_t i = 0; i < list.size(); ++i) {
        EMBARK_ASSIGN(const size_t axis, c.axis(list[i], shape.size()));
        const auto extent = static_cast<double>(shape[axis]);
        const double scale = sizes.empty() ? scales[i] : static_cast<double>(sizes[i]) / extent;
        const double size =
            sizes.empty() ? std::floor(extent * scale) : static_cast<double>(sizes[i]);
        if (!(scale > 0) || !(size >= 1) || size > 1 << 20) {
            return make_error(
                ErrorCode::kInvalid,
                fmt::format("resizes {} by {}, expected at least one element", shape[axis], scale));
        }
        const bool first = common == 0;
        common = first                     ? scale
                 : policy == "not_smaller" ? std::max(common, scale)
                                           : std::min(common, scale);
        target.size[axis] = static_cast<int64_t>(size);
        target.scales[axis] = scale;
    }
    if (sizes.empty() || policy == "stretch") return target;
    for (const int64_t entry : list) {
        EMBARK_ASSIGN(const size_t axis, c.axis(entry, shape.size()));
        target.scales[axis] = common;
        target.size[axis] = std::lround(common * static_cast<double>(shape[axis]));
    }
    return target;
}

Expected<Target> read_target(Context &c) {
    const size_t scales_at = c.opset >= 11 && c.node.op == "Resize" ? 2 : 1;
    std::vector<double> scales;
    std::vector<int64_t> sizes;
    if (c.has(3)) {
        EMBARK_ASSIGN(sizes, c.builder.ints_of(c.in(3)));
    }
    if (c.has(scales_at)) {
        EMBARK_ASSIGN(scales, c.builder.numbers_of(c.in(scales_at)));
    } else if (const AttributeDef *attribute = c.attribute("scales")) {
        scales.assign(attribute->floats.begin(), attribute->floats.end());
    }
    return target_of(c, scales, sizes);
}

Attributes resize_attributes(Context &c, const Target &target, bool one_row) {
    const size_t rank = target.size.size();
    const bool modern = c.node.op == "Resize" && c.opset >= 11;
    const auto last = [&](auto &list, auto filler) {
        return std::vector{one_row ? filler : list[rank - 2], list[rank - 1]};
    };
    return {{"size", last(target.size, int64_t{1})},
            {"scales", last(target.scales, 1.0)},
            {"mode", c.string_of("mode", "nearest")},
            {"coordinates",
             modern ? c.string_of("coordinate_transformation_mode", "half_pixel") : "asymmetric"},
            {"nearest", modern ? c.string_of("nearest_mode", "round_prefer_floor") : "floor"},
            {"cubic_coeff", c.float_of("cubic_coeff_a", -0.75)},
            {"exclude_outside", c.int_of("exclude_outside", 0)},
            {"antialias", c.int_of("antialias", 0)}};
}

/// The part of the last two axes that tf_crop_and_resize takes: [h begin, w begin, h end, w end].
Expected<std::vector<double>> crop_of(Context &c, bool one_row) {
    const size_t rank = c.in().rank();
    if (!c.has(1) || !c.constant(1) || c.has_attribute("axes")) {
        return make_error(ErrorCode::kUnsupported,
                          "crops a part that is computed or of some axes, expected a constant roi "
                          "of all axes");
    }
    EMBARK_ASSIGN(const std::vector<double> roi, c.builder.numbers_of(c.in(1)));
    if (roi.size() != 2 * rank || c.has(2)) {
        return make_error(ErrorCode::kUnsupported,
                          fmt::format("roi has {} entries, expected {} and sizes, not scales",
                                      roi.size(), 2 * rank));
    }
    return std::vector{one_row ? 0.0 : roi[rank - 2], roi[rank - 1],
                       one_row ? 1.0 : roi[2 * rank - 2], roi[2 * rank - 1]};
}

}  // namespace

Status convert_resize(Context &c) {
    EMBARK_ASSIGN(const Target target, read_target(c));
    const size_t rank = c.in().rank();
    const std::string mode = c.string_of("coordinate_transformation_mode", "half_pixel");
    const bool one_row = rank == 3 || rank == 1, crops = mode == "tf_crop_and_resize";
    Attributes attributes = resize_attributes(c, target, one_row);
    if (crops) {
        EMBARK_ASSIGN(attributes["roi"], crop_of(c, one_row));
        attributes["extrapolation"] = c.float_of("extrapolation_value", 0);
    }
    if (!crops && target.size == c.in().shape && target.scales == std::vector<double>(rank, 1.0)) {
        return c.give(c.in());
    }
    // Two axes at the end may change; all others are a batch of channels.
    Value x = c.in();
    const size_t kept = rank == 3 || rank == 4 ? 2 : rank > 2 ? rank - 2 : 0;
    for (size_t axis = 0; axis < kept; ++axis) {
        if (target.size[axis] == x.shape[axis]) continue;
        return make_error(ErrorCode::kUnsupported,
                          fmt::format("resizes {} to {}, expected changes of the last two axes",
                                      to_string(x.shape), to_string(target.size)));
    }
    if (rank < 3 || rank > 4) {
        const int64_t rows = rank >= 2 ? x.shape[rank - 2] : 1;
        const int64_t columns = x.shape[rank - 1];
        EMBARK_ASSIGN(x, c.builder.reshape(x, {1, x.elements() / (rows * columns), rows, columns}));
    }
    EMBARK_ASSIGN(const TensorId ready, channels_last(c.builder, x));
    EMBARK_ASSIGN(const TensorId id, c.builder.emit("resize", {ready}, std::move(attributes)));
    return c.give(c.builder.reshape(from_channels_last(c.builder, id, x.rank()), target.size));
}

}  // namespace embark::onnx
