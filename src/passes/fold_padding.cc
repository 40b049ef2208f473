// A pad node with zeros on rows and columns before a convolution is the convolution's own padding.

#include "ops/pad/pad.h"
#include "ops/registry.h"
#include "passes/rewrite.h"

namespace embark {

namespace {

/// The value is as it is stored, where the zero point stands for 0.
bool surrounds_with_zero(const Graph &graph, const Node &node) {
    const Quantization &quantization = graph.tensor(node.inputs[0]).type.quantization;
    const double zero = quantization.empty() ? 0.0 : quantization.zero_points.front();
    return pads_with_constant(node) && node.float_or("value", 0.0) == zero;
}

bool pads_rows_and_columns_with_zero(const Graph &graph, const Node &node) {
    const auto before = node.ints_or("before", {}), after = node.ints_or("after", {});
    return op_of(node).has(kPads) && graph.tensor(node.inputs[0]).type.shape.size() == 4 &&
           before.size() == 4 && after.size() == 4 && before[0] == 0 && after[0] == 0 &&
           before[3] == 0 && after[3] == 0 && surrounds_with_zero(graph, node);
}

}  // namespace

int fold_padding(Graph &graph) {
    int changes = 0;
    for (int i = 0; i < static_cast<int>(graph.nodes.size()); ++i) {
        Node &layer = graph.nodes[static_cast<size_t>(i)];
        const OpDefinition &op = op_of(layer);
        // Pooling leaves its padding out of the window, so only layers with weights qualify.
        if (!op.has(kWindowed) || !op.has(kHasWeights)) continue;
        const int producer = sole_producer(graph, layer.inputs.front(), i);
        if (producer < 0) continue;
        const Node &pad = graph.nodes[static_cast<size_t>(producer)];
        if (!pads_rows_and_columns_with_zero(graph, pad)) continue;
        const auto before = pad.ints_or("before", {}), after = pad.ints_or("after", {});
        std::vector<int64_t> padding = layer.ints_or("padding", {0, 0, 0, 0});
        padding[0] += before[1];
        padding[1] += after[1];
        padding[2] += before[2];
        padding[3] += after[2];
        layer.attributes["padding"] = padding;
        layer.inputs.front() = pad.inputs.front();
        graph.nodes.erase(graph.nodes.begin() + producer);
        ++changes;
        --i;
    }
    return changes;
}

}  // namespace embark
