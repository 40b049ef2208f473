// Layers whose weights take at most 16 values get the attribute that has them stored in 1 to 4 bits
// each: half of the flash or less, and the same outputs.

#include "ops/packed_weights.h"
#include "passes/passes.h"

namespace embark {

namespace {

constexpr int64_t kLeastWeights = 1024;  ///< fewer save less than the code for unpacking costs

}  // namespace

int pack_weights(Graph &graph) {
    int changes = 0;
    for (Node &node : graph.nodes) {
        if (node.attributes.contains(kWeightBits)) continue;
        const auto bits = packable_bits(graph, node);
        if (!bits) continue;
        if (element_count(graph.tensor(node.inputs[1]).type.shape) < kLeastWeights) continue;
        node.attributes.insert_or_assign(std::string(kWeightBits), int64_t{*bits});
        ++changes;
    }
    return changes;
}

}  // namespace embark
