#pragma once
// What model.save() of Keras 2, tf.keras and Keras 3 writes: HDF5 files (.h5) and zip archives
// (.keras).

#include <filesystem>
#include <span>

#include "import/importer.h"
#include "import/keras/archive.h"
#include "ir/graph.h"

namespace embark::keras {

/// True for the signature of HDF5 at one of the places where it may stand.
bool is_hdf5(std::span<const uint8_t> head);

/// True for a zip archive with a member that Keras' archives have near its start.
bool is_archive(std::span<const uint8_t> head);

/// As import_model(), for a file that is_hdf5() or is_archive().
///
/// \param options  shapes for inputs whose extents the file leaves open; constants are refused
Expected<Graph> import_keras(const std::filesystem::path &path, const ImportOptions &options);

/// The graph of a file's content. \p file names it in messages.
/// \error as import_model(), all faults of layers at once
Expected<Graph> build_graph(const Archive &archive, const std::string &file,
                            const ImportOptions &options = {});

/// The rows of layers.def.
std::vector<SourceOperator> source_operators();

}  // namespace embark::keras
