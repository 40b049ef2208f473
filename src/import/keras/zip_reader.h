#pragma once
// Reads a .keras archive: config.json, metadata.json and model.weights.h5. Runs in the process that
// calls libraries.

#include <filesystem>
#include <string>

#include "base/files.h"
#include "import/keras/wire.h"

namespace embark::keras {

/// How many bytes the members of an archive of \p file_bytes may unpack to. Weights as Keras writes
/// them are not compressed at all; a zip bomb would be.
uint64_t unpacked_limit(uint64_t file_bytes);

/// The members of an archive, unpacked and not interpreted.
struct ZipContents {
    std::string keras_version;  ///< empty when unknown
    std::string config;         ///< JSON
    Bytes weights;              ///< HDF5
    std::string warning;        ///< empty when there is none
};

/// \error kInvalid  damaged, members missing or larger than unpacked_limit()
/// \error kUnsupported  weights in another form than HDF5
Expected<ZipContents> read_zip(const std::filesystem::path &path, uint64_t file_bytes);

/// Sends what \p path holds, or the error that stopped it.
void send_zip(const std::filesystem::path &path, uint64_t file_bytes, WireWriter &writer);

}  // namespace embark::keras
