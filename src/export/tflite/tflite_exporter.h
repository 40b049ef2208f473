#pragma once
// A graph as a TensorFlow Lite file (.tflite, schema version 3).

#include "base/files.h"
#include "ir/graph.h"

namespace embark {

/// The file's bytes. Importing them gives a graph that computes the same: activations behind
/// convolutions and the like are fused, paddings that the format cannot name become PAD, and
/// tensors keep their names. Quantised graphs stay quantised.
///
/// \param graph  verify() holds for it
/// \error kUnsupported  nodes that the format has no operator for: all are listed
Expected<Bytes> export_tflite(const Graph &graph);

}  // namespace embark
