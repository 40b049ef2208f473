// Which channels stay: demand flows from the outputs backwards until nothing changes.

#include <algorithm>
#include <cstdlib>

#include "passes/channels/channels.h"

namespace embark::channels {

namespace {

constexpr int64_t kMostWeight = 127;  // symmetric weights stay symmetric

/// Greatest magnitude of the weights that read each input channel.
std::vector<int64_t> magnitudes(const Layer &layer) {
    std::vector<int64_t> greatest(static_cast<size_t>(layer.in_channels), 0);
    for (int64_t out = 0; out < layer.out_channels; ++out) {
        for (int64_t tap = 0; tap < layer.taps; ++tap) {
            for (int64_t in = 0; in < layer.in_channels; ++in) {
                int64_t &most = greatest[static_cast<size_t>(in)];
                most = std::max(most, std::abs(layer.weight(out, tap, in)));
            }
        }
    }
    return greatest;
}

/// The first channel of each class takes the weights of the others as long as their magnitudes
/// together stay in range.
std::vector<int64_t> find_twins(const std::vector<int64_t> &classes,
                                const std::vector<int64_t> &magnitude,
                                const std::vector<bool> &excluded) {
    struct Host {
        int64_t channel, magnitude;
    };
    std::map<int64_t, Host> hosts;
    std::vector<int64_t> twins(classes.size(), -1);
    for (size_t c = 0; c < classes.size(); ++c) {
        if (excluded[c]) continue;
        const auto [at, is_new] =
            hosts.try_emplace(classes[c], Host{static_cast<int64_t>(c), magnitude[c]});
        if (is_new || at->second.magnitude + magnitude[c] > kMostWeight) continue;
        at->second.magnitude += magnitude[c];
        twins[c] = at->second.channel;
    }
    return twins;
}

class Demand {
  public:
    Demand(const Graph &graph, const Intervals &intervals, const Classes &classes)
        : graph_(graph), intervals_(intervals), classes_(classes), kept_(graph.tensors.size()) {
        for (size_t i = 0; i < kept_.size(); ++i) kept_[i].assign(intervals[i].size(), false);
        for (const TensorId id : graph.inputs) keep_all(id);
        for (const TensorId id : graph.outputs) keep_all(id);
        for (const Node &node : graph.nodes) {
            links_.push_back(link_of(graph, node));
            const bool layer = links_.back() == Link::kLayer || links_.back() == Link::kDepthwise;
            layers_.push_back(layer ? layer_of(graph, node) : std::nullopt);
        }
    }

    void settle() {
        do {
            changed_ = false;
            for (size_t i = graph_.nodes.size(); i-- > 0;) visit(i);
        } while (changed_);
    }

    /// A tensor cannot be without channels.
    bool fill_empty() {
        changed_ = false;
        for (auto &channels : kept_) {
            if (channels.empty() ||
                std::find(channels.begin(), channels.end(), true) != channels.end())
                continue;
            channels[0] = changed_ = true;
        }
        return changed_;
    }

    Kept take() { return std::move(kept_); }

  private:
    std::vector<bool> &of(TensorId id) { return kept_[static_cast<size_t>(id)]; }

    void keep(TensorId id, size_t channel) {
        std::vector<bool> &channels = of(id);
        if (channels[channel]) return;
        channels[channel] = changed_ = true;
    }
    void keep_all(TensorId id) {
        if (id == kNoTensor) return;
        for (size_t c = 0; c < of(id).size(); ++c) keep(id, c);
    }

    void visit(size_t index) {
        const Node &node = graph_.nodes[index];
        switch (links_[index]) {
            case Link::kLayer:
                return visit_layer(node, *layers_[index]);
            case Link::kDepthwise:
                return visit_depthwise(node, *layers_[index]);
            case Link::kTied:
                return visit_tied(node);
            case Link::kConcat:
                return visit_concat(node);
            case Link::kOpaque:
                for (const TensorId id : node.inputs) keep_all(id);
                for (const TensorId id : node.outputs) keep_all(id);
                return;
        }
    }

