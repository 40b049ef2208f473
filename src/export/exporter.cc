#include "export/exporter.h"

#include <fmt/format.h>

#include <filesystem>

#include "export/onnx/onnx_exporter.h"
#include "export/tflite/tflite_exporter.h"
#include "ir/text.h"

namespace embark {

namespace {

Expected<Bytes> write_text(const Graph &graph) {
    const std::string text = print(graph);
    return Bytes(text.begin(), text.end());
}

constexpr Exporter kExporters[] = {
    {".tflite", export_tflite},
    {".onnx", export_onnx},
    {".graph", write_text},
};

}  // namespace

Expected<const Exporter *> exporter_for(const std::string &file) {
    const std::string extension = std::filesystem::path(file).extension().string();
    std::string known;
    for (const Exporter &exporter : kExporters) {
        if (exporter.extension == extension) return &exporter;
        known += fmt::format("{}{}", known.empty() ? "" : ", ", exporter.extension);
    }
    return make_error(ErrorCode::kUsage, fmt::format("found the output {}, expected a name that "
                                                     "ends in one of: {}",
                                                     file, known));
}

}  // namespace embark
