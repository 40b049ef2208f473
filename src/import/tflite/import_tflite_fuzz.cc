// libFuzzer: any bytes, as a TensorFlow Lite file.
#include <cstdlib>

#include "import/tflite/tflite_importer.h"
#include "ops/registry.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    using namespace embark;
    const auto graph = tflite::build_graph({data, size}, "model.tflite");
    if (graph.ok() && !verify(*graph).ok()) std::abort();
    if (!graph.ok() && graph.error().code == ErrorCode::kInternal) std::abort();
    return 0;
}
