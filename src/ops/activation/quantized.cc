// Activations of quantised values. Eight-bit ones become a table of 256 entries, which holds what
// TensorFlow Lite Micro's reference kernels compute for each value: in fixed point for those that
// it has, else in float32 as its table of elu. int16 has relu, relu6, clip, leaky_relu and abs by
// scaling, sigmoid and tanh by its tables, the others by interpolation.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "ops/activation/fixed_point.h"
#include "ops/quantized.h"
#include "ops/quantized_tables.h"

namespace embark {

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

double parameter(const Node &node) {
    return node.float_or("alpha", 1.0);
}

/// Real functions; double inside, so that the float result does not depend on the C library.
double real_function(const Node &node, double x) {
    const std::string &op = node.op;
    const double alpha = parameter(node);
    if (op == "elu") return x > 0 ? x : alpha * std::expm1(x);
    if (op == "exp") return std::exp(x);
    if (op == "gelu") {
        if (node.int_or("approximate", 0) == 0) return 0.5 * x * (1 + std::erf(x / std::sqrt(2)));
        return 0.5 * x * (1 + std::tanh(0.7978845608028654 * (x + 0.044715 * x * x * x)));
    }
    if (op == "hard_sigmoid") return std::clamp(x + 3, 0.0, 6.0) / 6;
    if (op == "hard_swish") return x * std::clamp(x + 3, 0.0, 6.0) / 6;
    if (op == "selu") return x > 0 ? 1.0507009873554805 * x : 1.7580993408473766 * std::expm1(x);
    if (op == "sigmoid") return 1 / (1 + std::exp(-x));
    if (op == "softplus") return x > 0 ? x + std::log1p(std::exp(-x)) : std::log1p(std::exp(x));
    if (op == "softsign") return x / (1 + std::abs(x));
    if (op == "swish") return x / (1 + std::exp(-x));
    if (op == "square") return x * x;
    if (op == "sqrt") return x > 0 ? std::sqrt(x) : 0;
    if (op == "log") return std::log(x);
    EMBARK_ASSERT(op == "tanh");
    return std::tanh(x);
}

bool has_real_function(std::string_view op) {
    constexpr std::string_view kNames[] = {
        "elu",     "exp",      "gelu",     "hard_sigmoid", "hard_swish", "log",   "selu",
        "sigmoid", "softplus", "softsign", "sqrt",         "square",     "swish", "tanh"};
    return std::find(std::begin(kNames), std::end(kNames), op) != std::end(kNames);
}

/// A quantised value of the real \p x, rounded half away from zero in float32.
int64_t quantized(double x, const TensorType &type) {
    const IntegerRange range = range_of(type.type);
    const double whole = std::round(static_cast<float>(x) / type.quantization.scales[0]);
    const double value = whole + type.quantization.zero_points[0];
    return static_cast<int64_t>(
        std::clamp(value, static_cast<double>(range.low), static_cast<double>(range.high)));
}

/// Whether \p op is made of two slopes and a clamp.
bool has_slopes(std::string_view op) {
    return op == "relu" || op == "relu6" || op == "clip" || op == "leaky_relu" || op == "abs";
}

Expected<Slopes> slopes_of(const Node &node, const TensorType &x, const TensorType &out) {
    EMBARK_ASSIGN(Slopes slopes, requantization(node, x, out));
    if (node.op == "leaky_relu") {
        // Float arithmetic, as there.
        const float in_scale = x.quantization.scales[0], out_scale = out.quantization.scales[0];
        const auto alpha = static_cast<float>(parameter(node));
        slopes.positive = split_multiplier(in_scale / out_scale);
        slopes.negative = split_multiplier(in_scale * alpha / out_scale);
    } else if (node.op == "abs") {
        slopes.negative.multiplier = -slopes.negative.multiplier;
    } else {
        const bool clip = node.op == "clip";
        const double low = clip ? node.float_or("min", -kInfinity) : 0.0;
        const double high = clip                 ? node.float_or("max", kInfinity)
                            : node.op == "relu6" ? 6.0
                                                 : kInfinity;
        slopes.range.low = std::max(slopes.range.low, quantized(low, out));
        slopes.range.high = std::min(slopes.range.high, quantized(high, out));
        slopes.range.high = std::max(slopes.range.high, slopes.range.low);
    }
    if (slopes.negative.shift <= 30) return slopes;
    return make_error(
        ErrorCode::kUnsupported,
        fmt::format("alpha is {}, too large for the scales of input and output", parameter(node)));
}

/// The value for each input of a function without a form of its own, in float32.
int64_t by_float(const Node &node, const TensorType &x, const TensorType &out, int64_t q) {
    const float real =
        x.quantization.scales[0] * static_cast<float>(q - x.quantization.zero_points[0]);
    const auto result = static_cast<float>(real_function(node, real));
    const float inverse = 1.0f / out.quantization.scales[0];
    const double value =
        static_cast<double>(std::round(result * inverse)) + out.quantization.zero_points[0];
    const IntegerRange range = range_of(out.type);
    if (std::isnan(value)) return range.low;
    return static_cast<int64_t>(
        std::clamp(value, static_cast<double>(range.low), static_cast<double>(range.high)));
}

Error no_form(const Node &node, const TensorType &x) {
    return make_error(ErrorCode::kUnsupported,
                      fmt::format("{} has no quantised form for {}", node.op, to_string(x.type)));
}

/// The function from quantised to quantised eight-bit values.
Expected<QuantizedFunction> function_of(const Node &node, const TensorType &x,
                                        const TensorType &out) {
    using Function = QuantizedFunction;
    if (has_slopes(node.op)) {
        EMBARK_ASSIGN(const Slopes slopes, slopes_of(node, x, out));
        return Function([slopes](int64_t q) { return slopes.apply(q); });
    }
    const int32_t zero = x.quantization.zero_points[0];
    const float out_scale = out.quantization.scales[0];
    const bool is_signed = x.type == DataType::kInt8;
    if (is_signed && node.op == "sigmoid" && out.quantization.zero_points[0] == -128 &&
        out_scale == 1.0f / 256) {
        const FixedCurve curve(x.quantization.scales[0]);
        return Function([curve, zero](int64_t q) { return curve.sigmoid(q - zero); });
    }
    if (is_signed && node.op == "tanh" && out.quantization.zero_points[0] == 0 &&
        out_scale == 1.0f / 128) {
        const FixedCurve curve(x.quantization.scales[0]);
        return Function([curve, zero](int64_t q) { return curve.tanh(q - zero); });
    }
    if (node.op == "hard_swish") {
        const HardSwish hard_swish(x, out);
        if (hard_swish.fits()) return Function(hard_swish);
    }
    if (node.op == "rsqrt") {
        const ReciprocalRoot root(x, out);
        if (root.fits()) return Function(root);
    }
    if (!has_real_function(node.op)) return no_form(node, x);
    return Function([node, x, out](int64_t q) { return by_float(node, x, out, q); });
}

/// sigmoid and tanh of int16.
PortableCall sigmoid_call(const Node &node, const TensorType &x) {
    const bool is_tanh = node.op == "tanh";
    const float scale = x.quantization.scales[0];
    const float power = std::round(std::log2(scale));
    int64_t multiplier = 0, shift = 0;
    // Scales of 2^-12, and of 2^-11 for tanh, need no rounding.
    if (std::abs(std::log2(scale) - power) < 1e-3f &&
        (power == -12.0f || (is_tanh && power == -11.0f))) {
        multiplier = power == -12.0f ? 3 : 6;
    } else {
        double factor = static_cast<double>(scale) * 4096.0 * 3.0;
        for (; factor <= 32767.0 / 2.0 && shift <= 30; ++shift) factor *= 2.0;
        multiplier = static_cast<int64_t>(std::min(factor, 32767.0));
    }
    PortableCall call{.function = is_tanh ? "emk_tanh_q16" : "emk_sigmoid_q16", .inputs = {0}};
    call.tables = {sigmoid_table("table")};
    call.fields = {int_of("count", element_count(x.shape)), int_of("multiplier", multiplier),
                   int_of("shift", shift), table_of("table", "table")};
    call.cycles = element_count(x.shape) * 25 + 100;
    return call;
}

PortableCall interpolation_call(const Node &node, const TensorType &x, const TensorType &out) {
    const auto ends = [](const TensorType &type) {
        const auto zero = static_cast<float>(type.quantization.zero_points[0]);
        const float scale = type.quantization.scales[0];
        return RealRange{scale * (-32768.0f - zero), scale * (32767.0f - zero)};
    };
    PortableCall call{.function = "emk_lookup_q16", .inputs = {0}};
    const auto function = [&](float v) { return static_cast<float>(real_function(node, v)); };
    call.tables = {make_table<int16_t>("table", node.op + " at -32768, -32640, …", DataType::kInt16,
                                       interpolation_table(function, ends(x), ends(out)))};
    call.fields = {int_of("count", element_count(x.shape)), table_of("table", "table")};
    call.cycles = element_count(x.shape) * 15 + 50;
    return call;
}

}  // namespace

Expected<PortableCall> quantized_activation(const Node &node, PortableInputs inputs,
                                            PortableOutputs outputs) {
    const TensorType &x = *inputs[0], &out = outputs[0];
    EMBARK_RETURN_IF_ERROR(check_quantized_output(out, x.type));
    if (x.type != DataType::kInt16) {
        EMBARK_ASSIGN(const QuantizedFunction function, function_of(node, x, out));
        return lookup_call(node, x, out, function);
    }
    const int64_t count = element_count(x.shape);
    if (has_slopes(node.op)) {
        EMBARK_ASSIGN(const Slopes slopes, slopes_of(node, x, out));
        return slopes.call("emk_requantize_i16_i16", count);
    }
    const bool symmetric =
        x.quantization.zero_points[0] == 0 && out.quantization.zero_points[0] == 0;
    const bool unit = std::abs(out.quantization.scales[0] * 32768.0f - 1.0f) < 1e-3f;
    if ((node.op == "sigmoid" || node.op == "tanh") && symmetric && unit) {
        return sigmoid_call(node, x);
    }
    if (!has_real_function(node.op)) return no_form(node, x);
    return interpolation_call(node, x, out);
}

}  // namespace embark
