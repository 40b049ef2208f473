#include <algorithm>
#include <iterator>

#include "export/onnx/writer.h"

namespace embark::onnx_file {

#define EMBARK_ONNX_WRITER(op, onnx_op, writer) Status write_##writer(const NodeContext &);
#include "export/onnx/node_writers.def"

namespace {

constexpr NodeWriterDefinition kWriters[] = {
#define EMBARK_ONNX_WRITER(op, onnx_op, writer) {#op, #onnx_op, write_##writer},
#include "export/onnx/node_writers.def"
};

}  // namespace

std::span<const NodeWriterDefinition> all_node_writers() {
    return kWriters;
}

const NodeWriterDefinition *find_node_writer(std::string_view op) {
    const auto *found = std::find_if(std::begin(kWriters), std::end(kWriters),
                                     [&](const NodeWriterDefinition &row) { return row.op == op; });
    return found == std::end(kWriters) ? nullptr : found;
}

Error not_in_format(std::string message) {
    return make_error(ErrorCode::kUnsupported, std::move(message));
}

Layout cheapest_layout(const NodeContext &c) {
    const size_t rank = c.output_type().shape.size();
    if (rank < 3) return Layout::kLast;
    bool first = false;
    for (const TensorId id : c.node.inputs) {
        if (id == kNoTensor || c.graph.tensor(id).is_constant()) continue;
        if (c.graph.tensor(id).type.shape.size() != rank) return Layout::kLast;
        if (c.writer.has(id, Layout::kLast)) return Layout::kLast;
        first = true;
    }
    return first ? Layout::kFirst : Layout::kLast;
}

}  // namespace embark::onnx_file
