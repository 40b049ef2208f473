// softmax (attribute: beta, 1.0) and log_softmax of quantised values.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "ops/operands.h"
#include "ops/quantized.h"
#include "ops/quantized_tables.h"

namespace embark {

namespace {

constexpr int kDifferenceBits = 5;  ///< integer bits of differences

/// The scale and zero point that the arithmetic gives.
Status check_output(const TensorType &out, double scale, int32_t zero) {
    EMBARK_RETURN_IF_ERROR(check_quantized_output(out, out.type));
    const double found = out.quantization.scales[0];
    if (std::abs(found - scale) <= scale * 1e-3 && out.quantization.zero_points[0] == zero) {
        return Ok{};
    }
    return make_error(ErrorCode::kUnsupported,
                      fmt::format("output has scale {} and zero point {}, expected {} and {}",
                                  found, out.quantization.zero_points[0], scale, zero));
}

/// int16 by tables.
PortableCall table_call(const TensorType &x, double beta) {
    const double steps = x.quantization.scales[0] * beta / (10.0 / 65535.0);
    const Multiplier split = split_multiplier(steps);
    PortableCall call{.function = "emk_softmax_q16", .inputs = {0}};
    call.tables = {
        make_table<int16_t>(
            "exponentials", "exp over [-10, 0], Q15", DataType::kInt16,
            interpolation_table([](float v) { return std::exp(v); }, {-10, 0}, {-1, 1})),
        make_table<int16_t>(
            "reciprocals", "1 / (1 + x) over [0, 1], Q15", DataType::kInt16,
            interpolation_table([](float v) { return 1.0f / (1.0f + v); }, {0, 1}, {-1, 1}))};
    const int64_t channels = x.shape.back();
    call.fields = {int_of("rows", element_count(x.shape) / channels),
                   int_of("channels", channels),
                   int_of("multiplier", split.multiplier),
                   int_of("shift", split.shift),
                   table_of("exponentials", "exponentials"),
                   table_of("reciprocals", "reciprocals")};
    call.cycles = element_count(x.shape) * 60 + 300;
    return call;
}

}  // namespace

Expected<PortableCall> quantized_softmax(const Node &node, PortableInputs inputs,
                                         PortableOutputs outputs) {
    const TensorType &x = *inputs[0], &out = outputs[0];
    const double beta = node.float_or("beta", 1.0);
    if (x.type == DataType::kInt16) {
        if (node.op == "log_softmax") return unsupported_type(node, x.type);
        EMBARK_RETURN_IF_ERROR(check_quantized_output(out, x.type));
        EMBARK_RETURN_IF_ERROR(check_output(out, 1.0 / 32768, 0));
        return table_call(x, beta);
    }
    EMBARK_RETURN_IF_ERROR(check_quantized_output(out, x.type));
    const bool has_sign = x.type == DataType::kInt8, log = node.op == "log_softmax";
    const IntegerRange range = range_of(x.type);
    EMBARK_RETURN_IF_ERROR(check_output(out, log ? 1.0 / 16 : 1.0 / 256,
                                        static_cast<int32_t>(log ? range.high : range.low)));
    PortableCall call{.inputs = {0}};
    call.function = log ? (has_sign ? "emk_log_softmax_q8" : "emk_log_softmax_qu8")
                        : (has_sign ? "emk_softmax_q8" : "emk_softmax_qu8");
    EMBARK_ASSIGN(const DifferenceScaling scaling,
                  difference_scaling(x.quantization.scales[0] * beta, kDifferenceBits));
    const int64_t channels = x.shape.back();
    call.fields = {int_of("rows", element_count(x.shape) / channels), int_of("channels", channels),
                   int_of("multiplier", scaling.split.multiplier),
                   int_of("shift", scaling.split.shift), int_of("diff_min", scaling.least)};
    if (log) {
        Field softmax{"softmax", Field::Kind::kStruct};
        softmax.fields = std::move(call.fields);
        const double inverse = std::ldexp(1.0, 31 - scaling.split.shift) / scaling.split.multiplier;
        const Multiplier split = split_multiplier(inverse);
        call.fields = {std::move(softmax), int_of("inverse_multiplier", split.multiplier),
                       int_of("inverse_shift", split.shift)};
    }
    call.cycles = element_count(x.shape) * 320 + 500;
    return call;
}

}  // namespace embark
