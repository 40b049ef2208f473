// max_pool2d, average_pool2d and the global poolings of quantised maps. A window's average is taken
// of the integers; a global average is a mean, which may change the quantisation.

#include <fmt/format.h>

#include "ops/quantized.h"
#include "ops/window.h"

namespace embark {

namespace {

std::string_view kernel_for(bool greatest, DataType type) {
    if (type == DataType::kInt8) return greatest ? "emk_max_pool_q8" : "emk_average_pool_q8";
    if (type == DataType::kUint8) return greatest ? "emk_max_pool_qu8" : "emk_average_pool_qu8";
    return greatest ? "emk_max_pool_q16" : "emk_average_pool_q16";
}

/// Poolings keep the quantisation.
Status check_same_quantization(const TensorType &x, const TensorType &out) {
    EMBARK_RETURN_IF_ERROR(check_quantized_output(out, x.type));
    const Quantization &a = x.quantization, &b = out.quantization;
    if (a.scales == b.scales && a.zero_points == b.zero_points) return Ok{};
    return make_error(
        ErrorCode::kUnsupported,
        fmt::format("input has scale {} and zero point {}, output {} and {}, expected the same",
                    a.scales[0], a.zero_points[0], b.scales[0], b.zero_points[0]));
}

PortableCall pool_call(const Node &node, const TensorType &x, const VolumeWindow &window,
                       bool greatest) {
    const IntegerRange range = output_range(node, x.type);
    PortableCall call{.function = kernel_for(greatest, x.type), .inputs = {0}};
    call.fields = {int_of("batch", x.shape[0]), int_of("channels", x.shape.back()),
                   int_of("low", range.low), int_of("high", range.high), window_field(window)};
    const int64_t results = x.shape[0] * window.positions() * x.shape.back();
    call.cycles = results * (window.taps() * 14 + 50) + 300;
    return call;
}

}  // namespace

Expected<PortableCall> quantized_pool(const Node &node, PortableInputs inputs,
                                      PortableOutputs outputs) {
    const TensorType &x = *inputs[0];
    EMBARK_RETURN_IF_ERROR(check_same_quantization(x, outputs[0]));
    const bool greatest = node.op == "max_pool2d";
    if (!greatest && node.int_or("count_padding", 0) != 0) {
        return make_error(ErrorCode::kUnsupported,
                          "quantised averages that count padding are not supported");
    }
    EMBARK_ASSIGN(const VolumeWindow window,
                  make_volume_window(node, x.shape, node.ints_or("kernel", {1, 1})));
    return pool_call(node, x, window, greatest);
}

Expected<PortableCall> quantized_global_pool(const Node &node, PortableInputs inputs,
                                             PortableOutputs outputs) {
    const TensorType &x = *inputs[0];
    if (node.op == "global_average_pool") {
        EMBARK_RETURN_IF_ERROR(check_quantized_output(outputs[0], x.type));
        return quantized_mean(node, x, outputs[0], {1, 2}, true);
    }
    EMBARK_RETURN_IF_ERROR(check_same_quantization(x, outputs[0]));
    VolumeWindow window;
    window.in = window.kernel = {1, x.shape[1], x.shape[2]};
    return pool_call(node, x, window, true);
}

}  // namespace embark
