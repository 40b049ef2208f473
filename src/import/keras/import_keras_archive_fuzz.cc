// libFuzzer: any bytes, as a .keras archive.
//
// libzip and the reader of members run in this process. HDF5 does not (see import_keras_fuzz.cc):
// the member model.weights.h5 stands for what the process that calls it answers, so that the place
// of every weight can be mutated too.

#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

#include "import/keras/keras_importer.h"
#include "import/keras/zip_reader.h"
#include "ops/registry.h"

namespace {

using namespace embark;

void expect_sound(const Expected<Graph> &graph) {
    if (graph.ok() && !verify(*graph).ok()) std::abort();
    if (!graph.ok() && graph.error().code == ErrorCode::kInternal) std::abort();
}

void import_archive(const std::string &path, size_t size) {
    auto contents = keras::read_zip(path, size);
    if (!contents.ok()) return;
    auto archive = keras::receive_archive(std::move(contents->weights));
    if (!archive.ok()) archive = keras::Archive{};
    archive->weights_by_place = true;
    archive->keras_version = contents->keras_version;
    archive->model_config = contents->config;
    expect_sound(keras::build_graph(*archive, "model.keras"));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const int file = ::memfd_create("model.keras", 0);
    if (file < 0) return 0;
    if (::write(file, data, size) == static_cast<ssize_t>(size)) {
        import_archive("/proc/self/fd/" + std::to_string(file), size);
    }
    ::close(file);
    return 0;
}
