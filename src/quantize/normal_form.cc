#include "quantize/normal_form.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "ops/operands.h"

namespace embark {

namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

struct Affine {
    std::vector<float> scale, shift;
};

Affine affine_of(const Graph &graph, const Node &norm) {
    const auto scale = graph.tensor(norm.inputs[1]).values<float>();
    const auto shift = graph.tensor(norm.inputs[2]).values<float>();
    return {{scale.begin(), scale.end()}, {shift.begin(), shift.end()}};
}

bool has_float_constants(const Graph &graph, const Node &node) {
    for (size_t i = 1; i < node.inputs.size(); ++i) {
        if (node.inputs[i] == kNoTensor) continue;
        const Tensor &tensor = graph.tensor(node.inputs[i]);
        if (!tensor.is_constant() || tensor.type.type != DataType::kFloat32) return false;
    }
    return true;
}

/// The node that makes \p tensor when nobody else reads it.
const Node *only_source(const Graph &graph, TensorId tensor) {
    if (graph.is_output(tensor) || graph.consumers(tensor).size() != 1) return nullptr;
    const int producer = graph.producer(tensor);
    return producer < 0 ? nullptr : &graph.nodes[static_cast<size_t>(producer)];
}

bool is_layer(const Graph &graph, const Node &node) {
    const OpDefinition &op = op_of(node);
    return op.has(kHasWeights) && !op.has(kElementwise) && has_float_constants(graph, node);
}

/// Writes the rewritten network node by node.
class Rewriter {
  public:
    explicit Rewriter(const Graph &graph) : graph_(graph) {
        // The clamps and layers that a batch normalisation takes with it.
        for (const Node &node : graph.nodes) {
            if (!op_of(node).has(kPerChannel) || !has_float_constants(graph, node)) continue;
            const Node *clamp = only_source(graph, node.inputs[0]);
            if (clamp == nullptr || !clamp_of(*clamp)) continue;
            const Node *layer = only_source(graph, clamp->inputs[0]);
            if (layer == nullptr || !is_layer(graph, *layer)) continue;
            absorbed_[layer] = absorbed_[clamp] = true;
            chains_[&node] = {layer, clamp};
        }
    }

    Expected<int> run() {
        result_ = graph_;
        result_.nodes.clear();
        int changes = 0;
        for (const Node &node : graph_.nodes) {
            if (absorbed_.contains(&node)) continue;
            if (!op_of(node).has(kPerChannel) || !has_float_constants(graph_, node)) {
                result_.nodes.push_back(node);
                continue;
            }
            ++changes;
            const auto chain = chains_.find(&node);
            EMBARK_RETURN_IF_ERROR(chain != chains_.end()
                                       ? fold(*chain->second.layer, *chain->second.clamp, node)
                                       : replace(node));
        }
        return changes;
    }

    Graph take() { return std::move(result_); }

  private:
    struct Chain {
        const Node *layer, *clamp;
    };

    /// Appends \p node, whose result is \p output when one is given.
    Expected<TensorId> append(Node node, TensorId output) {
        EMBARK_ASSIGN(const TensorId made, append_node(result_, std::move(node)));
        if (output == kNoTensor) return made;
        result_.nodes.back().outputs[0] = output;
        return output;
    }

