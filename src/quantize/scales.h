#pragma once

#include "quantize/observe.h"

namespace embark {

/// Whether the node's quantised form keeps the scale of its input: it moves or compares stored
/// values.
bool keeps_scale(const Node &node);

/// The output scale that TensorFlow Lite prescribes for softmax, sigmoid, tanh and their like;
/// empty for other operators.
Quantization prescribed_scale(const Node &node);

/// int8 parameters of every float activation, by tensor; empty ones for other tensors.
///
/// Operators that keep the scale tie their operands together; a clamp behind a layer is its output
/// range, so that what the clamp cuts off does not widen the scale. The inputs of the network get
/// their extremes, whatever the method.
/// \param seen  by tensor, from observe()
std::vector<Quantization> plan_scales(const Graph &graph, const std::vector<Observation> &seen,
                                      RangeMethod method);

}  // namespace embark
