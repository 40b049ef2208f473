#pragma once
// A graph as an ONNX file (operator set 21).

#include "base/files.h"
#include "ir/graph.h"

namespace embark {

/// The file's bytes. Inputs and outputs keep embark's order of axes (channels last) and their
/// bytes; transpositions around operators that want channels first are those that runtimes cancel.
///
/// Float graphs compute the same bits when they are imported again. Quantised ones become
/// QuantizeLinear and DequantizeLinear around float operators, which runtimes fuse to integers;
/// where a runtime computes them in float instead, it rounds once, half to even, where integer
/// arithmetic multiplies in fixed point, so that a value may differ by one quantum.
///
/// \param graph  verify() holds for it
/// \error kUnsupported  nodes that the format has no operator for: all are listed
Expected<Bytes> export_onnx(const Graph &graph);

}  // namespace embark
