#include "ops/recurrent/quantized.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "ops/operands.h"
#include "ops/quantized_tables.h"
#include "ops/window.h"

namespace embark {

namespace {

enum Operand : size_t { kX, kW, kR, kBias, kEnd };

constexpr int64_t kGates = 4;
constexpr double kGateScale = 1.0 / 4096;   // Q3.12 before activations
constexpr double kUnitScale = 1.0 / 32768;  // of what activations give
constexpr int64_t kLeastPower = -24, kMostPower = 0;
constexpr int32_t kMostShift = 14;  // of emk_scale_wide

struct Extents {
    int64_t steps, batch, inputs, hidden;
};

Extents extents_of(const Shape &x, const Shape &r) {
    return {x[0], x[1], x[2], r[2]};
}

double cell_scale(const Node &node) {
    return std::ldexp(1.0, static_cast<int>(node.int_or("cell_power", 0)));
}

Status check_attributes(const Node &node) {
    const bool plain = node.string_or("direction", "forward") == "forward" &&
                       node.string_or("activations", "sigmoid,tanh,tanh") == "sigmoid,tanh,tanh" &&
                       node.float_or("clip", 0.0) == 0.0 && node.int_or("input_forget", 0) == 0;
    if (!plain) {
        return make_error(ErrorCode::kUnsupported,
                          "is quantised, expected a forward layer with sigmoid and tanh and "
                          "without clip or coupled gates");
    }
    const int64_t power = node.int_or("cell_power", 1);
    if (power >= kLeastPower && power <= kMostPower) return Ok{};
    return make_error(ErrorCode::kInvalid,
                      fmt::format("attribute cell_power is {}, expected {} to {}", power,
                                  kLeastPower, kMostPower));
}

Status check_operand(const Graph &graph, const Node &node, size_t index, DataType type,
                     const Shape &shape, size_t scales) {
    if (!has_input(node, index)) return Ok{};
    const TensorType &found = input_type(graph, node, index);
    if (found.type != type || found.shape != shape) {
        return make_error(
            ErrorCode::kInvalid,
            fmt::format("input {} is {} {}, expected {} {}", index, to_string(found.type),
                        to_string(found.shape), to_string(type), to_string(shape)));
    }
    const auto &quantization = found.quantization;
    const bool symmetric =
        std::all_of(quantization.zero_points.begin(), quantization.zero_points.end(),
                    [](int32_t zero) { return zero == 0; });
    const size_t count = quantization.scales.size();
    if (index == kBias || ((count == 1 || count == scales) && (index == kX || symmetric))) {
        return Ok{};
    }
    return make_error(
        ErrorCode::kUnsupported,
        fmt::format("input {} has {} scales{}, expected {}", index, quantization.scales.size(),
                    symmetric ? "" : " and zero points", scales));
}

/// The factors of the four gates from products with \p weights to Q3.12, as fields.
Status add_gate_factors(PortableCall &call, std::string_view name, const TensorType &x,
                        const TensorType &weights) {
    std::vector<int64_t> multipliers, shifts;
    const auto &scales = weights.quantization.scales;
    for (size_t gate = 0; gate < kGates; ++gate) {
        // TensorFlow Lite multiplies the two in single precision.
        const float product = x.quantization.scales[0] * scales[gate * scales.size() / kGates];
        const Multiplier factor = split_multiplier(static_cast<double>(product) / kGateScale);
        if (factor.shift > kMostShift) {
            return make_error(ErrorCode::kUnsupported, "the scales of gates are too large");
        }
        multipliers.push_back(factor.multiplier);
        shifts.push_back(factor.shift);
    }
    call.fields.push_back(ints_of(fmt::format("{}_multipliers", name), std::move(multipliers)));
    call.fields.push_back(ints_of(fmt::format("{}_shifts", name), std::move(shifts)));
    return Ok{};
}

/// The factor of a product of two numbers in [-1, 1), or of one and a cell, as two fields.
Status add_factor(PortableCall &call, std::string_view name, double real) {
    const Multiplier factor = split_multiplier(real);
    if (factor.shift > kMostShift) {
        return make_error(ErrorCode::kUnsupported, "the scales are too far apart");
    }
    call.fields.push_back(int_of(fmt::format("{}_multiplier", name), factor.multiplier));
    call.fields.push_back(int_of(fmt::format("{}_shift", name), factor.shift));
    return Ok{};
}

/// How far a cell is limited, in its own steps; 0: not at all.
int64_t cell_limit(const Node &node) {
    const double clip = node.float_or("cell_clip", 0.0);
    if (!(clip > 0.0)) return 0;
    return static_cast<int64_t>(std::min(clip / cell_scale(node), 32767.0));
}

}  // namespace

Expected<std::vector<TensorType>> infer_quantized_lstm(const Graph &graph, const Node &node) {
    EMBARK_RETURN_IF_ERROR(check_rank(graph, node, kX, 3, "steps, batch, inputs"));
    EMBARK_RETURN_IF_ERROR(check_rank(graph, node, kR, 3, "directions, gates, hidden"));
    EMBARK_RETURN_IF_ERROR(check_attributes(node));
    for (size_t i = kEnd; i < node.inputs.size(); ++i) {
        if (!has_input(node, i)) continue;
        return make_error(ErrorCode::kUnsupported,
                          fmt::format("is quantised and has input {}, expected none", i));
    }
    const TensorType &x = input_type(graph, node, kX);
    const Extents e = extents_of(x.shape, input_type(graph, node, kR).shape);
    const bool wide = x.type == DataType::kInt16;
    if (!wide && x.type != DataType::kInt8) return unsupported_type(node, x.type);
    const int64_t rows = kGates * e.hidden;
    const auto scales = static_cast<size_t>(rows);
    EMBARK_RETURN_IF_ERROR(check_operand(graph, node, kX, x.type, x.shape, 1));
    EMBARK_RETURN_IF_ERROR(
        check_operand(graph, node, kW, DataType::kInt8, {1, rows, e.inputs}, scales));
    EMBARK_RETURN_IF_ERROR(
        check_operand(graph, node, kR, DataType::kInt8, {1, rows, e.hidden}, scales));
    EMBARK_RETURN_IF_ERROR(check_operand(graph, node, kBias,
                                         wide ? DataType::kInt64 : DataType::kInt32, {1, rows}, 0));
    const Shape state{1, e.batch, e.hidden};
    return std::vector<TensorType>{
        {x.type, {e.steps, 1, e.batch, e.hidden}, {}},
        {x.type, state, {}},
        {DataType::kInt16, state, {{static_cast<float>(cell_scale(node))}, {0}, 0}}};
}

Expected<PortableCall> quantized_lstm(const Node &node, PortableInputs inputs,
                                      PortableOutputs outputs) {
    const TensorType &x = *inputs[kX], &y = outputs[0];
    EMBARK_RETURN_IF_ERROR(check_quantized_output(y, x.type));
    const Extents e = extents_of(x.shape, inputs[kR]->shape);
    const double cell = cell_scale(node), y_scale = static_cast<double>(y.quantization.scales[0]);
    PortableCall call{.function = x.type == DataType::kInt16 ? "emk_lstm_q16" : "emk_lstm_q8",
                      .inputs = {kX, kW, kR, optional_input(inputs, kBias)}};
    call.fields = {scratch_of("scratch", "int16_t"),
                   int_of("steps", e.steps),
                   int_of("batch", e.batch),
                   int_of("inputs", e.inputs),
                   int_of("hidden", e.hidden),
                   int_of("x_zero", x.quantization.zero_points[0]),
                   int_of("h_zero", y.quantization.zero_points[0])};
    EMBARK_RETURN_IF_ERROR(add_gate_factors(call, "x", x, *inputs[kW]));
    EMBARK_RETURN_IF_ERROR(add_gate_factors(call, "h", y, *inputs[kR]));
    EMBARK_RETURN_IF_ERROR(add_factor(call, "keep", kUnitScale));
    EMBARK_RETURN_IF_ERROR(add_factor(call, "update", kUnitScale * kUnitScale / cell));
    EMBARK_RETURN_IF_ERROR(add_factor(call, "y", kUnitScale * kUnitScale / y_scale));
    call.fields.push_back(int_of("cell_clip", cell_limit(node)));
    // Cells in steps of 1/12288: times 3 * 2^(power + 12).
    const int64_t power = node.int_or("cell_power", 0) + 12;
    call.fields.push_back(int_of("tanh_multiplier", power > 0 ? 3 << power : 3));
    call.fields.push_back(int_of("tanh_shift", power > 0 ? 0 : -power));
    call.fields.push_back(table_of("table", "sigmoid"));
    call.tables = {sigmoid_table("sigmoid")};
    call.scratch_bytes = kGates * e.hidden * static_cast<int64_t>(sizeof(int16_t));
    const int64_t units = e.steps * e.batch * e.hidden;
    call.cycles = units * (kGates * (8 * (e.inputs + e.hidden) + 50) + 250) + 400;
    return call;
}

}  // namespace embark
