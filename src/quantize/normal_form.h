#pragma once

#include "ir/graph.h"

namespace embark {

/// Rewrites a float network so that every node has a quantised form that TensorFlow Lite knows too.
///
/// Batch normalisation y = s*x + t behind an activation that clamps, x = clamp(W*u + b, low, high),
/// cannot be folded backwards as such. It is y = clamp(s*W*u + s*b + t, floor, ceiling) with limits
/// s*low + t and s*high + t per channel (exchanged where s < 0): the layer takes scale and shift,
/// and `maximum` and `minimum` with a constant per channel follow it. In integers these compare
/// stored values, so that nothing is rounded twice, padding behind them is the zero point as it
/// should be, and every runtime gives the same bytes.
///
/// Batch normalisation elsewhere becomes a depthwise convolution of one tap, or, on vectors, a
/// product and a sum.
///
/// \returns how many batch normalisations there were
/// \error as append_node
Expected<int> to_normal_form(Graph &graph);

}  // namespace embark
