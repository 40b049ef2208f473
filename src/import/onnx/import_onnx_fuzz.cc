// libFuzzer: any bytes as an ONNX model. The decoder, the converters and the folding of constants
// all run in this process.

#include <span>

#include "fuzz/whole_way.h"
#include "import/onnx/onnx_importer.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    using namespace embark;
    const auto graph =
        onnx::import_onnx_bytes(std::span(data, size), "fuzz.onnx", "/nonexistent", {});
    expect_whole_way(graph);
    return 0;
}
