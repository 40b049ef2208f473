#pragma once
// Weights that take few different values, as indices of 1 to 4 bits into a table of levels. It is a
// form of storage: what the layer computes does not change by a bit.

#include <optional>

#include "ops/portable.h"

namespace embark {

/// Bits per weight, an integer attribute of conv2d and dense nodes that are to be stored so.
constexpr std::string_view kWeightBits = "weight_bits";

/// The fewest bits in which the weights of \p node (int8 constants of a conv2d or dense) can be
/// stored; none when they take more than 16 values or the node is no such layer.
std::optional<int> packable_bits(const Graph &graph, const Node &node);

/// The call of emk_conv_q8_packed that computes \p node, which has the attribute kWeightBits.
/// \error kUnsupported  the weights take more values than the bits can tell apart, or the layer has
///                      no quantised kernel
Expected<PortableCall> packed_call(const Graph &graph, const Node &node);

}  // namespace embark
