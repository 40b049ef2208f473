#pragma once
// Weights that take few different values, as indices into a table of levels: of 1 to 4 bits for
// int8 weights, of 4 or 8 bits for float32 ones. It is a form of storage: what the layer computes
// does not change by a bit.

#include <optional>
#include <span>
#include <vector>

#include "ops/portable.h"

namespace embark {

/// Bits per weight, an integer attribute of conv2d and dense nodes that are to be stored so.
constexpr std::string_view kWeightBits = "weight_bits";

/// The fewest bits in which the weights of \p node (constants of a conv2d or dense) can be stored;
/// none when int8 weights take more than 16 values, float32 weights have no PackedFloats, or the
/// node is no such layer.
std::optional<int> packable_bits(const Graph &graph, const Node &node);

/// The values that weights (int8, constant) take, ascending; 17 of them when they are more than 16.
std::vector<int8_t> weight_levels(const Tensor &weights);

/// Indices of \p values into \p levels, which hold them all, from the lowest bits of a byte on:
/// rows of \p depth values take \p row_bytes bytes each.
Bytes pack_indices(std::span<const int8_t> values, int64_t depth, int64_t row_bytes, int64_t bits,
                   const std::vector<int8_t> &levels);

/// float32 weights [out][depth] as indices: weight = level * scale of its row, rounded once.
struct PackedFloats {
    int bits = 8;               ///< 4 or 8
    std::vector<float> levels;  ///< at most 1 << bits, ascending; empty: indices are int8 values
    std::vector<float> scales;  ///< by row; empty: all 1
    Bytes indices;              ///< [out][depth], one in a byte
};

/// Weights of fewer elements stay as they are: they save less than the code for unpacking costs.
constexpr int64_t kLeastPackedWeights = 1024;

/// \p weights (float32, constant, rows first) as int8 values times a scale for each row, the
/// greatest of them 127: a tensor of int8 whose values stand for the same reals. None when they are
/// fewer than kLeastPackedWeights, or no such product.
std::optional<Tensor> as_int8(const Tensor &weights);

/// How \p weights (float32, constant, rows first) can be stored: at most 256 different values, or
/// what as_int8 finds. None when neither holds.
std::optional<PackedFloats> packed_floats(const Tensor &weights);

/// Bytes that the weights of \p node take in flash with their levels and scales; those of the
/// tensor when the node has no attribute kWeightBits.
int64_t stored_weight_bytes(const Graph &graph, const Node &node);

/// The call of emk_conv_q8_packed that computes \p node, which has the attribute kWeightBits.
/// \error kUnsupported  the weights take more values than the bits can tell apart, or the layer has
///                      no quantised kernel
Expected<PortableCall> packed_call(const Graph &graph, const Node &node);

}  // namespace embark
