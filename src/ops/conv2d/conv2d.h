#pragma once
// The portable calls of conv2d by type; portable_conv2d chooses.

#include "ops/portable.h"

namespace embark {

/// float32 for any batch and for filters that are computed: emk_conv_f32.
Expected<PortableCall> portable_conv2d_f32(const Node &node,
                                           std::span<const TensorType *const> inputs);

}  // namespace embark
