#pragma once
// What a file that Keras wrote holds, read into plain memory: texts and weights, nothing
// interpreted. Either HDF5 (.h5), or a zip archive with the weights as HDF5 in it (.keras).

#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "import/isolate.h"
#include "ir/graph.h"

namespace embark::keras {

enum class FileKind { kHdf5, kZip };

struct Weight {
    std::string name;   ///< as in weight_names: "conv2d/kernel:0", "model/conv2d/kernel"; in
                        ///< archives a number: "0"
    std::string fault;  ///< why it cannot be read; empty when it can
    std::string type;   ///< stored type: "float32"
    Shape shape;
    std::span<const float> values;  ///< empty unless stored as floating point; into Archive::bytes
};

struct LayerWeights {
    std::string layer;  ///< its name; in archives its place: "layers/functional/layers/conv2d_1"
    std::vector<Weight> weights;
};

/// Can be moved and not copied: the weights point into `bytes`.
struct Archive {
    Archive() = default;
    Archive(Archive &&) = default;
    Archive &operator=(Archive &&) = default;

    bool weights_by_place = false;  ///< a .keras archive, where weights have no names
    std::string keras_version;      ///< "3.15.1"; empty when absent
    std::string model_config;       ///< JSON: model_config, or an archive's config.json
    std::string training_config;    ///< JSON; empty when absent
    std::vector<LayerWeights> layers;
    uint64_t weights_bytes = 0;    ///< in the file, of all weights
    uint64_t optimizer_bytes = 0;  ///< in the file
    std::vector<std::string> warnings;
    Bytes bytes;  ///< owns the weights
};

/// Reads \p path in a process of its own (run_isolated), so that HDF5 and libzip may fail as they
/// like.
///
/// The optimiser's state is measured and not read. A weight that cannot be read is kept with its
/// fault, so that all of them can be told.
///
/// \error kInvalid  damaged, not written by Keras, or weights without a model
/// \error kIo
Expected<Archive> read_archive(const std::filesystem::path &path, FileKind kind,
                               uint64_t file_bytes);

/// The two halves of read_archive. send_archive calls the libraries and writes the archive or an
/// error to \p sink; receive_archive trusts nothing that it is given.
void send_archive(const std::filesystem::path &path, FileKind kind, uint64_t file_bytes,
                  const Sink &sink);
Expected<Archive> receive_archive(Bytes bytes);

}  // namespace embark::keras
