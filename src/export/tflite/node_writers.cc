#include <algorithm>
#include <iterator>

#include "export/tflite/writer.h"

namespace embark::tflite {

#define EMBARK_NODE_WRITER(op, writer, takes_activation) Status write_##writer(const NodeContext &);
#include "export/tflite/node_writers.def"

namespace {

constexpr NodeWriterDefinition kWriters[] = {
#define EMBARK_NODE_WRITER(op, writer, takes_activation) {#op, write_##writer, takes_activation},
#include "export/tflite/node_writers.def"
};

}  // namespace

const NodeWriterDefinition *find_node_writer(std::string_view op) {
    const auto *found = std::find_if(std::begin(kWriters), std::end(kWriters),
                                     [&](const NodeWriterDefinition &row) { return row.op == op; });
    return found == std::end(kWriters) ? nullptr : found;
}

size_t node_writer_count() {
    return std::size(kWriters);
}

}  // namespace embark::tflite
