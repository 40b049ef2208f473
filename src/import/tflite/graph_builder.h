#pragma once
// From the file's operators to nodes: order, checks that every operator needs, faults.

#include "base/diagnostics.h"
#include "import/tflite/operators.h"

namespace embark::tflite {

/// Appends all operators of \p subgraph to \p graph and sets its inputs and outputs.
///
/// Goes on after operators that embark lacks, as if they made what the file says, so that all of
/// them are reported at once; what follows from a fault is not reported.
///
/// \param graph  empty; receives parameters, weights_bytes and warnings in `source`, too
void add_operators(const schema::Model &model, const schema::SubGraph &subgraph,
                   uint64_t file_bytes, Graph &graph, Diagnostics &diagnostics);

}  // namespace embark::tflite
