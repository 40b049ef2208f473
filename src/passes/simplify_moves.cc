// Transpositions and reshapes that do nothing together, or alone: what converters between layouts
// leave behind. A transpose of a transpose is one; one that only moves axes of extent 1 is a
// reshape; a reshape of a reshape is one; what changes nothing goes.

#include "ops/registry.h"
#include "passes/rewrite.h"

namespace embark {

namespace {

const Node *maker(const Graph &graph, TensorId tensor) {
    const int producer = graph.producer(tensor);
    return producer < 0 ? nullptr : &graph.nodes[static_cast<size_t>(producer)];
}

bool is_identity(const std::vector<int64_t> &perm) {
    for (size_t i = 0; i < perm.size(); ++i) {
        if (perm[i] != static_cast<int64_t>(i)) return false;
    }
    return true;
}

/// Whether the axes longer than 1 keep their order.
bool keeps_order(const std::vector<int64_t> &perm, const Shape &in) {
    int64_t last = -1;
    for (const int64_t axis : perm) {
        if (in[static_cast<size_t>(axis)] == 1) continue;
        if (axis < last) return false;
        last = axis;
    }
    return true;
}

/// Reads through a transpose: its perm becomes the product of both.
bool join_transposes(Graph &graph, Node &node) {
    const Node *before = maker(graph, node.inputs[0]);
    if (before == nullptr || !op_of(*before).has(kPermutes)) return false;
    const auto inner = before->ints_or("perm", {}), outer = node.ints_or("perm", {});
    std::vector<int64_t> perm;
    for (const int64_t axis : outer) perm.push_back(inner[static_cast<size_t>(axis)]);
    node.attributes["perm"] = perm;
    node.inputs[0] = before->inputs[0];
    return true;
}

bool join_views(const Graph &graph, Node &node) {
    const Node *before = maker(graph, node.inputs[0]);
    if (before == nullptr || !op_of(*before).has(kView)) return false;
    node.inputs[0] = before->inputs[0];
    return true;
}

bool to_view(const Graph &graph, Node &node) {
    const Shape &in = graph.tensor(node.inputs[0]).type.shape;
    if (!keeps_order(node.ints_or("perm", {}), in)) return false;
    node.op = "reshape";
    node.attributes = {{"shape", graph.tensor(node.outputs[0]).type.shape}};
    return true;
}

/// Lets the readers of a node that changes nothing read its input.
bool bypass(Graph &graph, const Node &node) {
    const TensorId from = node.outputs[0], to = node.inputs[0];
    if (graph.is_output(from)) return false;
    const OpDefinition &op = op_of(node);
    const TensorType &in = graph.tensor(to).type, &out = graph.tensor(from).type;
    const bool same = op.has(kPermutes) ? is_identity(node.ints_or("perm", {}))
                                        : op.has(kView) && in.shape == out.shape;
    if (!same || in.type != out.type || !(in.quantization == out.quantization)) return false;
    bool changed = false;
    for (Node &reader : graph.nodes) {
        for (TensorId &id : reader.inputs) {
            if (id != from) continue;
            id = to;
            changed = true;
        }
    }
    return changed;
}

}  // namespace

int simplify_moves(Graph &graph) {
    int changes = 0;
    for (Node &node : graph.nodes) {
        const OpDefinition &op = op_of(node);
        if (op.has(kPermutes)) {
            while (join_transposes(graph, node)) ++changes;
            if (!is_identity(node.ints_or("perm", {})) && to_view(graph, node)) ++changes;
        }
        if (op_of(node).has(kView)) {
            while (join_views(graph, node)) ++changes;
        }
        if (bypass(graph, node)) ++changes;
    }
    return changes;
}

}  // namespace embark
