#pragma once
// What the converters of recurrent layers share.

#include <array>

#include "import/tflite/operators.h"

namespace embark::tflite {

/// Where one direction's tensors are among the operator's inputs.
struct LstmInputs {
    size_t weights;     ///< of input, forget, cell and output gate: four in a row
    size_t recurrent;   ///< likewise
    size_t peepholes;   ///< of input, forget and output gate: three in a row
    size_t biases;      ///< as weights
    size_t projection;  ///< weights and bias: two in a row
    size_t states;      ///< output and cell: two in a row
};

/// The graph's gates (input, output, forget, cell) among the file's.
constexpr std::array<size_t, 4> kGates{0, 3, 1, 2};
constexpr int64_t kGateCount = 4;

/// One direction of a layer.
struct Cell {
    TensorId x = kNoTensor;  ///< [T,N,I]
    std::string suffix;      ///< of the nodes' names
    std::string direction;
    std::string activation;  ///< of cell and output
    double cell_clip = 0.0;  ///< 0: none
};

/// [units, features] of a constant matrix. \error kInvalid
Expected<Shape> matrix_shape(OperatorContext &context, size_t position);

/// The lstm of quantised \p cell.x: [T,N,I] to [T,1,N,H].
/// \error kUnsupported  peepholes, other activations than tanh, scales that do not fit
/// \error kInvalid  absent or misshapen inputs
Expected<TensorId> quantized_lstm(OperatorContext &context, const LstmInputs &at, const Cell &cell);

}  // namespace embark::tflite
