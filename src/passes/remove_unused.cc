// A node that makes nothing that anybody reads is removed, and so are those that only served it.

#include <algorithm>

#include "ir/graph.h"

namespace embark {

int remove_unused(Graph &graph) {
    std::vector<bool> needed(graph.tensors.size(), false);
    for (const TensorId id : graph.results()) needed[static_cast<size_t>(id)] = true;
    std::vector<Node> kept;
    for (size_t i = graph.nodes.size(); i-- > 0;) {
        Node &node = graph.nodes[i];
        const bool used = std::any_of(node.outputs.begin(), node.outputs.end(),
                                      [&](TensorId id) { return needed[static_cast<size_t>(id)]; });
        if (!used) continue;
        for (const TensorId id : node.inputs) {
            if (id != kNoTensor) needed[static_cast<size_t>(id)] = true;
        }
        kept.push_back(std::move(node));
    }
    const int changes = static_cast<int>(graph.nodes.size() - kept.size());
    std::reverse(kept.begin(), kept.end());
    graph.nodes = std::move(kept);
    return changes;
}

}  // namespace embark
