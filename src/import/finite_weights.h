#pragma once
// Weights that training has ruined, told before a network is planned.

#include <filesystem>

#include "base/expected.h"
#include "ir/graph.h"

namespace embark {

/// That layers with weights (trait kHasWeights) hold finite float32 values only. Other constants
/// may be infinite: masks are.
///
/// \error kInvalid  every such weight, with its layer, how many values and the first
Status check_finite_weights(const Graph &graph, const std::filesystem::path &file);

}  // namespace embark
