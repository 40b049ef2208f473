#include "passes/rewrite.h"

namespace embark {

int sole_producer(const Graph &graph, TensorId tensor, int reader) {
    if (graph.is_output(tensor)) return -1;
    const std::vector<int> readers = graph.consumers(tensor);
    if (readers.size() != 1 || readers.front() != reader) return -1;
    return graph.producer(tensor);
}

void absorb_into_producer(Graph &graph, int node, int producer) {
    Node &absorbed = graph.nodes[static_cast<size_t>(node)];
    graph.nodes[static_cast<size_t>(producer)].outputs.front() = absorbed.outputs.front();
    graph.nodes.erase(graph.nodes.begin() + node);
}

}  // namespace embark
