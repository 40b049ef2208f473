// LSTM on int8 and int16. The format gives each gate's weights a scale of their own, which the
// graph keeps as a scale for each row.
#include <fmt/format.h>

#include <cmath>

#include "import/tflite/recurrent.h"

namespace embark::tflite {

namespace {

Error unsupported(std::string message) {
    return make_error(ErrorCode::kUnsupported, std::move(message));
}

/// The gates' constants from input \p first on, one behind the other, as one of \p shape: \p part
/// four times. With \p scaled each row takes its gate's scale.
Expected<TensorId> stacked(OperatorContext &context, size_t first, const std::string &name,
                           const TensorType &part, Shape shape, bool scaled) {
    auto bytes = std::make_shared<Bytes>();
    Quantization quantization;
    quantization.axis = 1;
    for (const size_t gate : kGates) {
        const size_t position = first + gate;
        if (!context.has_input(position)) {
            return unsupported(
                fmt::format("input {} is absent: coupled gates are not supported", position));
        }
        const int32_t index = context.input_index(position);
        EMBARK_ASSIGN(const TensorType type, context.tensors.constant_type(index));
        if (type.type != part.type || type.shape != part.shape) {
            return make_error(
                ErrorCode::kInvalid,
                fmt::format("input {} is {} {}, expected {} {}", position, to_string(type.type),
                            to_string(type.shape), to_string(part.type), to_string(part.shape)));
        }
        if (scaled && type.quantization.scales.size() != 1) {
            return unsupported(fmt::format("input {} has {} scales, expected one", position,
                                           type.quantization.scales.size()));
        }
        EMBARK_ASSIGN(const auto data, context.tensors.constant_data(index));
        context.tensors.count_parameters(index);
        bytes->insert(bytes->end(), data->begin(), data->end());
        if (!scaled) continue;
        const auto rows = static_cast<size_t>(part.shape[0]);
        quantization.scales.resize(quantization.scales.size() + rows, type.quantization.scales[0]);
        quantization.zero_points.resize(quantization.scales.size(),
                                        type.quantization.zero_points[0]);
    }
    return context.tensors.add_constant(context.names.unique(context.name + "/" + name),
                                        {part.type, std::move(shape), std::move(quantization)},
                                        std::move(bytes));
}

/// The quantisation that the state at \p position keeps. \error kInvalid, kUnsupported
Expected<TensorType> state_type(OperatorContext &context, size_t position) {
    if (!context.has_input(position)) {
        return make_error(ErrorCode::kInvalid,
                          fmt::format("input {} is absent, expected a state", position));
    }
    EMBARK_ASSIGN(TensorType type, type_of(context.input_file_tensor(position)));
    if (type.quantization.scales.size() == 1) return type;
    return unsupported(fmt::format("input {} has {} scales, expected one", position,
                                   type.quantization.scales.size()));
}

/// The exponent of the cell's scale, which must be a power of two.
Expected<int64_t> cell_power(OperatorContext &context, size_t position) {
    EMBARK_ASSIGN(const TensorType type, state_type(context, position));
    const float scale = type.quantization.scales[0];
    const float power = std::log2(scale), rounded = std::round(power);
    const bool symmetric = type.quantization.zero_points[0] == 0;
    if (type.type == DataType::kInt16 && symmetric && std::fabs(power - rounded) < 1e-3f) {
        return static_cast<int64_t>(rounded);
    }
    return unsupported(fmt::format(
        "input {} (the cell) is {} with scale {} and zero point {}, expected int16 with "
        "a power of two and 0",
        position, to_string(type.type), scale, type.quantization.zero_points[0]));
}

/// TensorFlow Lite copies the state to the output as it is.
Status check_output_state(OperatorContext &context, size_t position) {
    EMBARK_ASSIGN(const TensorType state, state_type(context, position));
    EMBARK_ASSIGN(const TensorType output, output_type(context, 0));
    if (state.type == output.type && state.quantization == output.quantization) return Ok{};
    return unsupported(
        fmt::format("input {} (the state) is quantised otherwise than the output, "
                    "expected the same",
                    position));
}

}  // namespace

Expected<TensorId> quantized_lstm(OperatorContext &context, const LstmInputs &at,
                                  const Cell &cell) {
    if (cell.activation != "tanh") {
        return unsupported(
            fmt::format("has the activation {} on integers, expected tanh", cell.activation));
    }
    if (context.has_input(at.peepholes + 1)) return unsupported("has peepholes on integers");
    EMBARK_RETURN_IF_ERROR(check_output_state(context, at.states));
    EMBARK_ASSIGN(const int64_t power, cell_power(context, at.states + 1));
    EMBARK_ASSIGN(const Shape matrix, matrix_shape(context, at.weights + 1));
    const int64_t units = matrix[0], rows = kGateCount * units;
    const bool wide = context.type(cell.x).type == DataType::kInt16;
    EMBARK_ASSIGN(const TensorId weights,
                  stacked(context, at.weights, cell.suffix + "weights",
                          {DataType::kInt8, matrix, {}}, {1, rows, matrix[1]}, true));
    EMBARK_ASSIGN(const TensorId recurrent,
                  stacked(context, at.recurrent, cell.suffix + "recurrent",
                          {DataType::kInt8, {units, units}, {}}, {1, rows, units}, true));
    EMBARK_ASSIGN(
        const TensorId bias,
        stacked(context, at.biases, cell.suffix + "bias",
                {wide ? DataType::kInt64 : DataType::kInt32, {units}, {}}, {1, rows}, false));
    EMBARK_ASSIGN(const TensorId y,
                  append(context, "lstm", cell.suffix + "lstm", {cell.x, weights, recurrent, bias},
                         {{"hidden", units},
                          {"direction", cell.direction},
                          {"cell_clip", cell.cell_clip},
                          {"cell_power", power}}));
    const TensorId last_cell = context.graph.nodes.back().outputs[2];
    context.graph.tensor(last_cell).type.quantization = {
        {std::ldexp(1.0f, static_cast<int>(power))}, {0}, 0};
    return y;
}

}  // namespace embark::tflite
