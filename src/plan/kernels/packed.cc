// Layers with packed weights (ops/packed_weights.h).

#include "ops/packed_weights.h"

#include "plan/kernels/lowering.h"

namespace embark {

namespace {

PortableCall call_of(const Graph &graph, const Step &step) {
    auto call = packed_call(graph, base_node(graph, step));
    EMBARK_ASSERT(call.ok());
    return std::move(call).value();
}

}  // namespace

bool accepts_packed(const Graph &graph, const Node &node) {
    return node.attributes.contains(kWeightBits) && has_constant_operands(graph, node, 1) &&
           packed_call(graph, node).ok();
}

std::optional<RowMap> rows_packed(const Graph &, const Step &) {
    return std::nullopt;
}

int64_t useful_scratch_packed(const Graph &, const Step &) {
    return 0;
}

int64_t needed_scratch_packed(const Graph &graph, const Step &step) {
    return call_of(graph, step).scratch_bytes;
}

int64_t cycles_packed(const Graph &graph, const Step &step, const Board &) {
    return call_of(graph, step).cycles;
}

LoweredStep lower_packed(const Graph &graph, const Step &step) {
    return lower_portable(graph, step, call_of(graph, step));
}

}  // namespace embark
