// Layers whose weights take few values get the attribute that has them stored as indices of 1 to 8
// bits: half of the flash or less, and the same outputs.

#include "ops/packed_weights.h"
#include "passes/passes.h"

namespace embark {

int pack_weights(Graph &graph) {
    int changes = 0;
    for (Node &node : graph.nodes) {
        if (node.attributes.contains(kWeightBits)) continue;
        const auto bits = packable_bits(graph, node);
        if (!bits) continue;
        if (element_count(graph.tensor(node.inputs[1]).type.shape) < kLeastPackedWeights) continue;
        node.attributes.insert_or_assign(std::string(kWeightBits), int64_t{*bits});
        ++changes;
    }
    return changes;
}

}  // namespace embark
