// resize: x [N,H,W,C] -> [N,size[0],size[1],C]; nearest for any type, else float32.
// Attributes: size [h,w]; mode nearest|linear|cubic (nearest); coordinates half_pixel|asymmetric|
// align_corners|pytorch_half_pixel|tf_half_pixel_for_nn|half_pixel_symmetric|tf_crop_and_resize
// (half_pixel); nearest round_prefer_floor|round_prefer_ceil|floor|ceil (round_prefer_floor);
// cubic_coeff (-0.75); exclude_outside, antialias (0); scales [h,w], doubles (size / input);
// for tf_crop_and_resize roi [h begin, w begin, h end, w end] ([0,0,1,1]) and extrapolation (0).

#include "ops/resize/resize.h"

#include <fmt/format.h>

#include "ops/family.h"
#include "ops/operands.h"
#include "ops/quantized.h"

namespace embark {

namespace {

std::vector<double> doubles_or(const Node &node, std::string_view name,
                               std::vector<double> fallback) {
    const auto found = node.attributes.find(name);
    if (found == node.attributes.end()) return fallback;
    const auto *values = std::get_if<std::vector<double>>(&found->second);
    return values != nullptr ? *values : std::vector<double>{};
}

Status check_doubles(const Node &node, std::string_view name, size_t count, double least) {
    const std::vector<double> values = doubles_or(node, name, std::vector<double>(count, 1.0));
    bool fits = values.size() == count;
    for (const double value : values) fits = fits && value >= least && value <= 1048576;
    if (fits) return Ok{};
    return make_error(ErrorCode::kInvalid,
                      fmt::format("attribute {} is not a list of {} numbers from {} to 1048576",
                                  name, count, least));
}

Error unknown(std::string_view name, std::string_view found) {
    return make_error(
        ErrorCode::kUnsupported,
        fmt::format("attribute {} is '{}', expected one that resize knows", name, found));
}

Status check_names(const Node &node) {
    const AxisResize axis = axis_resize_of(node, {1, 1, 1, 1}, 0);
    if (axis.mode != "nearest" && axis.mode != "linear" && axis.mode != "cubic") {
        return unknown("mode", axis.mode);
    }
    if (!is_known_coordinates(axis.coordinates)) return unknown("coordinates", axis.coordinates);
    if (!is_known_nearest(axis.nearest)) return unknown("nearest", axis.nearest);
    if (axis.mode == "nearest" && axis.coordinates == "tf_crop_and_resize") {
        return make_error(ErrorCode::kUnsupported,
                          "mode is nearest with tf_crop_and_resize, expected linear or cubic");
    }
    return Ok{};
}

PortableTable index_table(std::string name, std::string_view what, const AxisSampling &sampling) {
    return make_table<int32_t>(std::move(name),
                               fmt::format("input {} of {} taps per output", what, sampling.taps),
                               DataType::kInt32, sampling.indices);
}

PortableTable weight_table(std::string name, const AxisSampling &sampling) {
    return make_table<float>(std::move(name),
                             fmt::format("weights of {} taps per output", sampling.taps),
                             DataType::kFloat32, sampling.weights);
}

void append_extents(PortableCall &call, const Shape &x, const Shape &out) {
    const std::vector<Field> extents = {int_of("batch", x[0]),   int_of("in_h", x[1]),
                                        int_of("in_w", x[2]),    int_of("channels", x[3]),
                                        int_of("out_h", out[1]), int_of("out_w", out[2])};
    call.fields.insert(call.fields.end(), extents.begin(), extents.end());
}

}  // namespace

AxisResize axis_resize_of(const Node &node, const Shape &x, size_t axis) {
    AxisResize resize;
    resize.mode = node.string_or("mode", resize.mode);
    resize.coordinates = node.string_or("coordinates", resize.coordinates);
    resize.nearest = node.string_or("nearest", resize.nearest);
    resize.cubic_coeff = node.float_or("cubic_coeff", resize.cubic_coeff);
    resize.exclude_outside = node.int_or("exclude_outside", 0) != 0;
    resize.antialias = node.int_or("antialias", 0) != 0;
    resize.in = x[axis + 1];
    resize.out = node.ints_or("size", {1, 1})[axis];
    resize.scale = doubles_or(node, "scales", {0, 0})[axis];
    const std::vector<double> roi = doubles_or(node, "roi", {0, 0, 1, 1});
    resize.roi_begin = roi[axis];
    resize.roi_end = roi[axis + 2];
    return resize;
}

Expected<std::vector<TensorType>> infer_resize(const Graph &graph, const Node &node) {
    EMBARK_RETURN_IF_ERROR(check_inputs(graph, node, 1, 1));
    EMBARK_RETURN_IF_ERROR(check_rank(graph, node, 0, 4, "NHWC"));
    TensorType type = input_type(graph, node, 0);
    if (!node.attributes.contains("size")) {
        return make_error(ErrorCode::kInvalid, "attribute size is missing, expected [h,w]");
    }
    EMBARK_ASSIGN(const auto size, checked_ints(node, "size", {1, 1}, 1));
    EMBARK_RETURN_IF_ERROR(check_doubles(node, "scales", 2, 1e-6));
    EMBARK_RETURN_IF_ERROR(check_doubles(node, "roi", 4, -1048576));
    EMBARK_RETURN_IF_ERROR(check_names(node));
    type.shape[1] = size[0];
    type.shape[2] = size[1];
    return std::vector{std::move(type)};
}

int64_t macc_resize(const Graph &graph, const Node &node) {
    if (node.string_or("mode", "nearest") == "nearest") return 0;
    const int64_t taps = node.string_or("mode", "") == "cubic" ? 16 : 4;
    return output_elements(graph, node) * taps;
}

Expected<PortableCall> portable_resize_plain(const Node &node, const TensorType &x,
                                             const TensorType &out) {
    const AxisSampling rows = sample_axis(axis_resize_of(node, x.shape, 0));
    const AxisSampling columns = sample_axis(axis_resize_of(node, x.shape, 1));
    PortableCall call{.function = "emk_resize_nearest", .inputs = {0}};
    call.tables = {index_table("rows", "rows", rows), index_table("columns", "columns", columns)};
    const int64_t pixels = out.shape[0] * out.shape[1] * out.shape[2];
    if (node.string_or("mode", "nearest") == "nearest") {
        call.fields = {table_of("rows", "rows"), table_of("columns", "columns"),
                       int_of("element_bytes", static_cast<int64_t>(size_of(x.type)))};
        append_extents(call, x.shape, out.shape);
        call.cycles = pixels * (20 + 4 * out.shape[3]) + 100;
        return call;
    }
    if (x.type != DataType::kFloat32) return unsupported_type(node, x.type);
    call.function = "emk_resize_f32";
    call.tables.push_back(weight_table("row_weights", rows));
    call.tables.push_back(weight_table("column_weights", columns));
    call.fields = {table_of("rows", "rows"), table_of("row_weights", "row_weights"),
                   table_of("columns", "columns"), table_of("column_weights", "column_weights")};
    append_extents(call, x.shape, out.shape);
    call.fields.push_back(int_of("row_taps", rows.taps));
    call.fields.push_back(int_of("column_taps", columns.taps));
    call.fields.push_back(
        float_of("outside", static_cast<float>(node.float_or("extrapolation", 0.0))));
    call.cycles = pixels * out.shape[3] * rows.taps * (columns.taps * 11 + 8) + 100;
    return call;
}

Expected<PortableCall> portable_resize(const Node &node, std::span<const TensorType *const> inputs,
                                       std::span<const TensorType> outputs) {
    const bool nearest = node.string_or("mode", "nearest") == "nearest";
    if (is_quantized(*inputs[0]) && !nearest) return quantized_resize(node, inputs, outputs);
    return portable_resize_plain(node, *inputs[0], outputs[0]);
}

}  // namespace embark
