#pragma once
// Kernels of one operand that the families unary and activation share.

#include <string>

#include "ops/portable.h"

namespace embark {

/// A call emk_<kernel>_<type>(count, a, b) for \p x. \error kUnsupported  there is no such kernel
Expected<PortableCall> unary_call(const Node &node, const std::string &kernel, const TensorType &x,
                                  float a, float b, int64_t cycles);

/// A call that clamps \p x to [low, high], both saturated to the type. \error kUnsupported
Expected<PortableCall> clip_call(const Node &node, const TensorType &x, double low, double high);

/// Activations on float64, and the clamps among them (relu, relu6, clip) on integers; attributes as
/// for float32. \error kUnsupported
Expected<PortableCall> typed_activation(const Node &node, const TensorType &x);

}  // namespace embark
