#include "import/onnx/onnx_importer.h"

#include <algorithm>

#include "base/bytes.h"
#include "import/onnx/graph_converter.h"
#include "ops/registry.h"

namespace embark::onnx {
namespace fs = std::filesystem;

const AttributeDef *NodeDef::find(std::string_view attribute) const {
    for (const AttributeDef &candidate : attributes) {
        if (candidate.name == attribute) return &candidate;
    }
    return nullptr;
}

bool is_onnx(std::span<const uint8_t> head) {
    // Field 1 (ir_version) is a varint: 08 03 … 08 1f; then follow the producer's name and version
    // (fields 2, 3), domain (4), model version (5), text (6), graph (7) or operator sets (8).
    if (head.size() < 4 || head[0] != 0x08 || head[1] < 3 || head[1] > 31) return false;
    const unsigned field = head[2] >> 3, wire = head[2] & 7u;
    return field == 5 ? wire == 0 : (field >= 2 && field <= 8 && wire == 2);
}

Expected<Graph> import_onnx_bytes(std::span<const uint8_t> bytes, const std::string &file,
                                  const fs::path &folder, const ImportOptions &options) {
    auto model = decode_model(bytes);
    if (!model.ok()) {
        Error error = std::move(model).error();
        error.location.file = file;
        return error;
    }
    read_external_data(*model, folder);
    Graph graph;
    graph.name = model->graph.name;
    graph.source.file_name = file;
    graph.source.format = "ONNX";
    graph.source.framework = model->producer;
    if (!model->producer_version.empty()) graph.source.framework += " " + model->producer_version;
    Diagnostics diagnostics(file);
    convert_graph(*model, options, graph, diagnostics);
    EMBARK_RETURN_IF_ERROR(diagnostics.status());
    remove_dead(graph);
    EMBARK_RETURN_IF_ERROR(verify(graph));
    for (const std::string &warning : diagnostics.warnings()) {
        graph.source.warnings.push_back(warning);
    }
    return graph;
}

Expected<Graph> import_onnx(const fs::path &path, const ImportOptions &options) {
    auto bytes = read_file(path);
    if (!bytes.ok()) {
        Error error = std::move(bytes).error();
        if (error.location.file.empty()) error.location.file = path.string();
        return error;
    }
    EMBARK_ASSIGN(Graph graph,
                  import_onnx_bytes(*bytes, path.string(), path.parent_path(), options));
    graph.source.file_name = path.filename().string();
    graph.source.file_bytes = bytes->size();
    graph.source.file_hash = fnv1a64(*bytes);
    return graph;
}

}  // namespace embark::onnx
