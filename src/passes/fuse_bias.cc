// A constant per channel that is added right after a layer with weights is the layer's bias, which
// it adds last anyway: the same bits, or one rounding less where the layer has a bias already. A
// reshape that leaves the channels alone may stand between, as exporters write it around matrix
// products.

#include "ops/registry.h"
#include "passes/rewrite.h"

namespace embark {

namespace {

/// The addend of node \p add for each of \p channels; empty when it is none of that kind.
std::vector<float> addend_of(const Graph &graph, const Node &add, int64_t channels) {
    if (add.inputs.size() != 2) return {};
    const Tensor &tensor = graph.tensor(add.inputs[1]);
    const Shape &shape = tensor.type.shape;
    if (!tensor.is_constant() || tensor.type.type != DataType::kFloat32) return {};
    const int64_t count = element_count(shape);
    const bool one_axis = count == 1 || (!shape.empty() && shape.back() == count);
    if (!one_axis || (count != 1 && count != channels)) return {};
    const auto values = tensor.values<float>();
    if (count == channels) return {values.begin(), values.end()};
    return std::vector<float>(static_cast<size_t>(channels), values[0]);
}

/// The layer with weights behind \p tensor, seen through reshapes that keep the last axis, all of
/// which nobody but \p reader needs; -1 when there is none.
int layer_behind(const Graph &graph, TensorId tensor, int reader) {
    const auto channels = [&](TensorId id) {
        const Shape &shape = graph.tensor(id).type.shape;
        return shape.empty() ? 0 : shape.back();
    };
    int producer = sole_producer(graph, tensor, reader);
    while (producer >= 0) {
        const Node &node = graph.nodes[static_cast<size_t>(producer)];
        const OpDefinition &op = op_of(node);
        if (op.has(kHasWeights) && !op.has(kElementwise)) return producer;
        if (!op.has(kView) || channels(node.inputs[0]) != channels(node.outputs[0])) return -1;
        producer = sole_producer(graph, node.inputs[0], producer);
    }
    return -1;
}

/// Gives the layer \p addend, or that and its own bias.
bool add_bias(Graph &graph, Node &layer, const std::vector<float> &addend) {
    std::vector<float> bias = addend;
    if (layer.inputs.size() > 2 && layer.inputs[2] != kNoTensor) {
        const Tensor &own = graph.tensor(layer.inputs[2]);
        if (!own.is_constant() || own.type.type != DataType::kFloat32) return false;
        const auto values = own.values<float>();
        if (values.size() != bias.size()) return false;
        for (size_t i = 0; i < bias.size(); ++i) {
            bias[i] = static_cast<float>(static_cast<double>(bias[i]) + values[i]);
        }
    }
    const auto channels = static_cast<int64_t>(bias.size());
    layer.inputs.resize(3);
    layer.inputs[2] = graph.add_constant(layer.name + "/bias", {channels}, bias);
    return true;
}

}  // namespace

int fuse_bias(Graph &graph) {
    int changes = 0;
    for (int i = 0; i < static_cast<int>(graph.nodes.size()); ++i) {
        Node &add = graph.nodes[static_cast<size_t>(i)];
        if (add.op != "add") continue;
        if (graph.tensor(add.inputs[0]).is_constant()) std::swap(add.inputs[0], add.inputs[1]);
        const TensorType &made = graph.tensor(add.outputs[0]).type;
        if (made.type != DataType::kFloat32 || made.shape.empty()) continue;
        if (graph.tensor(add.inputs[0]).type.shape != made.shape) continue;  // it spreads
        const int layer = layer_behind(graph, add.inputs[0], i);
        if (layer < 0) continue;
        const std::vector<float> addend = addend_of(graph, add, made.shape.back());
        if (addend.empty()) continue;
        if (!add_bias(graph, graph.nodes[static_cast<size_t>(layer)], addend)) continue;
        absorb_into_producer(graph, i, graph.producer(add.inputs[0]));
        ++changes;
        --i;
    }
    return changes;
}

}  // namespace embark
