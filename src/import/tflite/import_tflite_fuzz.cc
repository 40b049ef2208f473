// libFuzzer: any bytes, as a TensorFlow Lite file.

#include "fuzz/whole_way.h"
#include "import/tflite/tflite_importer.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    using namespace embark;
    const auto graph = tflite::build_graph({data, size}, "model.tflite");
    expect_whole_way(graph);
    return 0;
}
