// Recurrent layers. The format keeps their state in variable tensors, the graph starts from zero.
//
// Gates come as one matrix each; the graph has them stacked in the order input, output, forget,
// cell. Input and recurrence share a bias, of which the graph has two: the second is zero.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "import/tflite/recurrent.h"

namespace embark::tflite {

namespace {

using Activation = schema::ActivationFunctionType;

Error invalid(std::string message) {
    return make_error(ErrorCode::kInvalid, std::move(message));
}
Error unsupported(std::string message) {
    return make_error(ErrorCode::kUnsupported, std::move(message));
}

constexpr std::array<size_t, 3> kPeepholes{0, 2, 1};  // input, output, forget
constexpr int64_t kPeepholeCount = 3;

Expected<std::string> activation_name(Activation function) {
    switch (function) {
        case Activation::TANH:
            return std::string("tanh");
        case Activation::RELU:
            return std::string("relu");
        default:
            break;
    }
    return unsupported(fmt::format("has the activation {}, expected TANH or RELU",
                                   schema::EnumNameActivationFunctionType(function)));
}

/// The constants at \p first + order[i], one behind the other, each of \p shape.
template <size_t kCount>
Expected<std::vector<float>> stack(OperatorContext &context, size_t first,
                                   const std::array<size_t, kCount> &order, const Shape &shape) {
    std::vector<float> stacked;
    for (const size_t offset : order) {
        const size_t position = first + offset;
        if (!context.has_input(position)) {
            return unsupported(
                fmt::format("input {} is absent: coupled gates are not supported", position));
        }
        const int32_t index = context.input_index(position);
        EMBARK_ASSIGN(const TensorType type, context.tensors.constant_type(index));
        if (type.shape != shape) {
            return invalid(fmt::format("input {} has shape {}, expected {}", position,
                                       to_string(type.shape), to_string(shape)));
        }
        if (type.type != DataType::kFloat32 && type.type != DataType::kFloat16) {
            context.remarks.dequantized.push_back(context.name);
        }
        context.tensors.count_parameters(index);
        EMBARK_ASSIGN(const auto values, context.tensors.real_numbers(index));
        stacked.insert(stacked.end(), values.begin(), values.end());
    }
    return stacked;
}

/// \p integers says that the layer has a form for int8 and int16.
Status check_type(const OperatorContext &context, TensorId x, bool integers) {
    EMBARK_RETURN_IF_ERROR(expect_rank(context, x, 3));
    const TensorType &type = context.type(x);
    if (type.type == DataType::kFloat32) return Ok{};
    const bool fits = type.type == DataType::kInt8 || type.type == DataType::kInt16;
    if (integers && fits && !type.quantization.empty()) return Ok{};
    return unsupported(fmt::format("computes on {}, expected float32{}", to_string(type.type),
                                   integers ? ", or int8 or int16 with a scale" : ""));
}

/// Weights, recurrent weights, bias, and peepholes where there are some.
Expected<std::vector<TensorId>> lstm_operands(OperatorContext &context, const LstmInputs &at,
                                              const Cell &cell) {
    EMBARK_ASSIGN(const Shape matrix, matrix_shape(context, at.weights + 1));
    const int64_t units = matrix[0], features = matrix[1];
    EMBARK_ASSIGN(const auto w, stack(context, at.weights, kGates, matrix));
    EMBARK_ASSIGN(const auto r, stack(context, at.recurrent, kGates, {units, units}));
    EMBARK_ASSIGN(auto b, stack(context, at.biases, kGates, {units}));
    b.resize(2 * b.size(), 0.0f);
    EMBARK_ASSIGN(const TensorId weights, add_floats(context, cell.suffix + "weights",
                                                     {1, kGateCount * units, features}, w));
    EMBARK_ASSIGN(const TensorId recurrent, add_floats(context, cell.suffix + "recurrent",
                                                       {1, kGateCount * units, units}, r));
    EMBARK_ASSIGN(const TensorId bias,
                  add_floats(context, cell.suffix + "bias", {1, 2 * kGateCount * units}, b));
    std::vector<TensorId> operands{cell.x, weights, recurrent, bias};
    if (!context.has_input(at.peepholes + 1)) return operands;
    EMBARK_ASSIGN(const auto p, stack(context, at.peepholes, kPeepholes, {units}));
    EMBARK_ASSIGN(const TensorId peepholes,
                  add_floats(context, cell.suffix + "peepholes", {1, kPeepholeCount * units}, p));
    operands.insert(operands.end(), {kNoTensor, kNoTensor, peepholes});
    return operands;
}

Expected<TensorId> float_lstm(OperatorContext &context, const LstmInputs &at, const Cell &cell) {
    EMBARK_ASSIGN(auto operands, lstm_operands(context, at, cell));
    const int64_t units = context.shape(operands[2])[2];
    Attributes attributes{{"hidden", units},
                          {"direction", cell.direction},
                          {"activations", fmt::format("sigmoid,{0},{0}", cell.activation)}};
    if (cell.cell_clip > 0.0) attributes["cell_clip"] = cell.cell_clip;
    return append(context, "lstm", cell.suffix + "lstm", std::move(operands),
                  std::move(attributes));
}

/// One direction: [T,N,I] to [T,N,H].
Expected<TensorId> lstm(OperatorContext &context, const LstmInputs &at, const Cell &cell) {
    if (context.has_input(at.projection) || context.has_input(at.projection + 1)) {
        return unsupported("has a projection, expected none");
    }
    const bool is_float = context.type(cell.x).type == DataType::kFloat32;
    EMBARK_ASSIGN(const TensorId y,
                  is_float ? float_lstm(context, at, cell) : quantized_lstm(context, at, cell));
    const Shape &found = context.shape(y);
    Shape shape{found[0], found[2], found[3]};
    return reshaped(context, cell.suffix + "sequence", y, std::move(shape));
}

/// [N,T,…] to [T,N,…] and back.
Expected<TensorId> swap_batch_and_time(OperatorContext &context, std::string_view suffix,
                                       TensorId x) {
    const Shape &shape = context.shape(x);
    if (shape[0] == 1 || shape[1] == 1) {
        return append_move(context, "reshape", suffix, x,
                           {{"shape", Shape{shape[1], shape[0], shape[2]}}});
    }
    return append_move(context, "transpose", suffix, x, {{"perm", std::vector<int64_t>{1, 0, 2}}});
}

/// Projections are refused, so that a limit for them limits nothing. Limits below 0 are none.
Expected<double> cell_clip(float clip) {
    if (std::isfinite(clip)) return std::max(0.0, static_cast<double>(clip));
    return invalid(fmt::format("clips the cell at {}, expected a number", clip));
}

}  // namespace

Expected<Shape> matrix_shape(OperatorContext &context, size_t position) {
    if (!context.has_input(position)) {
        return invalid(fmt::format("input {} is absent, expected weights", position));
    }
    EMBARK_ASSIGN(const TensorType type,
                  context.tensors.constant_type(context.input_index(position)));
    if (type.shape.size() == 2) return type.shape;
    return invalid(
        fmt::format("input {} has shape {}, expected rank 2", position, to_string(type.shape)));
}

Expected<std::vector<TensorId>> convert_unidirectional_lstm(OperatorContext &context) {
    constexpr LstmInputs kInputs{1, 5, 9, 12, 16, 18};
    constexpr size_t kNormalization = 20, kEnd = 24;
    EMBARK_ASSIGN(const auto *options,
                  required(context.op.builtin_options_as_UnidirectionalSequenceLSTMOptions()));
    for (size_t i = kNormalization; i < kEnd; ++i) {
        if (context.has_input(i)) return unsupported("normalises its layers, expected plain gates");
    }
    if (options->diagonal_recurrent_tensors()) {
        return unsupported("has diagonal recurrent weights, expected matrices");
    }
    Cell cell{kNoTensor, "", "forward", "", 0.0};
    EMBARK_ASSIGN(cell.cell_clip, cell_clip(options->cell_clip()));
    EMBARK_ASSIGN(cell.activation, activation_name(options->fused_activation_function()));
    EMBARK_ASSIGN(cell.x, input(context, 0));
    EMBARK_RETURN_IF_ERROR(check_type(context, cell.x, true));
    context.remarks.recurrent_state = true;
    if (options->time_major()) return one(lstm(context, kInputs, cell));
    EMBARK_ASSIGN(cell.x, swap_batch_and_time(context, "time_major", cell.x));
    EMBARK_ASSIGN(const TensorId y, lstm(context, kInputs, cell));
    return one(swap_batch_and_time(context, "", y));
}

Expected<std::vector<TensorId>> convert_bidirectional_lstm(OperatorContext &context) {
    constexpr LstmInputs kForward{1, 5, 9, 12, 16, 35}, kBackward{18, 22, 26, 29, 33, 37};
    constexpr size_t kAuxiliary = 39, kEnd = 48;
    EMBARK_ASSIGN(const auto *options,
                  required(context.op.builtin_options_as_BidirectionalSequenceLSTMOptions()));
    EMBARK_ASSIGN(const double clip, cell_clip(options->cell_clip()));
    for (size_t i = kAuxiliary; i < kEnd; ++i) {
        if (context.has_input(i)) return unsupported("has an auxiliary input, expected none");
    }
    const size_t outputs = options->merge_outputs() ? 1 : 2;
    if (context.outputs.size() != outputs) {
        return invalid(fmt::format("has {} outputs, expected {}", context.outputs.size(), outputs));
    }
    EMBARK_ASSIGN(const std::string activation,
                  activation_name(options->fused_activation_function()));
    EMBARK_ASSIGN(TensorId x, input(context, 0));
    EMBARK_RETURN_IF_ERROR(check_type(context, x, false));
    context.remarks.recurrent_state = true;
    const bool time_major = options->time_major();
    if (!time_major) {
        EMBARK_ASSIGN(x, swap_batch_and_time(context, "time_major", x));
    }
    EMBARK_ASSIGN(TensorId forward,
                  lstm(context, kForward, {x, "forward_", "forward", activation, clip}));
    EMBARK_ASSIGN(TensorId backward,
                  lstm(context, kBackward, {x, "backward_", "reverse", activation, clip}));
    if (!time_major) {
        EMBARK_ASSIGN(forward, swap_batch_and_time(context, "forward", forward));
        EMBARK_ASSIGN(backward, swap_batch_and_time(context, "backward", backward));
    }
    if (outputs == 2) return std::vector{forward, backward};
    return one(append(context, "concat", "", {forward, backward}, {{"axis", int64_t{2}}}));
}

/// Inputs: x, weights [H,I], recurrent weights [H,H], bias [H], state.
Expected<std::vector<TensorId>> convert_unidirectional_rnn(OperatorContext &context) {
    EMBARK_ASSIGN(const auto *options,
                  required(context.op.builtin_options_as_SequenceRNNOptions()));
    EMBARK_ASSIGN(const std::string activation,
                  activation_name(options->fused_activation_function()));
    EMBARK_ASSIGN(TensorId x, input(context, 0));
    EMBARK_RETURN_IF_ERROR(check_type(context, x, false));
    constexpr std::array<size_t, 1> kOnly{0};
    EMBARK_ASSIGN(const Shape matrix, matrix_shape(context, 1));
    const int64_t units = matrix[0];
    EMBARK_ASSIGN(const auto w, stack(context, 1, kOnly, matrix));
    EMBARK_ASSIGN(const auto r, stack(context, 2, kOnly, {units, units}));
    EMBARK_ASSIGN(auto b, stack(context, 3, kOnly, {units}));
    b.resize(2 * b.size(), 0.0f);
    EMBARK_ASSIGN(const TensorId weights, add_floats(context, "weights", {1, units, matrix[1]}, w));
    EMBARK_ASSIGN(const TensorId recurrent, add_floats(context, "recurrent", {1, units, units}, r));
    EMBARK_ASSIGN(const TensorId bias, add_floats(context, "bias", {1, 2 * units}, b));
    context.remarks.recurrent_state = true;
    if (!options->time_major()) {
        EMBARK_ASSIGN(x, swap_batch_and_time(context, "time_major", x));
    }
    Shape shape{context.shape(x)[0], context.shape(x)[1], units};
    EMBARK_ASSIGN(TensorId y, append(context, "rnn", "rnn", {x, weights, recurrent, bias},
                                     {{"hidden", units},
                                      {"direction", std::string("forward")},
                                      {"activations", activation}}));
    if (options->time_major())
        return one(append_move(context, "reshape", "", y, {{"shape", shape}}));
    EMBARK_ASSIGN(y, reshaped(context, "sequence", y, std::move(shape)));
    return one(swap_batch_and_time(context, "", y));
}

}  // namespace embark::tflite
