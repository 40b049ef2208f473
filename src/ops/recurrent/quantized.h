#pragma once
// lstm on quantised values, with the arithmetic of TensorFlow Lite Micro's LSTM.

#include "ops/quantized.h"

namespace embark {

/// x [T,N,I] int8 or int16, w [1,4H,I] and r [1,4H,H] int8 with a scale of its own for each row
/// (the same within a gate), b? [1,4H] int32 or, for int16, int64 -> y [T,1,N,H] and y_h [1,N,H] as
/// x, y_c [1,N,H] int16 with the scale 2^`cell_power`. Forwards, from a state of zero, with the
/// default activations. \error kInvalid, kUnsupported  naming the input or attribute
Expected<std::vector<TensorType>> infer_quantized_lstm(const Graph &graph, const Node &node);

/// \error kUnsupported  scales that are too far apart; kInvalid  the output has no scale
Expected<PortableCall> quantized_lstm(const Node &node, PortableInputs inputs,
                                      PortableOutputs outputs);

}  // namespace embark
