#include "export/onnx/onnx_exporter.h"

#include <fmt/format.h>

#include "base/diagnostics.h"
#include "export/onnx/writer.h"

namespace embark {

Expected<Bytes> export_onnx(const Graph &graph) {
    onnx_file::Writer writer(graph);
    Diagnostics diagnostics(graph.source.file_name);
    for (const State &state : graph.states) {
        diagnostics.error(ErrorCode::kUnsupported, "state " + graph.tensor(state.before).name,
                          "cannot be written, expected a network without states");
    }
    for (const Node &node : graph.nodes) {
        const auto *definition = onnx_file::find_node_writer(node.op);
        if (definition == nullptr) {
            diagnostics.error(ErrorCode::kUnsupported, "node " + node.name,
                              fmt::format("ONNX has no operator for {}", node.op));
            continue;
        }
        // After a fault the file is lost, but other nodes may have faults of their own.
        writer.begin(node);
        if (Status status = definition->write({graph, node, writer}); !status.ok()) {
            diagnostics.error(status.error().code, "node " + node.name,
                              fmt::format("{}: {}", node.op, status.error().message));
        }
    }
    EMBARK_RETURN_IF_ERROR(diagnostics.status());
    return writer.finish();
}

}  // namespace embark
