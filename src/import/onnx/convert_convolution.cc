// Conv, ConvTranspose and ConvInteger.

#include <fmt/format.h>

#include <algorithm>

#include "import/onnx/converters.h"
#include "import/onnx/window.h"

namespace embark::onnx {

std::vector<int64_t> two_axes(std::vector<int64_t> list, int64_t filler) {
    if (list.size() == 1) list.insert(list.begin(), filler);
    return list;
}

std::vector<int64_t> interleaved(const std::vector<int64_t> &before,
                                 const std::vector<int64_t> &after) {
    std::vector<int64_t> result;
    for (size_t i = 0; i < before.size(); ++i) {
        result.push_back(before[i]);
        result.push_back(after[i]);
    }
    return result;
}

Attributes window_attributes(const WindowShape &window) {
    return {{"strides", two_axes(window.strides, 1)},
            {"dilations", two_axes(window.dilations, 1)},
            {"padding", interleaved(two_axes(window.before, 0), two_axes(window.after, 0))}};
}

namespace {

constexpr int64_t kMaxWindow = 1 << 20;

Expected<std::vector<int64_t>> spatial_list(const Context &c, std::string_view name, size_t count,
                                            int64_t fallback, int64_t least) {
    const auto list = c.ints_of(name, std::vector<int64_t>(count, fallback));
    const bool valid = list.size() == count && std::all_of(list.begin(), list.end(), [&](auto v) {
                           return v >= least && v <= kMaxWindow;
                       });
    if (valid) return list;
    return make_error(ErrorCode::kInvalid,
                      fmt::format("{} is {}, expected {} entries from {} to {}", name,
                                  to_string(list), count, least, kMaxWindow));
}

/// Padding after which there are ceil(extent / stride) positions.
void pad_same(const std::string &mode, const Shape &extents, WindowShape &window) {
    for (size_t i = 0; i < extents.size(); ++i) {
        const int64_t reach = (window.kernel[i] - 1) * window.dilations[i] + 1;
        const int64_t positions = (extents[i] + window.strides[i] - 1) / window.strides[i];
        const int64_t total =
            std::max<int64_t>(0, (positions - 1) * window.strides[i] + reach - extents[i]);
        window.before[i] = mode == "SAME_LOWER" ? total - total / 2 : total / 2;
        window.after[i] = total - window.before[i];
    }
}

/// Windows that begin inside but end outside count too: more padding behind.
void pad_ceil(const Shape &extents, WindowShape &window) {
    for (size_t i = 0; i < extents.size(); ++i) {
        const int64_t reach = (window.kernel[i] - 1) * window.dilations[i] + 1;
        const int64_t padded = extents[i] + window.before[i] + window.after[i];
        if (padded < reach) continue;
        int64_t steps = (padded - reach + window.strides[i] - 1) / window.strides[i];
        if (steps * window.strides[i] >= extents[i] + window.before[i]) --steps;
        const int64_t missing = steps * window.strides[i] + reach - padded;
        window.after[i] += std::max<int64_t>(0, missing);
    }
}

}  // namespace

Expected<WindowShape> read_window(const Context &c, const Shape &extents,
                                  const std::vector<int64_t> &kernel) {
    const size_t count = extents.size();
    WindowShape window;
    window.kernel = kernel;
    EMBARK_ASSIGN(window.strides, spatial_list(c, "strides", count, 1, 1));
    EMBARK_ASSIGN(window.dilations, spatial_list(c, "dilations", count, 1, 1));
    EMBARK_ASSIGN(const std::vector<int64_t> pads, spatial_list(c, "pads", 2 * count, 0, 0));
    const auto half = pads.begin() + static_cast<long>(count);
    window.before.assign(pads.begin(), half);
    window.after.assign(half, pads.end());
    const std::string mode = c.string_of("auto_pad", "NOTSET");
    if (mode == "VALID") {
        window.before.assign(count, 0);
        window.after.assign(count, 0);
    } else if (mode == "SAME_UPPER" || mode == "SAME_LOWER") {
        pad_same(mode, extents, window);
    }
    window.counted_after = window.after;
    if (c.int_of("ceil_mode", 0) != 0) pad_ceil(extents, window);
    return window;
}

namespace {

Shape spatial(const Shape &shape) {
    return {shape.begin() + 2, shape.end()};
}

Status check_image(const Value &x, const Value &w) {
    if (x.rank() >= 3 && x.rank() <= 5 && w.rank() == x.rank()) return Ok{};
    return make_error(ErrorCode::kUnsupported,
                      fmt::format("input has shape {} and weights {}, expected both with one, two "
                                  "or three axes after batch and channels",
                                  to_string(x.shape), to_string(w.shape)));
}

/// [out, 1, kh, kw] to [kh, kw, out]; a single axis gets a row in front.
Expected<TensorId> depthwise_filter(Context &c, const Value &w) {
    const Groups groups = w.rank() == 3 ? Groups{{}, {2}, {0, 1}} : Groups{{2}, {3}, {0, 1}};
    return c.builder.lay_out(w, groups);
}

}  // namespace

Status convert_conv(Context &c) {
    const Value &x = c.in(0), &w = c.in(1);
    EMBARK_RETURN_IF_ERROR(check_image(x, w));
    EMBARK_ASSIGN(const WindowShape window, read_window(c, spatial(x.shape), spatial(w.shape)));
    const int64_t groups = c.int_of("group", 1);
    Attributes attributes = window_attributes(window);
    EMBARK_ASSIGN(const TensorId image, channels_last(c.builder, x));
    TensorId bias = kNoTensor;
    if (c.has(2)) {
        EMBARK_ASSIGN(bias, c.builder.natural(c.in(2)));
    }
    const bool depthwise = x.rank() < 5 && groups > 1 && groups == x.shape[1] && w.shape[1] == 1;
    if (depthwise) {
        EMBARK_ASSIGN(const TensorId filter, depthwise_filter(c, w));
        EMBARK_ASSIGN(const TensorId id, c.builder.emit("depthwise_conv2d", {image, filter, bias},
                                                        std::move(attributes)));
        return c.give(from_channels_last(c.builder, id, x.rank()));
    }
    if (groups != 1) attributes["groups"] = groups;
    EMBARK_ASSIGN(const TensorId filter, channels_last(c.builder, w));
    EMBARK_ASSIGN(const TensorId id, c.builder.emit(x.rank() == 5 ? "conv3d" : "conv2d",
                                                    {image, filter, bias}, std::move(attributes)));
    return c.give(from_channels_last(c.builder, id, x.rank()));
}

Status convert_conv_integer(Context &c) {
    const Value &x = c.in(0), &w = c.in(1);
    EMBARK_RETURN_IF_ERROR(check_image(x, w));
    EMBARK_ASSIGN(const WindowShape window, read_window(c, spatial(x.shape), spatial(w.shape)));
    Attributes attributes = window_attributes(window);
    if (const int64_t groups = c.int_of("group", 1); groups != 1) attributes["groups"] = groups;
    EMBARK_ASSIGN(const TensorId image, channels_last(c.builder, x));
    EMBARK_ASSIGN(const TensorId filter, channels_last(c.builder, w));
    std::vector<TensorId> ids = {image, filter};
    for (size_t i = 2; i < 4; ++i) ids.push_back(c.has(i) ? c.in(i).id : kNoTensor);
    EMBARK_ASSIGN(const TensorId id, c.builder.emit("conv_integer", ids, std::move(attributes)));
    return c.give(from_channels_last(c.builder, id, x.rank()));
}

namespace {

/// Padding of a transposed convolution from `output_shape` or `auto_pad`.
Status pad_transposed(Context &c, const Shape &extents, WindowShape &window,
                      std::vector<int64_t> &more) {
    const std::string mode = c.string_of("auto_pad", "NOTSET");
    const bool same = mode == "SAME_UPPER" || mode == "SAME_LOWER";
    std::vector<int64_t> wanted = c.ints_of("output_shape", {});
    if (wanted.size() > extents.size())
        wanted.erase(wanted.begin(), wanted.end() - static_cast<long>(extents.size()));
    if (wanted.empty() && !same) return Ok{};
    if (!wanted.empty() && wanted.size() != extents.size()) {
        return make_error(ErrorCode::kInvalid,
                          fmt::format("output_shape is {}, expected {} extents", to_string(wanted),
                                      extents.size()));
    }
    for (size_t i = 0; i < extents.size(); ++i) {
        const int64_t reach = (window.kernel[i] - 1) * window.dilations[i] + 1;
        const int64_t size = wanted.empty() ? extents[i] * window.strides[i] : wanted[i];
        if (size < 1 || size > kMaxWindow) {
            return make_error(ErrorCode::kInvalid, fmt::format("makes {} elements", size));
        }
        int64_t total = window.strides[i] * (extents[i] - 1) + more[i] + reach - size;
        if (total < 0) {
            more[i] -= total;
            total = 0;
        }
        window.before[i] = mode == "SAME_UPPER" ? total / 2 : total - total / 2;
        window.after[i] = total - window.before[i];
    }
    return Ok{};
}

}  // namespace

Status convert_conv_transpose(Context &c) {
    const Value &x = c.in(0), &w = c.in(1);
    EMBARK_RETURN_IF_ERROR(check_image(x, w));
    const Shape extents = spatial(x.shape);
    EMBARK_ASSIGN(WindowShape window, read_window(c, extents, spatial(w.shape)));
    EMBARK_ASSIGN(std::vector<int64_t> more,
                  spatial_list(c, "output_padding", extents.size(), 0, 0));
    EMBARK_RETURN_IF_ERROR(pad_transposed(c, extents, window, more));
    const int64_t groups = c.int_of("group", 1);
    if (groups < 1 || w.shape[0] % groups != 0 || w.shape[0] != x.shape[1]) {
        return make_error(ErrorCode::kInvalid,
                          fmt::format("weights have shape {}, expected {} input channels in {} "
                                      "groups",
                                      to_string(w.shape), x.shape[1], groups));
    }
    Shape split = {groups, w.shape[0] / groups, w.shape[1]};
    split.insert(split.end(), w.shape.begin() + 2, w.shape.end());
    EMBARK_ASSIGN(const Value grouped, c.builder.reshape(w, split));
    Groups order = {{0, 2}};
    if (x.rank() == 3) order.emplace_back();
    for (size_t axis = 3; axis < split.size(); ++axis) order.push_back({axis});
    order.push_back({1});
    EMBARK_ASSIGN(const TensorId filter, c.builder.lay_out(grouped, order));
    EMBARK_ASSIGN(const TensorId image, channels_last(c.builder, x));
    TensorId bias = kNoTensor;
    if (c.has(2)) {
        EMBARK_ASSIGN(bias, c.builder.natural(c.in(2)));
    }
    Attributes attributes = window_attributes(window);
    attributes["output_padding"] = two_axes(more, 0);
    attributes["groups"] = groups;
    EMBARK_ASSIGN(const TensorId id,
                  c.builder.emit(x.rank() == 5 ? "conv_transpose3d" : "conv_transpose2d",
                                 {image, filter, bias}, std::move(attributes)));
    return c.give(from_channels_last(c.builder, id, x.rank()));
}

}  // namespace embark::onnx
