#include "ops/window.h"

#include <fmt/format.h>

namespace embark {

namespace {

std::string extents_text(const std::array<int64_t, 3> &extents, size_t axes) {
    std::string text;
    for (size_t i = 3 - axes; i < 3; ++i) {
        text += (text.empty() ? "" : "x") + std::to_string(extents[i]);
    }
    return text;
}

std::vector<int64_t> list(const std::array<int64_t, 3> &values) {
    return {values.begin(), values.end()};
}

/// Sets the output extents. \error kInvalid  the window is larger than the padded input
Status place_window(VolumeWindow &window, size_t axes) {
    std::array<int64_t, 3> reach, padded;
    bool fits = true;
    for (size_t i = 0; i < 3; ++i) {
        reach[i] = (window.kernel[i] - 1) * window.dilation[i] + 1;
        padded[i] = window.in[i] + window.before[i] + window.after[i];
        window.out[i] = (padded[i] - reach[i]) / window.stride[i] + 1;
        fits = fits && reach[i] <= padded[i];
    }
    if (fits) return Ok{};
    return make_error(ErrorCode::kInvalid,
                      fmt::format("window of {} is larger than the padded input of {}",
                                  extents_text(reach, axes), extents_text(padded, axes)));
}

}  // namespace

Expected<VolumeWindow> make_volume_window(const Node &node, const Shape &input,
                                          const std::vector<int64_t> &kernel) {
    const size_t axes = kernel.size();
    const std::vector<int64_t> ones(axes, 1), zeros(2 * axes, 0);
    EMBARK_ASSIGN(const auto strides, checked_ints(node, "strides", ones, 1));
    EMBARK_ASSIGN(const auto dilations, checked_ints(node, "dilations", ones, 1));
    EMBARK_ASSIGN(const auto padding, checked_ints(node, "padding", zeros, 0));
    VolumeWindow window;
    for (size_t i = 0; i < axes; ++i) {
        const size_t axis = 3 - axes + i;
        window.in[axis] = input[i + 1];
        window.kernel[axis] = kernel[i];
        window.stride[axis] = strides[i];
        window.dilation[axis] = dilations[i];
        window.before[axis] = padding[2 * i];
        window.after[axis] = padding[2 * i + 1];
    }
    EMBARK_RETURN_IF_ERROR(place_window(window, axes));
    return window;
}

Shape windowed_shape(const Shape &input, const VolumeWindow &window, int64_t channels) {
    Shape shape = {input[0]};
    for (size_t i = 5 - input.size(); i < 3; ++i) shape.push_back(window.out[i]);
    shape.push_back(channels);
    return shape;
}

Field window_field(const VolumeWindow &window) {
    Field field{"window", Field::Kind::kStruct};
    field.fields = {ints_of("in", list(window.in)),
                    ints_of("out", list(window.out)),
                    ints_of("kernel", list(window.kernel)),
                    ints_of("stride", list(window.stride)),
                    ints_of("dilation", list(window.dilation)),
                    ints_of("before", list(window.before))};
    return field;
}

Status check_conv_groups(const Node &node, const Shape &filter, int64_t channels) {
    const int64_t groups = node.int_or("groups", 1);
    if (groups < 1 || channels % groups != 0 || filter[0] % groups != 0) {
        return make_error(ErrorCode::kInvalid,
                          fmt::format("groups is {}, expected a divisor of {} input and {} output "
                                      "channels",
                                      groups, channels, filter[0]));
    }
    if (filter.back() == channels / groups) return Ok{};
    Shape expected = filter;
    expected.back() = channels / groups;
    return make_error(ErrorCode::kInvalid,
                      fmt::format("filter has shape {}, expected {} for an input of {} channels in "
                                  "{} groups",
                                  to_string(filter), to_string(expected), channels, groups));
}

Expected<ConvGeometry> make_conv_geometry(const Node &node, const Shape &x, const Shape &filter) {
    EMBARK_RETURN_IF_ERROR(check_conv_groups(node, filter, x.back()));
    ConvGeometry geometry;
    geometry.batch = x[0];
    geometry.in_channels = x.back();
    geometry.out_channels = filter[0];
    geometry.groups = node.int_or("groups", 1);
    geometry.filter_tap = filter.back();
    geometry.filter_out = element_count(filter) / filter[0];
    EMBARK_ASSIGN(geometry.window,
                  make_volume_window(node, x, Shape(filter.begin() + 1, filter.end() - 1)));
    return geometry;
}

std::vector<Field> conv_fields(const ConvGeometry &geometry) {
    return {int_of("batch", geometry.batch),           int_of("in_c", geometry.in_channels),
            int_of("out_c", geometry.out_channels),    int_of("groups", geometry.groups),
            int_of("filter_out", geometry.filter_out), int_of("filter_tap", geometry.filter_tap),
            int_of("filter_in", geometry.filter_in),   window_field(geometry.window)};
}

}  // namespace embark
