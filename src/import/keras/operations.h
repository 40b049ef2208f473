#pragma once
// Functions in the place of layers: keras.ops in models of Keras 3, and TFOpLambda and
// SlicingOpLambda, which Keras 2 makes of TensorFlow's functions and of Python's operators.

#include "import/keras/layers.h"

namespace embark::keras {

/// True when a call has numbers among its positional arguments, as x + 1 has.
bool has_constant_operands(const LayerCall &call);

/// What Keras 3 calls the operation, "Add"; empty when embark does not know it.
std::string_view operation_of(const LayerConfig &layer);

Expected<TensorId> convert_operation(LayerContext &context);

}  // namespace embark::keras
