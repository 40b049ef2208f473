#pragma once

#include <string>

#include "base/bytes.h"
#include "base/expected.h"
#include "ir/graph.h"

namespace embark {

/// Writes networks in one file format.
struct Exporter {
    std::string_view extension;  ///< ".tflite"
    Expected<Bytes> (*write)(const Graph &graph);
};

/// The exporter for a file of this name, by its ending: .tflite, .onnx or .graph (text form).
/// \error kUsage  another ending
Expected<const Exporter *> exporter_for(const std::string &file);

}  // namespace embark
