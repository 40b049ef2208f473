#pragma once
// Which operators of which format embark reads, in which types they run, and by which kernels.

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "boards/board.h"

namespace embark {

/// The document of `supported-ops`.
///
/// What a format's operators become is what the importers' tables say. Which types an operator
/// takes is tried out: its samples (ops/samples) are evaluated, and a kernel is chosen for each.
///
/// \param format  "keras", "onnx", "tflite": that format's operators alone; "ir": embark's alone;
///                empty: all
/// \param board   whose kernels count; none: those of the host and of a Cortex-M4F
/// \error kUsage  there is no such format
Expected<nlohmann::json> supported_ops_document(const std::string &format,
                                                const std::optional<Board> &board);

}  // namespace embark
