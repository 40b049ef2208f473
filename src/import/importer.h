#pragma once
// From a file of any framework that embark reads to a graph.

#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "ir/graph.h"

namespace embark {

/// The first bytes of a file, enough to tell its format.
constexpr size_t kProbeBytes = 4096;

struct ImporterDefinition {
    std::string_view format;  ///< for messages: "Keras HDF5 (.h5)"
    /// True when \p head, the file's first kProbeBytes bytes or fewer, begins such a file.
    bool (*probe)(std::span<const uint8_t> head) = nullptr;
    Expected<Graph> (*import)(const std::filesystem::path &path) = nullptr;
};

/// All formats that can be read, from importers.def.
std::span<const ImporterDefinition> all_importers();

/// Reads the network in \p path, whose format is told by its content.
///
/// Constants are float32 in embark's layouts (src/ops/README.md); an unknown batch becomes 1.
///
/// \returns a graph for which verify() holds, with `source` filled in
/// \error kNotFound  no such file; kIo  it cannot be read or is a directory
/// \error kInvalid  empty, damaged or contradictory; the notes hold the further faults
/// \error kUnsupported  another format, or layers that embark does not know: all are listed
Expected<Graph> import_model(const std::filesystem::path &path);

}  // namespace embark
