// max_pool3d, average_pool3d, lp_pool3d: x [N,D,H,W,C] -> [N,D',H',W',C]; lp_pool2d: x [N,H,W,C].
// Attributes: kernel, strides, dilations (one per axis), padding (before and after, axis by axis).
// average_pool: count_padding 1 counts padding as zeros, counted_padding (default: padding) says
// how much of it. lp_pool: p (2), the exponent of the norm (sum of |x|^p)^(1/p).

#include "ops/pool/volume_pool.h"

#include <fmt/format.h>

#include "ops/family.h"

namespace embark {

namespace {

Status set_counted_padding(const Node &node, size_t axes, PoolGeometry &geometry) {
    const VolumeWindow &window = geometry.window;
    if (node.int_or("count_padding", 0) == 0) return Ok{};
    std::vector<int64_t> padding;
    for (size_t axis = 3 - axes; axis < 3; ++axis) {
        padding.push_back(window.before[axis]);
        padding.push_back(window.after[axis]);
    }
    EMBARK_ASSIGN(const auto counted, checked_ints(node, "counted_padding", padding, 0));
    for (size_t i = 0; i < axes; ++i) {
        geometry.counted_before[3 - axes + i] = counted[2 * i];
        geometry.counted_after[3 - axes + i] = counted[2 * i + 1];
    }
    return Ok{};
}

/// Else a window could lie in the padding alone and have no value.
Status check_padding(const Node &node, const VolumeWindow &window) {
    for (size_t i = 0; i < 3; ++i) {
        const int64_t reach = (window.kernel[i] - 1) * window.dilation[i] + 1;
        if (std::max(window.before[i], window.after[i]) < reach) continue;
        const auto kernel = node.ints_or("kernel", {});
        return make_error(ErrorCode::kInvalid,
                          fmt::format("padding is {}, expected less than the kernel {}",
                                      to_string(node.ints_or("padding", {})),
                                      fmt::join(kernel.begin(), kernel.end(), "x")));
    }
    return Ok{};
}

std::string_view max_function(DataType type) {
    switch (type) {
        case DataType::kFloat32:
            return "emk_volume_max_pool_f32";
        case DataType::kFloat64:
            return "emk_volume_max_pool_f64";
        case DataType::kInt8:
            return "emk_volume_max_pool_i8";
        case DataType::kUint8:
            return "emk_volume_max_pool_u8";
        default:
            return "";
    }
}

}  // namespace

Expected<PoolGeometry> make_pool_geometry(const Node &node, const Shape &x) {
    const size_t axes = x.size() - 2;
    if (!node.attributes.contains("kernel")) {
        return make_error(ErrorCode::kInvalid,
                          fmt::format("attribute kernel is missing, expected {}",
                                      axes == 2 ? "[h,w]" : "[d,h,w]"));
    }
    EMBARK_ASSIGN(const auto kernel,
                  checked_ints(node, "kernel", std::vector<int64_t>(axes, 1), 1));
    PoolGeometry geometry;
    geometry.batch = x[0];
    geometry.channels = x.back();
    EMBARK_ASSIGN(geometry.window, make_volume_window(node, x, kernel));
    EMBARK_RETURN_IF_ERROR(check_padding(node, geometry.window));
    EMBARK_RETURN_IF_ERROR(set_counted_padding(node, axes, geometry));
    geometry.p = node.int_or("p", 2);
    if (geometry.p >= 1 && geometry.p <= 64) return geometry;
    return make_error(ErrorCode::kInvalid,
                      fmt::format("attribute p is {}, expected 1 to 64", geometry.p));
}

PoolGeometry global_pool_geometry(const Shape &x) {
    PoolGeometry geometry;
    geometry.batch = x[0];
    geometry.channels = x.back();
    geometry.window.in[2] = element_count(x) / x[0] / x.back();
    geometry.window.kernel = geometry.window.in;
    return geometry;
}

PortableCall volume_pool_call(std::string_view function, const PoolGeometry &geometry,
                              int64_t cycles_per_read) {
    PortableCall call{.function = function, .inputs = {0}};
    const auto &before = geometry.counted_before, &after = geometry.counted_after;
    call.fields = {int_of("batch", geometry.batch),
                   int_of("channels", geometry.channels),
                   int_of("p", geometry.p),
                   ints_of("counted_before", {before.begin(), before.end()}),
                   ints_of("counted_after", {after.begin(), after.end()}),
                   window_field(geometry.window)};
    call.cycles = geometry.reads() * cycles_per_read + 300;
    return call;
}

Expected<PortableCall> portable_volume_pool_of(const Node &node, DataType type,
                                               const PoolGeometry &geometry) {
    if (node.op.find("max_pool") != std::string::npos) {
        const std::string_view function = max_function(type);
        if (function.empty()) return unsupported_type(node, type);
        return volume_pool_call(function, geometry, 12);
    }
    if (type != DataType::kFloat32) return unsupported_type(node, type);
    if (node.op.find("average_pool") != std::string::npos) {
        return volume_pool_call("emk_volume_average_pool_f32", geometry, 10);
    }
    return volume_pool_call("emk_volume_lp_pool_f32", geometry, 10 + 2 * geometry.p);
}

Expected<std::vector<TensorType>> infer_volume_pool(const Graph &graph, const Node &node) {
    EMBARK_RETURN_IF_ERROR(check_inputs(graph, node, 1, 1));
    const bool volume = node.op.ends_with("3d");
    EMBARK_RETURN_IF_ERROR(check_rank(graph, node, 0, volume ? 5 : 4, volume ? "NDHWC" : "NHWC"));
    TensorType type = input_type(graph, node, 0);
    EMBARK_ASSIGN(const PoolGeometry geometry, make_pool_geometry(node, type.shape));
    EMBARK_RETURN_IF_ERROR(portable_volume_pool_of(node, type.type, geometry));
    type.shape = windowed_shape(type.shape, geometry.window, geometry.channels);
    return std::vector{std::move(type)};
}

int64_t macc_volume_pool(const Graph &graph, const Node &node) {
    return make_pool_geometry(node, input_type(graph, node, 0).shape).value().reads();
}

Expected<PortableCall> portable_volume_pool(const Node &node,
                                            std::span<const TensorType *const> inputs,
                                            std::span<const TensorType>) {
    EMBARK_ASSIGN(const PoolGeometry geometry, make_pool_geometry(node, inputs[0]->shape));
    return portable_volume_pool_of(node, inputs[0]->type, geometry);
}

}  // namespace embark
