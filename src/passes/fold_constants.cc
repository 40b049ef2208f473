// A node whose inputs are all constants is computed now: shape arithmetic of exporters, weights
// that are stored in another type, reshaped filters.

#include "ops/registry.h"

namespace embark {

namespace {

/// A folded constant may not be this many times larger than what it is made of, or flash explodes.
constexpr size_t kMostGrowth = 4;
constexpr size_t kFreeBytes = 64;

bool can_fold(const Graph &graph, const Node &node) {
    size_t before = kFreeBytes, after = 0;
    for (const TensorId id : node.inputs) {
        if (id == kNoTensor) continue;
        if (!graph.tensor(id).is_constant()) return false;
        before += graph.tensor(id).type.bytes() * kMostGrowth;
    }
    for (const TensorId id : node.outputs) {
        if (graph.is_output(id)) return false;
        after += graph.tensor(id).type.bytes();
    }
    return !node.inputs.empty() && after <= before;
}

bool fold(Graph &graph, const Node &node) {
    std::vector<ConstTensorView> inputs;
    std::vector<Bytes> made;
    std::vector<TensorView> outputs;
    for (const TensorId id : node.inputs) {
        if (id == kNoTensor) {
            inputs.push_back({});
        } else {
            inputs.push_back({&graph.tensor(id).type, graph.tensor(id).data->data()});
        }
    }
    made.reserve(node.outputs.size());
    for (const TensorId id : node.outputs) {
        made.emplace_back(graph.tensor(id).type.bytes());
        outputs.push_back({&graph.tensor(id).type, made.back().data()});
    }
    if (!op_of(node).evaluate(node, inputs, outputs).ok()) return false;
    for (size_t i = 0; i < made.size(); ++i) {
        graph.tensor(node.outputs[i]).data = std::make_shared<const Bytes>(std::move(made[i]));
    }
    return true;
}

}  // namespace

int fold_constants(Graph &graph) {
    int changes = 0;
    std::vector<Node> kept;
    // In order of execution, so that what a folded node made counts as a constant.
    for (Node &node : graph.nodes) {
        if (can_fold(graph, node) && fold(graph, node)) {
            ++changes;
        } else {
            kept.push_back(std::move(node));
        }
    }
    graph.nodes = std::move(kept);
    return changes;
}

}  // namespace embark
