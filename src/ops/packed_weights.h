#pragma once
// Weights that take few different values, as indices of 1 to 4 bits into a table of levels. It is a
// form of storage: what the layer computes does not change by a bit.

#include <optional>
#include <span>
#include <vector>

#include "ops/portable.h"

namespace embark {

/// Bits per weight, an integer attribute of conv2d and dense nodes that are to be stored so.
constexpr std::string_view kWeightBits = "weight_bits";

/// The fewest bits in which the weights of \p node (int8 constants of a conv2d or dense) can be
/// stored; none when they take more than 16 values or the node is no such layer.
std::optional<int> packable_bits(const Graph &graph, const Node &node);

/// The values that weights (int8, constant) take, ascending; 17 of them when they are more than 16.
std::vector<int8_t> weight_levels(const Tensor &weights);

/// Indices of \p values into \p levels, which hold them all, from the lowest bits of a byte on:
/// rows of \p depth values take \p row_bytes bytes each.
Bytes pack_indices(std::span<const int8_t> values, int64_t depth, int64_t row_bytes, int64_t bits,
                   const std::vector<int8_t> &levels);

/// The call of emk_conv_q8_packed that computes \p node, which has the attribute kWeightBits.
/// \error kUnsupported  the weights take more values than the bits can tell apart, or the layer has
///                      no quantised kernel
Expected<PortableCall> packed_call(const Graph &graph, const Node &node);

}  // namespace embark
