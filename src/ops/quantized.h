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

/// A real factor as the integers that kernels scale by: multiplier / 2^31 * 2^shift.
struct Multiplier {
    int32_t multiplier = 0;  ///< in [2^30, 2^31) for positive factors, or 0
    int32_t shift = 0;       ///< in [-31, 1024]
};
/// Splits \p real as TensorFlow Lite's QuantizeMultiplier does; below 2^-32 it is 0.
Multiplier split_multiplier(double real);

/// Least and greatest value of an integer type of at most 32 bits.
struct IntegerRange {
    int64_t low, high;
};
IntegerRange range_of(DataType type);

/// The range of a quantised output: that of its type, cut by the node's attributes `clamp_low` and
/// `clamp_high` (quantised values).
IntegerRange output_range(const Node &node, DataType type);

/// Checks that the output holds \p type and has one positive scale. \error kInvalid
Status check_quantized_output(const TensorType &output, DataType type);

/// emk_rescale for \p output and the factors of its channels (one: for all); adds the tables
/// "multiplier" and "shift" to \p call. \p wide says that sums have 64 bits.
/// \error kUnsupported  a factor is too large
Expected<Field> rescale_field(PortableCall &call, const Node &node, const TensorType &output,
                              const std::vector<double> &factors, bool wide);

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
Expected<PortableCall> quantized_conv_transpose(const Node &node, PortableInputs inputs,
                                                PortableOutputs outputs);
Expected<PortableCall> quantized_dense(const Node &node, PortableInputs inputs,
                                       PortableOutputs outputs);
Expected<PortableCall> quantized_depthwise_conv2d(const Node &node, PortableInputs inputs,
                                                  PortableOutputs outputs);
Expected<PortableCall> quantized_global_pool(const Node &node, PortableInputs inputs,
                                             PortableOutputs outputs);
/// l2_normalize
Expected<PortableCall> quantized_l2_normalize(const Node &node, PortableInputs inputs,
                                              PortableOutputs outputs);
Expected<PortableCall> quantized_matmul(const Node &node, PortableInputs inputs,
                                        PortableOutputs outputs);
Expected<PortableCall> quantized_pool(const Node &node, PortableInputs inputs,
                                      PortableOutputs outputs);
/// reduce_mean, reduce_sum
Expected<PortableCall> quantized_reduce(const Node &node, PortableInputs inputs,
                                        PortableOutputs outputs);
/// resize with mode "linear" as TensorFlow Lite's coordinates have it: half_pixel, align_corners or
/// asymmetric
Expected<PortableCall> quantized_resize(const Node &node, PortableInputs inputs,
                                        PortableOutputs outputs);
/// softmax, log_softmax
Expected<PortableCall> quantized_softmax(const Node &node, PortableInputs inputs,
                                         PortableOutputs outputs);

/// The sum (or \p mean) of \p x over \p axes as \p out. \error as above
Expected<PortableCall> quantized_mean(const Node &node, const TensorType &x, const TensorType &out,
                                      const std::vector<int64_t> &axes, bool mean);

}  // namespace embark
