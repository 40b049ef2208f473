// libFuzzer: any bytes, as a .keras archive.
//
// libzip and the reader of members run in this process. HDF5 does not (see import_keras_fuzz.cc):
// the member model.weights.h5 stands for what the process that calls it answers, so that the place
// of every weight can be mutated too. Since the checksums of a zip file hold up most mutations, an
// input without its signature is the members alone: two bytes with the size of config.json, then
// config.json, then the answer.

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <span>
#include <string>

#include "base/bytes.h"
#include "fuzz/whole_way.h"
#include "import/keras/keras_importer.h"
#include "import/keras/zip_reader.h"

namespace {

using namespace embark;

void import_members(keras::ZipContents contents) {
    auto archive = keras::receive_archive(std::move(contents.weights));
    if (!archive.ok()) archive = keras::Archive{};
    archive->weights_by_place = true;
    archive->keras_version = contents.keras_version;
    archive->model_config = contents.config;
    expect_whole_way(keras::build_graph(*archive, "model.keras"));
}

void import_zip(std::span<const uint8_t> bytes) {
    const int file = ::memfd_create("model.keras", 0);
    if (file < 0) return;
    if (::write(file, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size())) {
        auto contents = keras::read_zip("/proc/self/fd/" + std::to_string(file), bytes.size());
        if (contents.ok()) import_members(std::move(contents).value());
    }
    ::close(file);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const std::span<const uint8_t> bytes(data, size);
    if (size >= 2 && data[0] == 'P' && data[1] == 'K') {
        import_zip(bytes);
    } else if (size >= 2) {
        const size_t config = std::min<size_t>(load_le<uint16_t>(data), size - 2);
        const auto answer = bytes.subspan(2 + config);
        import_members({"3.0.0", std::string(bytes.begin() + 2, answer.begin()),
                        Bytes(answer.begin(), answer.end()), ""});
    }
    return 0;
}
