#include "ops/packed_weights.h"
#include "ops/registry.h"
#include "plan/kernel.h"

namespace embark {

#define KERNEL(function, op, type, isa, source, fusion, prefix)                        \
    bool accepts_##prefix(const Graph &graph, const Node &node);                       \
    std::optional<RowMap> rows_##prefix(const Graph &graph, const Step &step);         \
    int64_t useful_scratch_##prefix(const Graph &graph, const Step &step);             \
    int64_t cycles_##prefix(const Graph &graph, const Step &step, const Board &board); \
    LoweredStep lower_##prefix(const Graph &graph, const Step &step);
#define SCRATCH_KERNEL(function, op, type, isa, source, fusion, prefix) \
    KERNEL(function, op, type, isa, source, fusion, prefix)             \
    int64_t needed_scratch_##prefix(const Graph &graph, const Step &step);
#define OVERLAP_KERNEL(function, op, type, isa, source, fusion, prefix) \
    SCRATCH_KERNEL(function, op, type, isa, source, fusion, prefix)     \
    std::optional<InputOverlap> overlap_##prefix(const Graph &graph, const Step &step);
#include "plan/kernels.def"
#undef OVERLAP_KERNEL
#undef SCRATCH_KERNEL
#undef KERNEL

namespace {

#define ROW(function, op, type, isa, source, fusion, prefix, needed_scratch, overlap) \
    KernelDefinition{#function,                                                       \
                     op,                                                              \
                     DataType::type,                                                  \
                     isa,                                                             \
                     source,                                                          \
                     fusion,                                                          \
                     accepts_##prefix,                                                \
                     rows_##prefix,                                                   \
                     useful_scratch_##prefix,                                         \
                     needed_scratch,                                                  \
                     overlap,                                                         \
                     cycles_##prefix,                                                 \
                     lower_##prefix},
#define KERNEL(function, op, type, isa, source, fusion, prefix) \
    ROW(function, op, type, isa, source, fusion, prefix, nullptr, nullptr)
#define SCRATCH_KERNEL(function, op, type, isa, source, fusion, prefix) \
    ROW(function, op, type, isa, source, fusion, prefix, needed_scratch_##prefix, nullptr)
#define OVERLAP_KERNEL(function, op, type, isa, source, fusion, prefix) \
    ROW(function, op, type, isa, source, fusion, prefix, needed_scratch_##prefix, overlap_##prefix)
constexpr KernelDefinition kKernels[] = {
#include "plan/kernels.def"
};
#undef OVERLAP_KERNEL
#undef SCRATCH_KERNEL
#undef KERNEL
#undef ROW

bool board_has(const Board &board, std::string_view isa) {
    if (isa.empty()) return true;
    return isa == "dsp" && board.dsp;
}

/// Those of kernels.def that take the node, and read packed weights or do not.
std::vector<const KernelDefinition *> rows_for(const Graph &graph, const Node &node,
                                               const Board &board, bool packed) {
    std::vector<const KernelDefinition *> candidates;
    const DataType type = graph.tensor(node.outputs.front()).type.type;
    for (const KernelDefinition &kernel : kKernels) {
        if (kernel.type != type || !board_has(board, kernel.isa)) continue;
        if (((kernel.fusion & kPackedWeights) != 0) != packed) continue;
        const bool takes_any =
            kernel.op.empty() && (op_of(node).has(kActivation) || op_of(node).has(kPerChannel));
        if (kernel.op != node.op && !takes_any) continue;
        if (kernel.accepts(graph, node)) candidates.push_back(&kernel);
    }
    return candidates;
}

}  // namespace

std::span<const KernelDefinition> all_kernels() {
    return kKernels;
}

std::vector<const KernelDefinition *> candidate_kernels(const Graph &graph, const Node &node,
                                                        const Board &board) {
    // Weights are marked for packing to save flash: no other kernel may undo that.
    if (node.attributes.contains(kWeightBits)) {
        auto packed = rows_for(graph, node, board, true);
        if (!packed.empty()) return packed;
    }
    auto candidates = rows_for(graph, node, board, false);
    if (const KernelDefinition *portable = select_portable_kernel(graph, node)) {
        candidates.push_back(portable);
    }
    return candidates;
}

}  // namespace embark
