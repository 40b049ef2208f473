// libFuzzer: any bytes, through all of the Keras importer that runs in the program itself.
//
// HDF5 runs in a process of its own, whose coverage libFuzzer does not see and whose crashes are
// errors by design. So the input stands for what that process answers: after one byte,
//   'j'  the text of model_config, without weights
//   'a'  an answer of send_archive()
// An input with the signature of HDF5 is imported as a file.

#include <algorithm>
#include <span>
#include <string>

#include "base/files.h"
#include "fuzz/whole_way.h"
#include "import/importer.h"
#include "import/keras/keras_importer.h"

namespace {

using namespace embark;

/// By name: HDF5 asks for the real path of what it opens.
void import_file(std::span<const uint8_t> bytes) {
    auto directory = TemporaryDirectory::create();
    if (!directory.ok()) return;
    const auto path = directory->path() / "model.h5";
    if (write_file(path, bytes).ok()) expect_whole_way(import_model(path));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const std::span<const uint8_t> bytes(data, size);
    if (keras::is_hdf5(bytes.first(std::min(size, kProbeBytes)))) {
        import_file(bytes);
        return 0;
    }
    if (size == 0) return 0;
    if (data[0] == 'j') {
        keras::Archive archive;
        archive.model_config.assign(bytes.begin() + 1, bytes.end());
        expect_whole_way(keras::build_graph(archive, "model.h5"));
    } else if (data[0] == 'a') {
        const auto archive = keras::receive_archive(Bytes(bytes.begin() + 1, bytes.end()));
        if (archive.ok()) expect_whole_way(keras::build_graph(*archive, "model.h5"));
    }
    return 0;
}
