#pragma once

#include "ir/graph.h"

namespace embark {

/// The node that makes \p tensor if nobody but \p reader needs it; -1 otherwise.
int sole_producer(const Graph &graph, TensorId tensor, int reader);

/// Removes a node with one output whose bytes input 0's producer \p producer now makes itself.
void absorb_into_producer(Graph &graph, int node, int producer);

}  // namespace embark
