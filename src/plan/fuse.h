#pragma once

#include "plan/plan.h"

namespace embark {

/// By tensor: the tensor whose bytes it shares. Operators that are views (reshape) share their
/// input's; buffers of graph outputs live to the end of the run (plan/stream.cc).
std::vector<TensorId> resolve_aliases(const Graph &graph);

/// Groups nodes into steps in the graph's order: a base node with the activation, the per-channel
/// scale and shift, and the pooling that its kernel can apply to each element on the way out.
/// \error kUnsupported listing every node that no kernel takes
Expected<std::vector<Step>> fuse_steps(const Graph &graph, const Board &board,
                                       const std::vector<TensorId> &alias, bool fuse);

}  // namespace embark
