// libFuzzer: any bytes as an ONNX model. The decoder, the converters and the folding of constants
// all run in this process.

#include <cstdlib>
#include <span>

#include "import/onnx/onnx_importer.h"
#include "ops/registry.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    using namespace embark;
    const auto graph =
        onnx::import_onnx_bytes(std::span(data, size), "fuzz.onnx", "/nonexistent", {});
    if (graph.ok() && !verify(*graph).ok()) std::abort();
    if (!graph.ok() && graph.error().code == ErrorCode::kInternal) std::abort();
    return 0;
}
