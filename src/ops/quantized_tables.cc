#include "ops/quantized_tables.h"

#include <emk/fixed.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace embark {

std::vector<int16_t> interpolation_table(const std::function<float(float)> &function, RealRange in,
                                         RealRange out) {
    constexpr int kSteps = 512;
    const float step = (in.high - in.low) / kSteps, half = step / 2;
    const float scale = 65536.0f / (out.high - out.low);
    const auto clamp = [](float value) {
        return static_cast<int16_t>(std::clamp(value, -32768.0f, 32767.0f));
    };
    std::vector<int16_t> table;
    for (int i = 0; i < kSteps; ++i) {
        const float at = in.low + static_cast<float>(i) * step;
        const float value = std::round(function(at) * scale);
        const float next = function(in.low + static_cast<float>(i + 1) * step) * scale;
        const float interpolated = std::round((next + value) / 2);
        const float middle = std::round(function(at + half) * scale);
        table.push_back(clamp(value - std::round((interpolated - middle) / 2)));
    }
    table.push_back(clamp(std::round(function(in.high) * scale)));
    return table;
}

PortableTable sigmoid_table(std::string name) {
    // Moved by half the error that interpolation makes in the middle of a step, as there.
    const auto curve = [](double i) { return 65536.0 / (1.0 + std::exp(-i / 24.0)); };
    std::vector<uint16_t> table;
    for (int i = 0; i < 256; ++i) {
        const double error = (curve(i) + curve(i + 1)) / 2 - curve(i + 0.5);
        const double value = std::floor(curve(i) - error / 2 + 0.5);
        table.push_back(static_cast<uint16_t>(value));
    }
    table.back() = 65535;  // where the kernels saturate
    return make_table<uint16_t>(std::move(name), "65536 * sigmoid(i / 24)", DataType::kUint16,
                                table);
}

Expected<DifferenceScaling> difference_scaling(double scale, int integer_bits) {
    const double one = std::ldexp(1.0, 31 - integer_bits);
    const double factor = std::min(scale * one, std::ldexp(1.0, 31) - 1.0);
    if (!(factor > 1.0)) {
        return make_error(
            ErrorCode::kUnsupported,
            fmt::format("input has the scale {}, expected more than {}", scale, 1.0 / one));
    }
    const Multiplier split = split_multiplier(factor);
    const double most = ((1 << integer_bits) - 1) * one / std::ldexp(1.0, split.shift);
    return DifferenceScaling{split, -static_cast<int64_t>(std::floor(most))};
}

int64_t Slopes::apply(int64_t q) const {
    const auto x = static_cast<int32_t>(q - in_zero);
    const Multiplier &split = x < 0 ? negative : positive;
    return std::clamp(emk_scale(x, split.multiplier, split.shift) + out_zero, range.low,
                      range.high);
}

PortableCall Slopes::call(std::string_view function, int64_t count) const {
    PortableCall call{.function = function, .inputs = {0}};
    call.fields = {int_of("count", count),
                   int_of("in_zero", in_zero),
                   int_of("out_zero", out_zero),
                   int_of("multiplier", positive.multiplier),
                   int_of("shift", positive.shift),
                   int_of("negative_multiplier", negative.multiplier),
                   int_of("negative_shift", negative.shift),
                   int_of("low", range.low),
                   int_of("high", range.high)};
    call.cycles = count * 25 + 100;
    return call;
}

Expected<Slopes> requantization(const Node &node, const TensorType &x, const TensorType &out) {
    const float from = x.quantization.scales[0], to = out.quantization.scales[0];
    const Multiplier split = split_multiplier(static_cast<double>(from) / static_cast<double>(to));
    if (split.shift > 30) {
        return make_error(
            ErrorCode::kUnsupported,
            fmt::format("input has the scale {}, output {}: too far apart", from, to));
    }
    return Slopes{x.quantization.zero_points[0], out.quantization.zero_points[0], split, split,
                  output_range(node, out.type)};
}

PortableCall lookup_call(const Node &node, const TensorType &x, const TensorType &out,
                         const QuantizedFunction &function) {
    const IntegerRange range = output_range(node, out.type);
    std::vector<uint8_t> table;
    for (int bits = 0; bits < 256; ++bits) {
        const int64_t q = x.type == DataType::kInt8 ? static_cast<int8_t>(bits) : bits;
        table.push_back(static_cast<uint8_t>(std::clamp(function(q), range.low, range.high)));
    }
    PortableCall call{.function = "emk_lookup_8", .inputs = {0}};
    call.tables = {
        make_table<uint8_t>("table", node.op + " by the input's bits", DataType::kUint8, table)};
    call.fields = {int_of("count", element_count(x.shape)), table_of("table", "table")};
    call.cycles = element_count(x.shape) * 5 + 50;
    return call;
}

}  // namespace embark
