#include "quantize/scales.h"

#include <algorithm>
#include <numeric>
#include <optional>

#include "ops/operands.h"

namespace embark {

namespace {

bool is_float_activation(const Graph &graph, TensorId id) {
    if (id == kNoTensor) return false;
    const Tensor &tensor = graph.tensor(id);
    return !tensor.is_constant() && tensor.type.type == DataType::kFloat32;
}

/// Tensors that must have one scale.
class Groups {
  public:
    explicit Groups(size_t count) : parents_(count) {
        std::iota(parents_.begin(), parents_.end(), 0);
    }
    size_t find(size_t i) {
        while (parents_[i] != i) i = parents_[i] = parents_[parents_[i]];
        return i;
    }
    void join(TensorId a, TensorId b) {
        parents_[find(static_cast<size_t>(a))] = find(static_cast<size_t>(b));
    }

  private:
    std::vector<size_t> parents_;
};

/// Whether \p node cuts off what its producer, a layer, makes for nobody else.
bool is_limit_of_layer(const Graph &graph, const Node &node) {
    const TensorId in = node.inputs[0];
    if (graph.is_output(in) || graph.consumers(in).size() != 1) return false;
    const int producer = graph.producer(in);
    if (producer < 0) return false;
    const Node &maker = graph.nodes[static_cast<size_t>(producer)];
    if (clamp_of(node)) return op_of(maker).has(kClampsOutput);
    const bool limits = node.op == "maximum" || node.op == "minimum";
    return limits && graph.tensor(node.inputs[1]).is_constant();
}

}  // namespace

bool keeps_scale(const Node &node) {
    constexpr std::string_view kNames[] = {
        "concat",     "depth_to_space", "expand", "gather", "global_max_pool", "maximum", "minimum",
        "reduce_max", "reduce_min",     "resize", "slice",  "space_to_depth",  "tile"};
    const OpDefinition &op = op_of(node);
    if (op.has(kPooling) || op.has(kView) || op.has(kPads) || op.has(kPermutes)) return true;
    return std::find(std::begin(kNames), std::end(kNames), node.op) != std::end(kNames);
}

Quantization prescribed_scale(const Node &node) {
    if (node.op == "softmax" || node.op == "sigmoid") return {{1.0f / 256}, {-128}, 0};
    if (node.op == "tanh" || node.op == "l2_normalize") return {{1.0f / 128}, {0}, 0};
    if (node.op == "log_softmax") return {{16.0f / 256}, {127}, 0};
    return {};
}

std::vector<Quantization> plan_scales(const Graph &graph, const std::vector<Observation> &seen,
                                      RangeMethod method) {
    Groups groups(graph.tensors.size());
    std::vector<bool> hidden(graph.tensors.size(), false);
    std::vector<Quantization> fixed(graph.tensors.size());
    for (const Node &node : graph.nodes) {
        const TensorId out = node.outputs[0];
        if (!is_float_activation(graph, out)) continue;
        fixed[static_cast<size_t>(out)] = prescribed_scale(node);
        const bool limit = is_limit_of_layer(graph, node);
        if (limit) hidden[static_cast<size_t>(node.inputs[0])] = true;
        if (!limit && !keeps_scale(node)) continue;
        for (const TensorId in : node.inputs) {
            if (!is_float_activation(graph, in)) continue;
            // A prescribed scale stays; the builder converts where it meets another.
            if (fixed[static_cast<size_t>(in)].empty()) groups.join(in, out);
        }
    }
    std::vector<std::optional<ValueRange>> ranges(graph.tensors.size());
    for (size_t i = 0; i < ranges.size(); ++i) {
        const auto id = static_cast<TensorId>(i);
        if (!is_float_activation(graph, id) || hidden[i] || seen[i].count == 0) continue;
        const bool is_input =
            std::find(graph.inputs.begin(), graph.inputs.end(), id) != graph.inputs.end();
        const ValueRange range = choose_range(seen[i], is_input ? RangeMethod::kMinMax : method);
        std::optional<ValueRange> &group = ranges[groups.find(i)];
        group = group
                    ? ValueRange{std::min(group->low, range.low), std::max(group->high, range.high)}
                    : range;
    }
    std::vector<Quantization> scales(graph.tensors.size());
    for (size_t i = 0; i < scales.size(); ++i) {
        if (!is_float_activation(graph, static_cast<TensorId>(i))) continue;
        const auto &range = ranges[groups.find(i)];
        scales[i] = !fixed[i].empty() ? fixed[i] : int8_quantization(range.value_or(ValueRange{}));
    }
    return scales;
}

}  // namespace embark
