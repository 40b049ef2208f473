// Recurrent layers. The format has one matrix per gate, one bias, and a state between runs.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "export/tflite/writer.h"

namespace embark::tflite {

namespace {

using Code = schema::BuiltinOperator;
using Activation = schema::ActivationFunctionType;

/// Integers have one bias, floats two.
bool is_integer(const NodeContext &c) {
    return c.type(0).type != DataType::kFloat32;
}

/// What both kinds of layer must have: one forward direction that starts from zero, constant
/// weights, nobody who reads its last state.
Status check_layer(const NodeContext &c) {
    if (c.node.string_or("direction", "forward") != "forward" ||
        c.graph.tensor(c.node.inputs[1]).type.shape[0] != 1) {
        return not_in_format("runs backwards, expected forward");
    }
    if (c.node.float_or("clip", 0.0) != 0.0 || c.node.int_or("input_forget", 0) != 0) {
        return not_in_format("clips or couples its gates, expected neither");
    }
    for (size_t i = 1; i < c.node.inputs.size(); ++i) {
        if (!c.has_input(i)) continue;
        const bool is_weights = i <= 3 || (c.node.op == "lstm" && i == 6);
        if (is_weights && c.graph.tensor(c.node.inputs[i]).is_constant()) continue;
        return not_in_format("has an initial state, lengths or computed weights, expected none");
    }
    for (size_t i = 1; i < c.node.outputs.size(); ++i) {
        if (c.graph.consumers(c.node.outputs[i]).empty() && !c.graph.is_output(c.node.outputs[i])) {
            continue;
        }
        return not_in_format("its last state is read");
    }
    return Ok{};
}

Expected<Activation> activation_of(const NodeContext &c, std::string_view fallback,
                                   std::string_view tanh, std::string_view relu) {
    const std::string names = c.node.string_or("activations", fallback);
    if (names == tanh) return Activation::TANH;
    if (names == relu) return Activation::RELU;
    return not_in_format(fmt::format("has the activations {}", names));
}

/// Part \p index of \p count equal parts of a constant; all rows of a part have one scale.
int32_t part(const NodeContext &c, size_t input, size_t index, size_t count, Shape shape,
             std::string_view what) {
    const Tensor &whole = c.graph.tensor(c.node.inputs[input]);
    const std::span<const uint8_t> bytes(*whole.data);
    const size_t size = bytes.size() / count;
    TensorType type{whole.type.type, std::move(shape), {}};
    if (const auto &scales = whole.type.quantization.scales; !scales.empty()) {
        type.quantization = {{scales[index * scales.size() / count]}, {0}, 0};
    }
    return c.writer.add_constant(c.name(fmt::format("{}_{}", what, index)), type,
                                 bytes.subspan(index * size, size));
}

/// The second half of the bias, which the format lacks, must be zero.
Status check_bias(const NodeContext &c) {
    if (!c.has_input(3) || is_integer(c)) return Ok{};
    const auto values = c.graph.tensor(c.node.inputs[3]).values<float>();
    const auto second = values.subspan(values.size() / 2);
    if (std::all_of(second.begin(), second.end(), [](float v) { return v == 0.0f; })) return Ok{};
    return not_in_format("has a bias of its recurrence, expected zero");
}

/// A bias of zeros where the node has none.
int32_t bias_part(const NodeContext &c, size_t index, size_t gates, int64_t units) {
    const size_t parts = is_integer(c) ? gates : 2 * gates;
    if (c.has_input(3)) return part(c, 3, index, parts, {units}, "bias");
    const bool wide = c.type(0).type == DataType::kInt16;
    const TensorType type{
        is_integer(c) ? wide ? DataType::kInt64 : DataType::kInt32 : DataType::kFloat32,
        {units},
        {}};
    return c.writer.add_constant(c.name(fmt::format("bias_{}", index)), type, Bytes(type.bytes()));
}

/// The output [T,1,N,H] of the node, made from [T,N,H] of the format.
int32_t sequence_output(const NodeContext &c) {
    const Shape &y = c.output_type().shape;
    return c.writer.add_tensor(
        c.name("sequence"),
        {c.output_type().type, {y[0], y[2], y[3]}, c.output_type().quantization});
}

void reshape_output(const NodeContext &c, int32_t sequence) {
    c.writer.add_operator(Code::RESHAPE,
                          {sequence, c.writer.add_ints(c.name("shape"), c.output_type().shape)},
                          {c.out()}, with(schema::ReshapeOptionsT{}));
}

/// TensorFlow Lite asks for four tensors, which only layer normalisation reads, and for the scale
/// of what a projection would read.
std::vector<int32_t> gate_tensors(const NodeContext &c) {
    if (!is_integer(c)) return {};
    std::vector<int32_t> tensors;
    for (int gate = 0; gate < 4; ++gate) {
        tensors.push_back(c.writer.add_tensor(c.name(fmt::format("gate_{}", gate)),
                                              {DataType::kFloat32, {0}, {}}));
    }
    const TensorType &y = c.output_type();
    tensors.push_back(c.writer.add_tensor(c.name("hidden"), {y.type, {0}, y.quantization}));
    return tensors;
}

}  // namespace

Status write_lstm(const NodeContext &c) {
    EMBARK_RETURN_IF_ERROR(check_layer(c));
    EMBARK_RETURN_IF_ERROR(check_bias(c));
    schema::UnidirectionalSequenceLSTMOptionsT options;
    EMBARK_ASSIGN(options.fused_activation_function,
                  activation_of(c, "sigmoid,tanh,tanh", "sigmoid,tanh,tanh", "sigmoid,relu,relu"));
    options.time_major = true;
    options.cell_clip = static_cast<float>(c.node.float_or("cell_clip", 0.0));
    const int64_t units = c.type(2).shape[2], features = c.type(1).shape[2];
    // Input, forget, cell, output of the format; input, output, forget, cell in the graph.
    constexpr std::array<size_t, 4> kGates{0, 2, 3, 1};
    constexpr std::array<size_t, 3> kPeepholes{0, 2, 1};
    std::vector<int32_t> inputs(24, -1);
    inputs[0] = c.in(0);
    for (size_t gate = 0; gate < 4; ++gate) {
        inputs[1 + gate] = part(c, 1, kGates[gate], 4, {units, features}, "weights");
        inputs[5 + gate] = part(c, 2, kGates[gate], 4, {units, units}, "recurrent");
        inputs[12 + gate] = bias_part(c, kGates[gate], 4, units);
    }
    for (size_t gate = 0; c.has_input(6) && gate < 3; ++gate) {
        inputs[9 + gate] = part(c, 6, kPeepholes[gate], 3, {units}, "peephole");
    }
    const Shape state{c.type(0).shape[1], units};
    const TensorType &y = c.output_type(), &cell = c.graph.tensor(c.node.outputs[2]).type;
    inputs[18] = c.writer.add_variable(c.name("output_state"), {y.type, state, y.quantization});
    inputs[19] = c.writer.add_variable(c.name("cell_state"), {cell.type, state, cell.quantization});
    const int32_t sequence = sequence_output(c);
    c.writer.add_operator(Code::UNIDIRECTIONAL_SEQUENCE_LSTM, std::move(inputs), {sequence},
                          with(options), gate_tensors(c));
    reshape_output(c, sequence);
    return Ok{};
}

Status write_rnn(const NodeContext &c) {
    EMBARK_RETURN_IF_ERROR(check_layer(c));
    EMBARK_RETURN_IF_ERROR(check_bias(c));
    schema::SequenceRNNOptionsT options;
    EMBARK_ASSIGN(options.fused_activation_function, activation_of(c, "tanh", "tanh", "relu"));
    options.time_major = true;
    const int64_t units = c.type(2).shape[2], features = c.type(1).shape[2];
    const TensorType state{DataType::kFloat32, {c.type(0).shape[1], units}, {}};
    const int32_t sequence = sequence_output(c);
    c.writer.add_operator(Code::UNIDIRECTIONAL_SEQUENCE_RNN,
                          {c.in(0), part(c, 1, 0, 1, {units, features}, "weights"),
                           part(c, 2, 0, 1, {units, units}, "recurrent"), bias_part(c, 0, 1, units),
                           c.writer.add_variable(c.name("state"), state)},
                          {sequence}, with(options));
    reshape_output(c, sequence);
    return Ok{};
}

}  // namespace embark::tflite
