#pragma once
// One-node networks other than int8 convolutions, for trials of kernels.

#include <string>
#include <vector>

#include "workflow/kernel_cases.h"

namespace embark {

/// A node on trial.
struct LayerCase {
    Graph graph;
    std::vector<Bytes> inputs;
    std::string text;  ///< its shape, for messages
};

/// Random shapes, operands and extremes of \p seed: odd sides, 1 to 300 channels, any padding,
/// zero points and factors at the ends of their ranges, saturation.
LayerCase make_depthwise_case(uint64_t seed);
LayerCase make_dense_case(uint64_t seed);
LayerCase make_add_case(uint64_t seed);
/// A maximum or minimum with a constant for each channel.
LayerCase make_limit_case(uint64_t seed);
/// A float32 conv2d with groups or a dense layer, whose weights are levels of 4 or 8 bits, or int8
/// values with a scale for each output, and are marked for storage as indices.
LayerCase make_packed_float_conv_case(uint64_t seed);
LayerCase make_packed_float_dense_case(uint64_t seed);
/// \p op  "max_pool2d" or "average_pool2d"
LayerCase make_pool_case(uint64_t seed, const std::string &op);

}  // namespace embark
