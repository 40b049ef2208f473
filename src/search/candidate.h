#pragma once
// Smaller forms of a network's layers.

#include <compare>
#include <string>
#include <vector>

#include "train/spec.h"

namespace embark {

/// What is changed about a network. The default changes nothing and quantises to int8.
struct Change {
    int width = 100;      ///< percent of the outputs of convolutions, rounded up to multiples of 4
    int dropped = 0;      ///< convolutions left out, the costliest of those that can go first
    bool pooled = false;  ///< a global average pooling in place of `flatten`
    int dense = 100;      ///< percent of the neurons of hidden dense layers; 0: no such layers
    int bits = 8;         ///< of weights: 8, 4 or 2

    auto operator<=>(const Change &) const = default;
};

/// "w50-d1-gap-h25-b8"
std::string to_string(const Change &change);

/// The layers with \p change. The layer that makes the outputs keeps its size; layers that a sum or
/// a concatenation reads are not left out.
/// \error kInvalid  the change leaves shapes that do not fit
Expected<Spec> changed(const Spec &original, const Change &change);

/// All changes that make a difference for this network.
std::vector<Change> search_space(const Spec &original);

}  // namespace embark
