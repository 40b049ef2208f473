#pragma once
// ONNX files (protobuf), operator sets 7 to 21: https://onnx.ai/onnx/intro/

#include <filesystem>
#include <span>
#include <string>

#include "import/importer.h"

namespace embark::onnx {

/// The file begins with fields of a ModelProto in an order that exporters write.
bool is_onnx(std::span<const uint8_t> head);

/// The rows of operators.def.
std::vector<SourceOperator> source_operators();

/// As import_model(), for a file that is_onnx().
///
/// Inputs and outputs keep the model's own (NCHW) order, so that their raw bytes are the model's.
Expected<Graph> import_onnx(const std::filesystem::path &path, const ImportOptions &options);

/// The network in \p bytes; external data is read from \p folder.
/// \param file  what messages call it
Expected<Graph> import_onnx_bytes(std::span<const uint8_t> bytes, const std::string &file,
                                  const std::filesystem::path &folder,
                                  const ImportOptions &options);

struct ModelInput {
    std::string name;
    bool decides;  ///< shapes or attributes depend on it, so that it must be a constant
};

/// The inputs of a model that no initialiser gives, in the file's order.
Expected<std::vector<ModelInput>> list_inputs(std::span<const uint8_t> bytes);

}  // namespace embark::onnx