    void visit_layer(const Node &node, const Layer &layer) {
        const LayerInputs inputs = layer_inputs(graph_, node, layer, intervals_, classes_, kept_);
        for (size_t c = 0; c < inputs.constant.size(); ++c) {
            if (inputs.constant[c] || inputs.unused[c]) continue;
            keep(node.inputs[0], inputs.twin[c] < 0 ? c : static_cast<size_t>(inputs.twin[c]));
        }
    }

    /// All outputs of an input channel stay or go together.
    void visit_depthwise(const Node &node, const Layer &layer) {
        for (int64_t out = 0; out < layer.out_channels; ++out) {
            tie(node.inputs[0], static_cast<size_t>(layer.input_of(out, 0)), node.outputs[0],
                static_cast<size_t>(out));
        }
    }

    void visit_tied(const Node &node) {
        const size_t outs = of(node.outputs[0]).size();
        for (size_t i = 0; i < node.inputs.size(); ++i) {
            if (!has_input(node, i) || graph_.tensor(node.inputs[i]).is_constant()) continue;
            const size_t ins = of(node.inputs[i]).size();
            for (size_t c = 0; c < std::max(ins, outs); ++c) {
                tie(node.inputs[i], c % ins, node.outputs[0], c % outs);
            }
        }
    }

    void visit_concat(const Node &node) {
        size_t first = 0;
        for (const TensorId id : node.inputs) {
            for (size_t c = 0; c < of(id).size(); ++c) tie(id, c, node.outputs[0], first + c);
            first += of(id).size();
        }
    }

    void tie(TensorId a, size_t a_channel, TensorId b, size_t b_channel) {
        if (of(a)[a_channel]) keep(b, b_channel);
        if (of(b)[b_channel]) keep(a, a_channel);
    }

    const Graph &graph_;
    const Intervals &intervals_;
    const Classes &classes_;
    Kept kept_;
    std::vector<Link> links_;
    std::vector<std::optional<Layer>> layers_;
    bool changed_ = false;
};

}  // namespace

LayerInputs layer_inputs(const Graph &graph, const Node &node, const Layer &layer,
                         const Intervals &intervals, const Classes &classes, const Kept &kept) {
    const auto x = static_cast<size_t>(node.inputs[0]);
    const auto channels = static_cast<size_t>(layer.in_channels);
    const std::vector<bool> &outs = kept[static_cast<size_t>(node.outputs[0])];
    LayerInputs inputs{std::vector<bool>(channels), {}, std::vector<bool>(channels, true)};
    const bool padded = layer.is_padded();
    // A dense layer on more than a vector, or a tensor of another extent, has channels of its own.
    const bool fits = intervals[x].size() == channels && is_tracked(graph, node.inputs[0]);
    for (size_t c = 0; c < channels && fits; ++c) {
        const Interval &bound = intervals[x][c];
        // In the padding stands the zero point: only a channel that always holds it adds the same
        // everywhere.
        inputs.constant[c] = bound.is_constant() && (!padded || bound.low == layer.in_zero);
    }
    for (int64_t out = 0; out < layer.out_channels; ++out) {
        if (!outs[static_cast<size_t>(out)]) continue;
        for (int64_t tap = 0; tap < layer.taps; ++tap) {
            for (size_t c = 0; c < channels; ++c) {
                if (layer.weight(out, tap, static_cast<int64_t>(c)) != 0) inputs.unused[c] = false;
            }
        }
    }
    // Weights with a zero point of their own (uint8) cannot be added up.
    if (fits && layer.has_sign) {
        inputs.twin = find_twins(classes[x], magnitudes(layer), inputs.constant);
    } else {
        inputs.twin.assign(channels, -1);
    }
    return inputs;
}

Kept find_kept(const Graph &graph, const Intervals &intervals, const Classes &classes) {
    Demand demand(graph, intervals, classes);
    do {
        demand.settle();
    } while (demand.fill_empty());
    return demand.take();
}

}  // namespace embark::channels
