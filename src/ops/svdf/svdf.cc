// svdf: x [N,I], feature weights [F,I], time weights [F,M], bias? [U], state [N,M*F]
//       -> y [N,U], next state. Attribute: rank (1); F = U * rank.
// Nakkiran et al. 2015, "Compressing deep neural networks using a rank-constrained topology": each
// filter's response to x enters a memory of the last M, of which the time weights make a sum; rank
// such sums and a bias make an output. Floats, or x, feature weights and y int8 with a bias of
// int32, and time weights and state both int16 or int8.

#include <fmt/format.h>

#include <array>

#include "ops/family.h"
#include "ops/operands.h"
#include "ops/quantized.h"
#include "ops/window.h"

namespace embark {

namespace {

enum Operand : size_t { kX, kFeature, kTime, kBias, kState };

struct Extents {
    int64_t batch, inputs, filters, memory, rank, units;
};

Extents extents_of(const Node &node, const Shape &x, const Shape &time) {
    const int64_t rank = node.int_or("rank", 1);
    return {x[0], x[1], time[0], time[1], rank, time[0] / rank};
}

Status check_shape(const Graph &graph, const Node &node, size_t index, const Shape &expected) {
    if (!has_input(node, index)) return Ok{};
    const Shape &found = input_type(graph, node, index).shape;
    if (found == expected) return Ok{};
    return make_error(ErrorCode::kInvalid, fmt::format("input {} has shape {}, expected {}", index,
                                                       to_string(found), to_string(expected)));
}

/// What inputs kX … kState hold when x holds \p x and the state \p state.
std::array<DataType, 5> operand_types(DataType x, DataType state) {
    if (x == DataType::kFloat32) return {x, x, x, x, x};
    return {DataType::kInt8, DataType::kInt8, state, DataType::kInt32, state};
}

Status check_types(const Graph &graph, const Node &node) {
    const DataType x = input_type(graph, node, kX).type;
    const DataType state = input_type(graph, node, kState).type;
    const auto expected = operand_types(x, state == DataType::kInt8 ? state : DataType::kInt16);
    for (size_t i = 0; i < node.inputs.size(); ++i) {
        if (!has_input(node, i)) continue;
        const TensorType &found = input_type(graph, node, i);
        const bool scaled =
            x == DataType::kFloat32 || i == kBias || found.quantization.scales.size() == 1;
        if (found.type == expected[i] && scaled) continue;
        return make_error(ErrorCode::kUnsupported,
                          fmt::format("input {} is {}{}, expected {}", i, to_string(found.type),
                                      scaled ? "" : " without one scale", to_string(expected[i])));
    }
    return Ok{};
}

/// The two factors of TensorFlow Lite, which computes them in single precision.
float factor(const TensorType &a, const TensorType &b, const TensorType &result) {
    return a.quantization.scales[0] * b.quantization.scales[0] / result.quantization.scales[0];
}

Expected<PortableCall> quantized_svdf(const Node &node, PortableInputs inputs,
                                      PortableOutputs outputs) {
    EMBARK_RETURN_IF_ERROR(check_quantized_output(outputs[0], DataType::kInt8));
    const Multiplier to_state =
        split_multiplier(double{factor(*inputs[kX], *inputs[kFeature], *inputs[kState])});
    const Multiplier to_output =
        split_multiplier(double{factor(*inputs[kState], *inputs[kTime], outputs[0])});
    constexpr int32_t kMostShift = 30;
    if (to_state.shift > kMostShift || to_output.shift > kMostShift) {
        return make_error(ErrorCode::kUnsupported, "the scales are too far apart");
    }
    PortableCall call{.function = inputs[kState]->type == DataType::kInt8 ? "emk_svdf_q8"
                                                                          : "emk_svdf_q8_state16"};
    call.fields = {int_of("x_zero", inputs[kX]->quantization.zero_points[0]),
                   int_of("state_zero", inputs[kState]->quantization.zero_points[0]),
                   int_of("y_zero", outputs[0].quantization.zero_points[0]),
                   int_of("state_multiplier", to_state.multiplier),
                   int_of("state_shift", to_state.shift),
                   int_of("y_multiplier", to_output.multiplier),
                   int_of("y_shift", to_output.shift)};
    return call;
}

}  // namespace

Expected<std::vector<TensorType>> infer_svdf(const Graph &graph, const Node &node) {
    EMBARK_RETURN_IF_ERROR(check_inputs(graph, node, 3, 5));
    if (!has_input(node, kState)) return make_error(ErrorCode::kInvalid, "has no state");
    EMBARK_RETURN_IF_ERROR(check_rank(graph, node, kX, 2, "batch, inputs"));
    EMBARK_RETURN_IF_ERROR(check_rank(graph, node, kTime, 2, "filters, memory"));
    const Shape &time = input_type(graph, node, kTime).shape;
    const int64_t rank = node.int_or("rank", 1);
    if (rank < 1 || time[0] % rank != 0) {
        return make_error(
            ErrorCode::kInvalid,
            fmt::format("attribute rank is {}, expected a divisor of {} filters", rank, time[0]));
    }
    const Extents e = extents_of(node, input_type(graph, node, kX).shape, time);
    EMBARK_RETURN_IF_ERROR(check_shape(graph, node, kFeature, {e.filters, e.inputs}));
    EMBARK_RETURN_IF_ERROR(check_shape(graph, node, kBias, {e.units}));
    EMBARK_RETURN_IF_ERROR(check_shape(graph, node, kState, {e.batch, e.memory * e.filters}));
    EMBARK_RETURN_IF_ERROR(check_types(graph, node));
    return std::vector{TensorType{input_type(graph, node, kX).type, {e.batch, e.units}, {}},
                       input_type(graph, node, kState)};
}

int64_t macc_svdf(const Graph &graph, const Node &node) {
    const Extents e =
        extents_of(node, input_type(graph, node, kX).shape, input_type(graph, node, kTime).shape);
    return e.batch * e.filters * (e.inputs + e.memory);
}

Expected<PortableCall> portable_svdf(const Node &node, std::span<const TensorType *const> inputs,
                                     std::span<const TensorType> outputs) {
    const Extents e = extents_of(node, inputs[kX]->shape, inputs[kTime]->shape);
    PortableCall call{.function = "emk_svdf_f32"};
    if (inputs[kX]->type != DataType::kFloat32) {
        EMBARK_ASSIGN(call, quantized_svdf(node, inputs, outputs));
    }
    call.fields.insert(call.fields.begin(), {int_of("batch", e.batch), int_of("inputs", e.inputs),
                                             int_of("units", e.units), int_of("rank", e.rank),
                                             int_of("memory", e.memory)});
    call.inputs = {kX, kFeature, kTime, optional_input(inputs, kBias), kState};
    call.cycles = e.batch * e.filters * ((e.inputs + 2 * e.memory) * 8 + 30) + 100;
    return call;
}

}  // namespace embark
