#pragma once
// From a file of any framework that embark reads to a graph.

#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ir/graph.h"

namespace embark {

/// The first bytes of a file, enough to tell its format.
constexpr size_t kProbeBytes = 4096;

/// A value for an input of the model, which then is an input no more.
struct InputConstant {
    DataType type = DataType::kFloat32;
    Shape shape;
    Bytes data;  ///< little-endian
};

/// What the user says about inputs, by name; formats that fix both in the file refuse it.
struct ImportOptions {
    std::map<std::string, Shape> input_shapes;
    std::map<std::string, InputConstant> input_constants;

    bool empty() const { return input_shapes.empty() && input_constants.empty(); }
};

/// An operator or layer of a format, and what becomes of it.
struct SourceOperator {
    std::string name;  ///< as the format calls it: "Conv2D", "CONV_2D", "com.microsoft.Gelu"
    std::string_view becomes;  ///< operators of the graph, the main one first, separated by blanks;
                               ///< empty when it is computed on import or leaves nothing
};

struct ImporterDefinition {
    std::string_view name;    ///< for messages: "Keras HDF5 (.h5)"
    std::string_view format;  ///< "keras": files of several kinds may be of one format
    /// True when \p head, the file's first kProbeBytes bytes or fewer, begins such a file.
    bool (*probe)(std::span<const uint8_t> head) = nullptr;
    Expected<Graph> (*import)(const std::filesystem::path &path,
                              const ImportOptions &options) = nullptr;
    /// What the format's files may hold.
    std::vector<SourceOperator> (*operators)() = nullptr;
};

/// All formats that can be read, from importers.def.
std::span<const ImporterDefinition> all_importers();

/// Reads the network in \p path, whose format is told by its content.
///
/// Constants lie in embark's layouts (src/ops/README.md); an unknown batch becomes 1.
///
/// \returns a graph for which verify() holds, with `source` filled in
/// \error kNotFound  no such file; kIo  it cannot be read or is a directory
/// \error kInvalid  empty, damaged or contradictory; the notes hold the further faults
/// \error kUnsupported  another format, or layers that embark does not know: all are listed
/// \error kUsage  options for inputs that do not exist, or that the format does not take
Expected<Graph> import_model(const std::filesystem::path &path, const ImportOptions &options = {});

}  // namespace embark
