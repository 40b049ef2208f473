#include "ops/registry.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/diagnostics.h"
#include "ops/families.h"
#include "ops/operands.h"

namespace embark {

namespace {

constexpr OpDefinition kOps[] = {
#define EMBARK_OP(name, traits, family) \
    {#name, traits, infer_##family, evaluate_##family, macc_##family, nullptr},
#define EMBARK_PORTABLE_OP(name, traits, family) \
    {#name, traits, infer_##family, evaluate_portable, macc_##family, portable_##family},
#define EMBARK_MIXED_OP(name, traits, family) \
    {#name, traits, infer_##family, evaluate_##family, macc_##family, portable_##family},
#include "ops/ops.def"
};

/// ops.def is grouped by family; lookups want names in order.
const std::vector<OpDefinition> &sorted_ops() {
    static const std::vector<OpDefinition> sorted = [] {
        std::vector<OpDefinition> ops(std::begin(kOps), std::end(kOps));
        std::sort(ops.begin(), ops.end(),
                  [](const OpDefinition &a, const OpDefinition &b) { return a.name < b.name; });
        return ops;
    }();
    return sorted;
}

std::string type_text(const TensorType &type) {
    return fmt::format("{} {}", to_string(type.type), to_string(type.shape));
}

Expected<std::vector<TensorType>> infer_types(const Graph &graph, const Node &node) {
    const OpDefinition *op = find_op(node.op);
    if (op == nullptr) {
        return make_error(ErrorCode::kUnsupported, fmt::format("unknown operator '{}'", node.op));
    }
    auto types = op->infer(graph, node);
    if (!types.ok()) return types;
    for (const TensorType &type : *types) {
        EMBARK_RETURN_IF_ERROR(check_extents(type.shape, "output"));
    }
    return types;
}

void verify_node(const Graph &graph, const Node &node, Diagnostics &diagnostics) {
    const std::string place = "node " + node.name;
    const auto types = infer_types(graph, node);
    if (!types.ok()) {
        Error error = types.error();
        error.location = {graph.source.file_name, place};
        diagnostics.error(std::move(error));
        return;
    }
    if (types->size() != node.outputs.size()) {
        diagnostics.error(
            ErrorCode::kInvalid, place,
            fmt::format("has {} outputs, expected {}", node.outputs.size(), types->size()));
        return;
    }
    for (size_t i = 0; i < types->size(); ++i) {
        const TensorType &found = graph.tensor(node.outputs[i]).type;
        const TensorType &expected = (*types)[i];
        if (found.type == expected.type && found.shape == expected.shape) continue;
        diagnostics.error(
            ErrorCode::kInvalid, place,
            fmt::format("output {} is {}, expected {}", i, type_text(found), type_text(expected)));
    }
}

/// Where every tensor's bytes lie while a graph is evaluated.
class Storage {
  public:
    Storage(const Graph &graph, std::span<const Bytes> inputs, const StateBytes &state)
        : graph_(graph), made_(graph.tensors.size()), at_(graph.tensors.size(), nullptr) {
        for (size_t i = 0; i < graph.tensors.size(); ++i) {
            if (graph.tensors[i].is_constant()) at_[i] = graph.tensors[i].data->data();
        }
        for (size_t i = 0; i < inputs.size(); ++i) at_[index(graph.inputs[i])] = inputs[i].data();
        for (size_t i = 0; i < state.size(); ++i) {
            at_[index(graph.states[i].before)] = state[i].data();
        }
    }

    ConstTensorView read(TensorId id) const {
        if (id == kNoTensor) return {};
        return {&graph_.tensor(id).type, at_[index(id)]};
    }
    TensorView make(TensorId id) {
        Bytes &bytes = made_[index(id)];
        bytes.resize(graph_.tensor(id).type.bytes());
        at_[index(id)] = bytes.data();
        return {&graph_.tensor(id).type, bytes.data()};
    }
    /// Frees what a node made; inputs and constants belong to others.
    void release(TensorId id) { Bytes().swap(made_[index(id)]); }
    std::vector<Bytes> take_made() { return std::move(made_); }

  private:
    static size_t index(TensorId id) { return static_cast<size_t>(id); }
    const Graph &graph_;
    std::vector<Bytes> made_;
    std::vector<const uint8_t *> at_;
};

/// For every tensor the last node that reads it; -1 for none, the number of nodes for outputs.
std::vector<int> last_uses(const Graph &graph) {
    std::vector<int> last(graph.tensors.size(), -1);
    for (size_t i = 0; i < graph.nodes.size(); ++i) {
        for (const TensorId id : graph.nodes[i].inputs) {
            if (id != kNoTensor) last[static_cast<size_t>(id)] = static_cast<int>(i);
        }
    }
    for (const TensorId id : graph.results()) {
        last[static_cast<size_t>(id)] = static_cast<int>(graph.nodes.size());
    }
    return last;
}

Status check_input_bytes(const Graph &graph, std::span<const Bytes> inputs) {
    if (inputs.size() != graph.inputs.size()) {
        return make_error(ErrorCode::kInvalid,
                          fmt::format("{} inputs given, the network '{}' has {}", inputs.size(),
                                      graph.name, graph.inputs.size()));
    }
    for (size_t i = 0; i < inputs.size(); ++i) {
        const Tensor &tensor = graph.tensor(graph.inputs[i]);
        if (inputs[i].size() == tensor.type.bytes()) continue;
        return make_error(ErrorCode::kInvalid, Location{"", "input " + tensor.name},
                          fmt::format("has {} bytes, expected {} for {}", inputs[i].size(),
                                      tensor.type.bytes(), type_text(tensor.type)));
    }
    return Ok{};
}

Status run_node(const Node &node, Storage &storage) {
    std::vector<ConstTensorView> inputs;
    std::vector<TensorView> outputs;
    for (const TensorId id : node.inputs) inputs.push_back(storage.read(id));
    for (const TensorId id : node.outputs) outputs.push_back(storage.make(id));
    return op_of(node).evaluate(node, inputs, outputs);
}

/// A state begins with one byte everywhere (initial_state()).
void check_states(const Graph &graph, Diagnostics &diagnostics) {
    for (const State &state : graph.states) {
        const Tensor &tensor = graph.tensor(state.before);
        const Quantization &q = tensor.type.quantization;
        const bool same = std::all_of(q.zero_points.begin(), q.zero_points.end(),
                                      [&](int32_t zero) { return zero == q.zero_points[0]; });
        if (q.empty() || (same && (q.zero_points[0] == 0 || size_of(tensor.type.type) == 1))) {
            continue;
        }
        diagnostics.error(ErrorCode::kUnsupported, "state " + tensor.name,
                          "has a zero point of more than eight bits, expected 0");
    }
}

}  // namespace

std::span<const OpDefinition> all_ops() {
    return sorted_ops();
}

const OpDefinition *find_op(std::string_view name) {
    const std::vector<OpDefinition> &ops = sorted_ops();
    const auto found = std::lower_bound(
        ops.begin(), ops.end(), name,
        [](const OpDefinition &op, std::string_view wanted) { return op.name < wanted; });
    return found != ops.end() && found->name == name ? &*found : nullptr;
}

const OpDefinition &op_of(const Node &node) {
    const OpDefinition *op = find_op(node.op);
    EMBARK_ASSERT(op != nullptr);
    return *op;
}

Status verify(const Graph &graph) {
    EMBARK_RETURN_IF_ERROR(verify_structure(graph));
    Diagnostics diagnostics(graph.source.file_name);
    check_states(graph, diagnostics);
    for (const Node &node : graph.nodes) verify_node(graph, node, diagnostics);
    return diagnostics.status();
}

Expected<TensorId> append_node(Graph &graph, Node node) {
    auto types = infer_types(graph, node);
    if (!types.ok()) {
        Error error = std::move(types).error();
        error.location = {graph.source.file_name, "node " + node.name};
        return error;
    }
    node.outputs.clear();
    for (size_t i = 0; i < types->size(); ++i) {
        std::string name = i == 0 ? node.name : fmt::format("{}:{}", node.name, i);
        node.outputs.push_back(graph.add_activation(std::move(name), std::move((*types)[i])));
    }
    const TensorId first = node.outputs[0];
    graph.nodes.push_back(std::move(node));
    return first;
}

StateBytes initial_state(const Graph &graph) {
    StateBytes states;
    for (const State &state : graph.states) {
        const TensorType &type = graph.tensor(state.before).type;
        const Quantization &q = type.quantization;
        // Only eight-bit states have zero points other than 0 (check_states()).
        states.emplace_back(type.bytes(), static_cast<uint8_t>(q.empty() ? 0 : q.zero_points[0]));
    }
    return states;
}

Expected<std::vector<Bytes>> evaluate(const Graph &graph, std::span<const Bytes> inputs,
                                      std::vector<Bytes> *tensors, StateBytes *state) {
    EMBARK_RETURN_IF_ERROR(check_input_bytes(graph, inputs));
    const std::vector<int> last = last_uses(graph);
    const StateBytes before = state != nullptr ? *state : initial_state(graph);
    EMBARK_ASSERT(before.size() == graph.states.size());
    Storage storage(graph, inputs, before);
    for (size_t i = 0; i < graph.nodes.size(); ++i) {
        EMBARK_RETURN_IF_ERROR(run_node(graph.nodes[i], storage));
        if (tensors != nullptr) continue;
        for (const TensorId id : graph.nodes[i].inputs) {
            if (id != kNoTensor && last[static_cast<size_t>(id)] == static_cast<int>(i)) {
                storage.release(id);
            }
        }
    }
    std::vector<Bytes> outputs;
    for (const TensorId id : graph.outputs) {
        const ConstTensorView view = storage.read(id);
        outputs.emplace_back(view.data, view.data + view.type->bytes());
    }
    for (size_t i = 0; state != nullptr && i < state->size(); ++i) {
        const ConstTensorView view = storage.read(graph.states[i].after);
        (*state)[i].assign(view.data, view.data + view.type->bytes());
    }
    if (tensors != nullptr) {
        *tensors = storage.take_made();
        for (size_t i = 0; i < inputs.size(); ++i) {
            (*tensors)[static_cast<size_t>(graph.inputs[i])] = inputs[i];
        }
    }
    return outputs;
}

}  // namespace embark
