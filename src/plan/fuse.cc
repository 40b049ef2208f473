#include "plan/fuse.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/diagnostics.h"
#include "ops/registry.h"
#include "plan/kernel.h"

namespace embark {

namespace {

/// The only reader of a tensor that nobody else needs, or -1.
int sole_consumer(const Graph &graph, TensorId tensor) {
    if (graph.is_output(tensor)) return -1;
    const std::vector<int> readers = graph.consumers(tensor);
    return readers.size() == 1 ? readers.front() : -1;
}

/// Windows that tile the map without padding or overlap can be merged pixel by pixel.
bool is_tiling_max_pool(const Node &node) {
    return node.op == "max_pool2d" &&
           node.ints_or("kernel", {1, 1}) == node.ints_or("strides", {1, 1}) &&
           node.ints_or("dilations", {1, 1}) == std::vector<int64_t>{1, 1} &&
           node.ints_or("padding", {0, 0, 0, 0}) == std::vector<int64_t>{0, 0, 0, 0};
}

/// Which fusion bit a node would need, given what is already fused; 0 if it cannot follow.
uint32_t needed_fusion(const Graph &graph, const Node &node, uint32_t used) {
    const OpDefinition &op = op_of(node);
    if (op.has(kActivation) && used == 0) return kFuseActivation;
    if (op.has(kPerChannel) && (used & (kFusePerChannel | kFuseMaxPool)) == 0) {
        for (size_t i = 1; i < node.inputs.size(); ++i) {
            if (!graph.tensor(node.inputs[i]).is_constant()) return 0;
        }
        return kFusePerChannel;
    }
    if (is_tiling_max_pool(node) && (used & kFuseMaxPool) == 0) return kFuseMaxPool;
    return 0;
}

/// A kernel without base operator spends a fusion bit on its first node.
uint32_t used_by_base(const Step &step, const Node &node) {
    if (!step.kernel->op.empty()) return 0;
    return op_of(node).has(kActivation) ? kFuseActivation : kFuseActivation | kFusePerChannel;
}

void extend(const Graph &graph, Step &step, std::vector<bool> &taken) {
    const Node &base = graph.nodes[static_cast<size_t>(step.nodes.front())];
    uint32_t used = used_by_base(step, base);
    step.fused = used;
    while (true) {
        const int next = sole_consumer(graph, step.output);
        if (next < 0) return;
        const Node &node = graph.nodes[static_cast<size_t>(next)];
        if (node.inputs.front() != step.output) return;
        const uint32_t bit = needed_fusion(graph, node, used);
        if ((step.kernel->fusion & bit) == 0) return;
        used |= bit;
        step.fused = used;
        taken[static_cast<size_t>(next)] = true;
        step.nodes.push_back(next);
        step.output = node.outputs.front();
    }
}

std::string types_of(const Graph &graph, const std::vector<TensorId> &ids) {
    std::string text;
    for (const TensorId id : ids) {
        if (id == kNoTensor) continue;
        const TensorType &type = graph.tensor(id).type;
        text += fmt::format("{}{}{}", text.empty() ? "" : ", ", to_string(type.type),
                            to_string(type.shape));
    }
    return text;
}

/// Worded as importers do for operators that they lack.
std::string no_kernel(const Graph &graph, const Node &node) {
    return fmt::format("operator {}{} has no kernel for these types (reads {}; makes {})", node.op,
                       node.source.empty() ? "" : " (" + node.source + ")",
                       types_of(graph, node.inputs), types_of(graph, node.outputs));
}

/// Whether the node that makes a state's next value may write it over the last one.
bool is_kept_in_place(const Graph &graph, const State &state) {
    const std::vector<int> readers = graph.consumers(state.before);
    const int producer = graph.producer(state.after);
    if (readers != std::vector<int>{producer}) return false;
    const Node &node = graph.nodes[static_cast<size_t>(producer)];
    if (!op_of(node).has(kKeepsState)) return false;
    for (size_t i = 1; i < node.outputs.size() && i + 3 < node.inputs.size(); ++i) {
        if (node.outputs[i] != state.after || node.inputs[i + 3] != state.before) continue;
        return std::count(node.inputs.begin(), node.inputs.end(), state.before) == 1;
    }
    return false;
}

}  // namespace

std::vector<TensorId> resolve_aliases(const Graph &graph) {
    std::vector<TensorId> alias(graph.tensors.size());
    for (size_t i = 0; i < alias.size(); ++i) alias[i] = static_cast<TensorId>(i);
    for (const State &state : graph.states) {
        if (is_kept_in_place(graph, state)) alias[static_cast<size_t>(state.after)] = state.before;
    }
    for (const Node &node : graph.nodes) {
        if (!op_of(node).has(kView)) continue;
        alias[static_cast<size_t>(node.outputs[0])] = alias[static_cast<size_t>(node.inputs[0])];
    }
    return alias;
}

Expected<std::vector<Step>> fuse_steps(const Graph &graph, const Board &board,
                                       const std::vector<TensorId> &alias, bool fuse) {
    Diagnostics diagnostics(graph.source.file_name);
    std::vector<Step> steps;
    std::vector<bool> taken(graph.nodes.size(), false);
    for (size_t i = 0; i < graph.nodes.size(); ++i) {
        const Node &node = graph.nodes[i];
        if (taken[i] || op_of(node).has(kView)) continue;
        Step step;
        step.name = node.name;
        step.nodes = {static_cast<int>(i)};
        step.output = node.outputs.front();
        step.more_outputs.assign(node.outputs.begin() + 1, node.outputs.end());
        const auto kernels = candidate_kernels(graph, node, board);
        if (kernels.empty()) {
            diagnostics.error(ErrorCode::kUnsupported, "layer " + node.name,
                              no_kernel(graph, node));
            continue;
        }
        step.kernel = kernels.front();
        for (const TensorId id : node.inputs) {
            if (id == kNoTensor || graph.tensor(id).is_constant()) continue;
            step.inputs.push_back(alias[static_cast<size_t>(id)]);
        }
        if (fuse && step.more_outputs.empty()) extend(graph, step, taken);
        steps.push_back(std::move(step));
    }
    EMBARK_RETURN_IF_ERROR(diagnostics.status());
    return steps;
}

}  // namespace embark
