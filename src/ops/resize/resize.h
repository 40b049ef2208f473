#pragma once
// The portable calls of resize by type; portable_resize chooses.

#include "ops/portable.h"
#include "ops/resize/sampling.h"

namespace embark {

/// How the rows (\p axis 0) or columns (1) of \p x ([N,H,W,C]) are resampled.
AxisResize axis_resize_of(const Node &node, const Shape &x, size_t axis);

/// float32 in any mode, and the nearest element of any type.
Expected<PortableCall> portable_resize_plain(const Node &node, const TensorType &x,
                                             const TensorType &out);

}  // namespace embark
