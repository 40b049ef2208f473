#pragma once
// What the fuzzers of the importers do with a graph.

#include "base/expected.h"
#include "ir/graph.h"

namespace embark {

/// Ends the program when \p graph is accepted and is not sound, or is refused as an internal fault.
///
/// An accepted graph goes the whole way: it is verified, rewritten, planned for a board and written
/// as C; where it is small it is computed too. Refusals on the way are answers, other than
/// kInternal.
void expect_whole_way(const Expected<Graph> &graph);

}  // namespace embark
