// Value numbering by channel: channels that are computed from equal channels in the same way.

#include <map>

#include "passes/channels/channels.h"

namespace embark::channels {

namespace {

using Key = std::vector<int64_t>;

class Numbering {
  public:
    explicit Numbering(const Graph &graph) : graph_(graph), classes_(graph.tensors.size()) {
        for (size_t i = 0; i < graph.tensors.size(); ++i) {
            if (is_tracked(graph, static_cast<TensorId>(i))) number_apart(static_cast<TensorId>(i));
        }
    }

    void number(const Node &node, int64_t index) {
        const TensorId out = node.outputs[0];
        switch (link_of(graph_, node)) {
            case Link::kLayer:
            case Link::kDepthwise:
                return number_layer(*layer_of(graph_, node), node, index);
            case Link::kTied:
                return number_tied(node, index);
            case Link::kConcat: {
                auto &joined = of(out);
                joined.clear();
                for (const TensorId id : node.inputs) {
                    joined.insert(joined.end(), of(id).begin(), of(id).end());
                }
                return;
            }
            case Link::kOpaque:
                return;
        }
    }

    Classes take() { return std::move(classes_); }

  private:
    std::vector<int64_t> &of(TensorId id) { return classes_[static_cast<size_t>(id)]; }

    void number_apart(TensorId id) {
        of(id).resize(static_cast<size_t>(channel_count(graph_.tensor(id).type)));
        for (int64_t &number : of(id)) number = next_++;
    }

    int64_t number_of(Key key) {
        const auto [at, is_new] = numbers_.try_emplace(std::move(key), next_);
        if (is_new) ++next_;
        return at->second;
    }

    void number_layer(const Layer &layer, const Node &node, int64_t index) {
        for (int64_t out = 0; out < layer.out_channels; ++out) {
            const auto o = static_cast<size_t>(out);
            Key key{index, layer.bias[o], layer.multiplier[o], layer.shift[o]};
            if (layer.depthwise)
                key.push_back(of(node.inputs[0])[static_cast<size_t>(layer.input_of(out, 0))]);
            for (int64_t tap = 0; tap < layer.taps; ++tap) {
                for (int64_t in = 0; in < layer.in_per_out(); ++in) {
                    key.push_back(layer.weight(out, tap, in));
                }
            }
            of(node.outputs[0])[o] = number_of(std::move(key));
        }
    }

    void number_tied(const Node &node, int64_t index) {
        auto &numbers = of(node.outputs[0]);
        for (size_t channel = 0; channel < numbers.size(); ++channel) {
            Key key{index};
            for (size_t i = 0; i < node.inputs.size(); ++i) {
                if (!has_input(node, i) || !is_tied_input(graph_, node, i)) continue;
                const Tensor &tensor = graph_.tensor(node.inputs[i]);
                if (tensor.is_constant()) {
                    // Constants per channel tell channels apart; comparing them is not worth it.
                    key.push_back(static_cast<int64_t>(channel));
                    continue;
                }
                const auto &in = of(node.inputs[i]);
                if (in.size() > numbers.size()) {
                    key.push_back(static_cast<int64_t>(channel));
                } else {
                    key.push_back(in[channel % in.size()]);
                    key.push_back(static_cast<int64_t>(channel / in.size()));
                }
            }
            numbers[channel] = number_of(std::move(key));
        }
    }

    const Graph &graph_;
    Classes classes_;
    std::map<Key, int64_t> numbers_;
    int64_t next_ = 0;
};

}  // namespace

Classes find_classes(const Graph &graph) {
    Numbering numbering(graph);
    for (size_t i = 0; i < graph.nodes.size(); ++i) {
        const Node &node = graph.nodes[i];
        if (node.outputs.size() == 1 && is_tracked(graph, node.outputs[0])) {
            numbering.number(node, static_cast<int64_t>(i));
        }
    }
    return numbering.take();
}

}  // namespace embark::channels
