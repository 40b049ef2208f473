// l2_normalize and resize of quantised values.

#include <fmt/format.h>

#include <cmath>

#include "ops/operands.h"
#include "ops/quantized.h"

namespace embark {

namespace {

/// Steps of 1/1024 input pixel per output pixel, rounded.
int64_t step_of(int64_t in, int64_t out, bool corners) {
    const int64_t from = corners && out > 1 ? in - 1 : in;
    const int64_t to = corners && out > 1 ? out - 1 : out;
    return (1024 * from + to / 2) / to;
}

}  // namespace

Expected<PortableCall> quantized_l2_normalize(const Node &node, PortableInputs inputs,
                                              PortableOutputs outputs) {
    const TensorType &x = *inputs[0], &out = outputs[0];
    if (x.type == DataType::kInt16) return unsupported_type(node, x.type);
    EMBARK_RETURN_IF_ERROR(check_quantized_output(out, x.type));
    const bool has_sign = x.type == DataType::kInt8;
    const int32_t zero = has_sign ? 0 : 128;
    if (out.quantization.scales[0] != 1.0f / 128 || out.quantization.zero_points[0] != zero) {
        return make_error(ErrorCode::kUnsupported,
                          fmt::format("output has scale {} and zero point {}, expected {} and {}",
                                      out.quantization.scales[0], out.quantization.zero_points[0],
                                      1.0 / 128, zero));
    }
    const int64_t channels = x.shape.back();
    PortableCall call{.function = has_sign ? "emk_l2_normalize_q8" : "emk_l2_normalize_qu8",
                      .inputs = {0}};
    call.fields = {int_of("rows", element_count(x.shape) / channels), int_of("channels", channels),
                   int_of("in_zero", x.quantization.zero_points[0])};
    call.cycles = element_count(x.shape) * 35 + element_count(x.shape) / channels * 300 + 100;
    return call;
}

Expected<PortableCall> quantized_resize(const Node &node, PortableInputs inputs,
                                        PortableOutputs outputs) {
    const TensorType &x = *inputs[0], &out = outputs[0];
    EMBARK_RETURN_IF_ERROR(check_quantized_output(out, x.type));
    const std::string mode = node.string_or("mode", "nearest");
    const std::string coordinates = node.string_or("coordinates", "half_pixel");
    const bool corners = coordinates == "align_corners", half = coordinates == "half_pixel";
    if (mode != "linear" || !(corners || half || coordinates == "asymmetric")) {
        return make_error(ErrorCode::kUnsupported,
                          fmt::format("resize of {} has mode {} and coordinates {}, expected "
                                      "linear, and half_pixel, align_corners or asymmetric",
                                      to_string(x.type), mode, coordinates));
    }
    PortableCall call{.inputs = {0}};
    call.function = x.type == DataType::kInt8    ? "emk_resize_bilinear_q8"
                    : x.type == DataType::kUint8 ? "emk_resize_bilinear_qu8"
                                                 : "emk_resize_bilinear_q16";
    call.fields = {int_of("batch", x.shape[0]),
                   int_of("in_h", x.shape[1]),
                   int_of("in_w", x.shape[2]),
                   int_of("channels", x.shape[3]),
                   int_of("out_h", out.shape[1]),
                   int_of("out_w", out.shape[2]),
                   int_of("scale_h", step_of(x.shape[1], out.shape[1], corners)),
                   int_of("scale_w", step_of(x.shape[2], out.shape[2], corners)),
                   int_of("half_pixel", half ? 1 : 0)};
    call.cycles = element_count(out.shape) * 45 + 200;
    return call;
}

}  // namespace embark
