#include <algorithm>

#include "import/onnx/graph_converter.h"

namespace embark::onnx {

void remove_dead(Graph &graph) {
    std::vector<bool> used(graph.tensors.size(), false);
    const auto mark = [&](TensorId id) {
        if (id != kNoTensor) used[static_cast<size_t>(id)] = true;
    };
    for (const TensorId id : graph.outputs) mark(id);
    std::vector<Node> kept;
    for (size_t i = graph.nodes.size(); i-- > 0;) {
        Node &node = graph.nodes[i];
        const bool live = std::any_of(node.outputs.begin(), node.outputs.end(),
                                      [&](TensorId id) { return used[static_cast<size_t>(id)]; });
        if (!live) continue;
        for (const TensorId id : node.inputs) mark(id);
        for (const TensorId id : node.outputs) mark(id);
        kept.push_back(std::move(node));
    }
    std::reverse(kept.begin(), kept.end());
    for (const TensorId id : graph.inputs) mark(id);
    std::vector<TensorId> moved(graph.tensors.size(), kNoTensor);
    std::vector<Tensor> tensors;
    for (size_t i = 0; i < graph.tensors.size(); ++i) {
        if (!used[i]) continue;
        moved[i] = static_cast<TensorId>(tensors.size());
        tensors.push_back(std::move(graph.tensors[i]));
    }
    const auto rename = [&](std::vector<TensorId> &ids) {
        for (TensorId &id : ids) {
            if (id != kNoTensor) id = moved[static_cast<size_t>(id)];
        }
    };
    for (Node &node : kept) {
        rename(node.inputs);
        rename(node.outputs);
    }
    rename(graph.inputs);
    rename(graph.outputs);
    graph.nodes = std::move(kept);
    graph.tensors = std::move(tensors);
}

}  // namespace embark::onnx