    Status fold(const Node &layer, const Node &clamp, const Node &norm) {
        const Affine affine = affine_of(graph_, norm);
        Node folded = layer;
        folded.inputs.resize(3, kNoTensor);
        const bool has_bias = folded.inputs[2] != kNoTensor;
        std::vector<float> bias(affine.scale.size());
        for (size_t c = 0; c < bias.size(); ++c) {
            const double old = has_bias ? graph_.tensor(layer.inputs[2]).values<float>()[c] : 0.0;
            bias[c] = static_cast<float>(old * affine.scale[c] + affine.shift[c]);
        }
        folded.inputs[1] = scaled_weights(layer, affine.scale);
        folded.inputs[2] =
            result_.add_constant(layer.name + "/bias", {static_cast<int64_t>(bias.size())}, bias);
        EMBARK_ASSIGN(TensorId value, append(std::move(folded), kNoTensor));

        const Clamp limits = *clamp_of(clamp);
        std::vector<float> floors, ceilings;
        for (size_t c = 0; c < bias.size(); ++c) {
            const double s = affine.scale[c], t = affine.shift[c];
            // 0 * infinity is no limit, but the value is t whatever x is.
            const double a = s == 0 ? t : s * limits.low + t, b = s == 0 ? t : s * limits.high + t;
            floors.push_back(static_cast<float>(std::min(a, b)));
            ceilings.push_back(static_cast<float>(std::max(a, b)));
        }
        const auto bounds = [&](const std::vector<float> &values) {
            return std::any_of(values.begin(), values.end(),
                               [](float v) { return std::isfinite(v); });
        };
        const bool has_ceiling = bounds(ceilings);
        if (bounds(floors)) {
            EMBARK_ASSIGN(value, limit("maximum", clamp.name, value, floors,
                                       has_ceiling ? kNoTensor : norm.outputs[0]));
        }
        if (has_ceiling) {
            EMBARK_ASSIGN(value, limit("minimum", norm.name, value, ceilings, norm.outputs[0]));
        }
        return Ok{};
    }

    Expected<TensorId> limit(const std::string &op, const std::string &name, TensorId value,
                             const std::vector<float> &limits, TensorId output) {
        Node node;
        node.op = op;
        node.name = name;
        node.source = op;
        node.inputs = {value, result_.add_constant(name + "/limit",
                                                   {static_cast<int64_t>(limits.size())}, limits)};
        return append(std::move(node), output);
    }

    TensorId scaled_weights(const Node &layer, const std::vector<float> &scale) {
        const Tensor weights = graph_.tensor(layer.inputs[1]);
        const auto values = weights.values<float>();
        const bool channels_last = op_of(layer).has(kOutputChannelLast);
        const size_t per_channel = values.size() / scale.size();
        std::vector<float> scaled;
        for (size_t i = 0; i < values.size(); ++i) {
            const size_t channel = channels_last ? i % scale.size() : i / per_channel;
            scaled.push_back(static_cast<float>(static_cast<double>(values[i]) * scale[channel]));
        }
        return result_.add_constant(weights.name, weights.type.shape, scaled);
    }

    Status replace(const Node &norm) {
        const TensorType &type = graph_.tensor(norm.inputs[0]).type;
        const int64_t channels = type.shape.empty() ? 1 : type.shape.back();
        Node node = norm;
        if (type.shape.size() == 4) {
            const Tensor scale = graph_.tensor(norm.inputs[1]);
            const auto values = scale.values<float>();
            node.op = "depthwise_conv2d";
            node.inputs[1] = result_.add_constant(scale.name, {1, 1, channels}, values);
            EMBARK_RETURN_IF_ERROR(append(std::move(node), norm.outputs[0]));
            return Ok{};
        }
        node.op = "multiply";
        node.name += "/scale";
        node.inputs = {norm.inputs[0], norm.inputs[1]};
        EMBARK_ASSIGN(const TensorId product, append(node, kNoTensor));
        node.op = "add";
        node.name = norm.name;
        node.inputs = {product, norm.inputs[2]};
        EMBARK_RETURN_IF_ERROR(append(std::move(node), norm.outputs[0]));
        return Ok{};
    }

    const Graph &graph_;
    Graph result_;
    std::map<const Node *, bool> absorbed_;
    std::map<const Node *, Chain> chains_;
};

}  // namespace

Expected<int> to_normal_form(Graph &graph) {
    Rewriter rewriter(graph);
    EMBARK_ASSIGN(const int changes, rewriter.run());
    graph = rewriter.take();
    EMBARK_RETURN_IF_ERROR(verify(graph));
    return changes;
}

}  // namespace embark
