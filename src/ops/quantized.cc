#include "ops/quantized.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "ops/operands.h"

namespace embark {

namespace {

/// The one element type that \p type may be combined with as weights.
DataType weight_type_for(DataType type) {
    return type == DataType::kUint8 ? DataType::kUint8 : DataType::kInt8;
}

Error wrong_type(size_t index, DataType found, std::string_view expected) {
    return make_error(ErrorCode::kUnsupported, fmt::format("input {} is {}, expected {}", index,
                                                           to_string(found), expected));
}

Status check_scales(const TensorType &weights, size_t channel_axis) {
    const size_t scales = weights.quantization.scales.size();
    if (scales == 1) return Ok{};
    if (scales == static_cast<size_t>(weights.shape[channel_axis]) &&
        weights.quantization.axis == static_cast<int>(channel_axis)) {
        return Ok{};
    }
    return make_error(
        ErrorCode::kUnsupported,
        fmt::format("weights have {} scales along axis {}, expected 1, or {} along "
                    "axis {}",
                    scales, weights.quantization.axis, weights.shape[channel_axis], channel_axis));
}

}  // namespace

bool is_quantized(const TensorType &type) {
    const bool holds_integers = type.type == DataType::kInt8 || type.type == DataType::kUint8 ||
                                type.type == DataType::kInt16;
    return holds_integers && !type.quantization.empty();
}

Status check_float_or_quantized(const Graph &graph, const Node &node) {
    const TensorType &first = input_type(graph, node, 0);
    if (!is_quantized(first)) return check_float32(graph, node);
    for (size_t i = 0; i < node.inputs.size(); ++i) {
        if (!has_input(node, i)) continue;
        const TensorType &type = input_type(graph, node, i);
        if (is_quantized(type) && type.type == first.type) continue;
        return wrong_type(i, type.type, fmt::format("quantised {}", to_string(first.type)));
    }
    return Ok{};
}

Status check_layer_types(const Graph &graph, const Node &node, size_t channel_axis) {
    const TensorType &x = input_type(graph, node, 0);
    if (!is_quantized(x)) return check_float32(graph, node);
    const TensorType &weights = input_type(graph, node, 1);
    const DataType expected = weight_type_for(x.type);
    if (!is_quantized(weights) || weights.type != expected) {
        return wrong_type(
            1, weights.type,
            fmt::format("quantised {} for {} activations", to_string(expected), to_string(x.type)));
    }
    EMBARK_RETURN_IF_ERROR(check_scales(weights, channel_axis));
    if (!has_input(node, 2)) return Ok{};
    const DataType bias = input_type(graph, node, 2).type;
    if (bias == DataType::kInt32) return Ok{};
    if (bias == DataType::kInt64 && x.type == DataType::kInt16) return Ok{};
    return wrong_type(2, bias, x.type == DataType::kInt16 ? "int64 or int32" : "int32");
}

Multiplier split_multiplier(double real) {
    if (real == 0.0) return {};
    int exponent = 0;
    const double fraction = std::frexp(real, &exponent);
    int64_t fixed = std::llround(fraction * static_cast<double>(int64_t{1} << 31));
    if (fixed == int64_t{1} << 31) {
        fixed /= 2;
        ++exponent;
    }
    if (exponent < -31) return {};
    return {static_cast<int32_t>(fixed), exponent};
}

IntegerRange range_of(DataType type) {
    switch (type) {
        case DataType::kInt8:
            return {-128, 127};
        case DataType::kUint8:
            return {0, 255};
        case DataType::kInt16:
            return {-32768, 32767};
        case DataType::kUint16:
            return {0, 65535};
        default:
            return {std::numeric_limits<int32_t>::min(), std::numeric_limits<int32_t>::max()};
    }
}

IntegerRange output_range(const Node &node, DataType type) {
    const IntegerRange all = range_of(type);
    const int64_t low = std::clamp(node.int_or("clamp_low", all.low), all.low, all.high);
    return {low, std::clamp(node.int_or("clamp_high", all.high), low, all.high)};
}

Status check_quantized_output(const TensorType &output, DataType type) {
    const Quantization &quantization = output.quantization;
    const bool scaled = quantization.scales.size() == 1 && quantization.scales[0] > 0;
    if (output.type == type && scaled) return Ok{};
    return make_error(
        ErrorCode::kInvalid,
        fmt::format("output is {} with {} scales, expected {} with a positive scale",
                    to_string(output.type), quantization.scales.size(), to_string(type)));
}

Expected<Field> rescale_field(PortableCall &call, const Node &node, const TensorType &output,
                              const std::vector<double> &factors, bool wide) {
    std::vector<int32_t> multipliers;
    std::vector<int8_t> shifts;
    const int32_t most = wide ? 14 : 30;
    for (const double factor : factors) {
        const Multiplier split = split_multiplier(factor);
        if (!(factor >= 0.0) || split.shift > most) {
            return make_error(ErrorCode::kUnsupported,
                              fmt::format("scales of operands and output give the factor {}, "
                                          "expected at most 2^{}",
                                          factor, most));
        }
        multipliers.push_back(split.multiplier);
        shifts.push_back(static_cast<int8_t>(split.shift));
    }
    const std::string comment = factors.size() > 1 ? "one per output channel" : "for all channels";
    call.tables.push_back(
        make_table<int32_t>("multiplier", comment, DataType::kInt32, multipliers));
    call.tables.push_back(make_table<int8_t>("shift", comment, DataType::kInt8, shifts));
    const IntegerRange range = output_range(node, output.type);
    Field field{"rescale", Field::Kind::kStruct};
    field.fields = {int_of("out_zero", output.quantization.zero_points[0]),
                    int_of("low", range.low),
                    int_of("high", range.high),
                    int_of("per_channel", factors.size() > 1 ? 1 : 0),
                    table_of("multiplier", "multiplier"),
                    table_of("shift", "shift")};
    return field;
}

}  // namespace embark
