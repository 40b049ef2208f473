#pragma once
// Quantised forms of operators, with the arithmetic of TensorFlow Lite Micro's reference kernels:
// int8 and uint8 activations (weights of the same type, int32 bias) and int16 activations (int8
// weights, int64 or int32 bias). A tensor is quantised when it has integers and scales; a family's
// infer_ accepts such operands, and its portable_ passes them on to quantized_<family>, which lives
// in the family's folder.

#include "ops/portable.h"
#include "ops/registry.h"

namespace embark {

/// Whether the tensor holds int8, uint8 or int16 values with a scale.
bool is_quantized(const TensorType &type);

/// Checks that the present inputs are all float32 or all quantised and of one type.
/// \error kUnsupported  naming the input
Status check_float_or_quantized(const Graph &graph, const Node &node);

/// Checks the operands of a layer with weights: x, weights, bias?; all float32, or quantised as
/// said above, with a scale per tensor or per output channel (axis \p channel_axis of the weights).
/// \error kUnsupported, kInvalid  naming the input
Status check_layer_types(const Graph &graph, const Node &node, size_t channel_axis);

using PortableInputs = std::span<const TensorType *const>;
using PortableOutputs = std::span<const TensorType>;

// Portable calls for a quantised input 0. \error kUnsupported for types that have no kernel,
// kInvalid when the output has no scale
Expected<PortableCall> quantized_activation(const Node &node, PortableInputs inputs,
                                            PortableOutputs outputs);
Expected<PortableCall> quantized_binary(const Node &node, PortableInputs inputs,
                                        PortableOutputs outputs);
Expected<PortableCall> quantized_conv2d(const Node &node, PortableInputs inputs,
                                        PortableOutputs outputs);
Expected<PortableCall> quantized_dense(const Node &node, PortableInputs inputs,
                                       PortableOutputs outputs);
Expected<PortableCall> quantized_depthwise_conv2d(const Node &node, PortableInputs inputs,
                                                  PortableOutputs outputs);
Expected<PortableCall> quantized_global_pool(const Node &node, PortableInputs inputs,
                                             PortableOutputs outputs);
Expected<PortableCall> quantized_pool(const Node &node, PortableInputs inputs,
                                      PortableOutputs outputs);
Expected<PortableCall> quantized_softmax(const Node &node, PortableInputs inputs,
                                         PortableOutputs outputs);

}  // namespace embark
