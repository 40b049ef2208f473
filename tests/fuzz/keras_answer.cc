// Prints what the process that calls HDF5 answers for a file that Keras wrote: seeds for
// import_keras_fuzz and import_keras_archive_fuzz.
//
//     keras_answer FILE > ANSWER

#include <cstdio>
#include <filesystem>

#include "import/keras/archive.h"

int main(int argc, char **argv) {
    using namespace embark;
    if (argc != 2) return 2;
    const std::filesystem::path path = argv[1];
    const auto kind = path.extension() == ".keras" ? keras::FileKind::kZip : keras::FileKind::kHdf5;
    const Sink print = [](std::span<const uint8_t> bytes) {
        return std::fwrite(bytes.data(), 1, bytes.size(), stdout) == bytes.size();
    };
    keras::send_archive(path, kind, std::filesystem::file_size(path), print);
    return std::fflush(stdout) == 0 ? 0 : 1;
}
