#pragma once
// The portable calls of depthwise_conv2d by type; portable_depthwise_conv2d chooses.

#include "ops/portable.h"

namespace embark {

/// float32 for any batch and for filters that are computed: emk_conv_f32, one group per channel.
Expected<PortableCall> portable_depthwise_conv2d_f32(const Node &node,
                                                     std::span<const TensorType *const> inputs);

}  // namespace embark
