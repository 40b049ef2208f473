#pragma once

#include "base/diagnostics.h"
#include "import/importer.h"
#include "import/onnx/model.h"

namespace embark::onnx {

/// Appends the operators of \p model to \p graph and sets its ends.
///
/// Nodes are converted in order; what is constant is computed, functions and conditions that are
/// known are expanded. Faults go to \p diagnostics: every operator that is not supported with its
/// place and the types of its inputs, and every other fault of a node whose inputs are known.
void convert_graph(const ModelDef &model, const ImportOptions &options, Graph &graph,
                   Diagnostics &diagnostics);

/// Removes nodes whose results nobody reads, and tensors that no node uses.
void remove_dead(Graph &graph);

}  // namespace embark::onnx
