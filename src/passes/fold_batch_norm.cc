// Batch normalisation y = s*(w*x + b) + t, right behind a layer with weights, is the layer
// w' = s*w, b' = s*b + t. Computed in double and rounded once.

#include "ops/registry.h"
#include "passes/rewrite.h"

namespace embark {

namespace {

/// Weights with each output channel multiplied by its scale.
std::vector<float> scale_channels(const Tensor &weights, std::span<const float> scale,
                                  bool channels_last) {
    const auto values = weights.values<float>();
    const size_t per_channel = values.size() / scale.size();
    std::vector<float> scaled(values.size());
    for (size_t i = 0; i < values.size(); ++i) {
        const size_t channel = channels_last ? i % scale.size() : i / per_channel;
        scaled[i] = static_cast<float>(static_cast<double>(values[i]) * scale[channel]);
    }
    return scaled;
}

bool can_fold(const Graph &graph, const Node &layer, const Node &norm) {
    const OpDefinition &op = op_of(layer);
    if (!op.has(kHasWeights) || op.has(kElementwise)) return false;
    for (size_t i = 1; i < layer.inputs.size(); ++i) {
        if (layer.inputs[i] == kNoTensor) continue;
        const Tensor &tensor = graph.tensor(layer.inputs[i]);
        // Shared weights must stay as the other layer knows them.
        if (!tensor.is_constant() || tensor.type.type != DataType::kFloat32) return false;
    }
    return graph.tensor(norm.inputs[1]).is_constant() && graph.tensor(norm.inputs[2]).is_constant();
}

void fold(Graph &graph, int layer_index, int norm_index) {
    const Node norm = graph.nodes[static_cast<size_t>(norm_index)];
    Node &layer = graph.nodes[static_cast<size_t>(layer_index)];
    const auto scale = graph.tensor(norm.inputs[1]).values<float>();
    const auto shift = graph.tensor(norm.inputs[2]).values<float>();
    const Tensor &weights = graph.tensor(layer.inputs[1]);
    const std::vector<float> scaled =
        scale_channels(weights, scale, op_of(layer).has(kOutputChannelLast));
    std::vector<float> bias(scale.size(), 0.0f);
    const bool has_bias = layer.inputs.size() > 2 && layer.inputs[2] != kNoTensor;
    for (size_t c = 0; c < bias.size(); ++c) {
        const double old = has_bias ? graph.tensor(layer.inputs[2]).values<float>()[c] : 0.0;
        bias[c] = static_cast<float>(old * scale[c] + shift[c]);
    }
    const std::string weights_name = weights.name;
    const Shape weights_shape = weights.type.shape;
    const auto channels = static_cast<int64_t>(bias.size());
    // New tensors: another layer may share the old ones.
    const TensorId new_weights = graph.add_constant(weights_name, weights_shape, scaled);
    const TensorId new_bias = graph.add_constant(layer.name + "/bias", {channels}, bias);
    layer.inputs.resize(3);
    layer.inputs[1] = new_weights;
    layer.inputs[2] = new_bias;
    absorb_into_producer(graph, norm_index, layer_index);
}

}  // namespace

int fold_batch_norm(Graph &graph) {
    int changes = 0;
    for (int i = 0; i < static_cast<int>(graph.nodes.size()); ++i) {
        const Node &norm = graph.nodes[static_cast<size_t>(i)];
        if (!op_of(norm).has(kPerChannel)) continue;
        const int producer = sole_producer(graph, norm.inputs.front(), i);
        if (producer < 0 || !can_fold(graph, graph.nodes[static_cast<size_t>(producer)], norm)) {
            continue;
        }
        fold(graph, producer, i);
        ++changes;
        --i;
    }
    return changes;
}

}  // namespace embark
