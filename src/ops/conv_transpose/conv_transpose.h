#pragma once
// Geometry and portable calls of conv_transpose2d and conv_transpose3d by type.

#include "ops/window.h"

namespace embark {

/// The window's `in` is the input and its `out` the output of the transposed convolution.
/// \error kInvalid  filter, attribute or an output extent below 1
Expected<ConvGeometry> make_conv_transpose_geometry(const Node &node, const Shape &x,
                                                    const Shape &filter);

/// float32: emk_conv_transpose_f32.
Expected<PortableCall> portable_conv_transpose_f32(const Node &node,
                                                   std::span<const TensorType *const> inputs);

}  // namespace embark
