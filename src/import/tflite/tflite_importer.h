#pragma once
// TensorFlow Lite files (.tflite), schema version 3.

#include <filesystem>
#include <span>
#include <string>

#include "import/importer.h"
#include "ir/graph.h"

namespace embark::tflite {

/// True for the identifier "TFL3" where a FlatBuffer has it.
bool is_tflite(std::span<const uint8_t> head);

/// The rows of operators.def.
std::vector<SourceOperator> source_operators();

/// As import_model(), for a file that is_tflite().
Expected<Graph> import_tflite(const std::filesystem::path &path);

/// The graph of a file's content, which is checked before anything in it is believed. \p file
/// names it in messages, and its stem the graph.
/// \error as import_model(), all faults of operators at once
Expected<Graph> build_graph(std::span<const uint8_t> bytes, const std::string &file);

}  // namespace embark::tflite
