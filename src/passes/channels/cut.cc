#include <algorithm>
#include <cstring>

#include "passes/channels/channels.h"

namespace embark::channels {

namespace {

std::vector<int64_t> indices_of(const std::vector<bool> &kept) {
    std::vector<int64_t> indices;
    for (size_t i = 0; i < kept.size(); ++i) {
        if (kept[i]) indices.push_back(static_cast<int64_t>(i));
    }
    return indices;
}

/// The scales and zero points of the chosen channels; those of one scale stay.
Quantization select(const Quantization &from, const std::vector<int64_t> &channels) {
    if (from.scales.size() <= 1) return from;
    Quantization to{{}, {}, from.axis};
    for (const int64_t channel : channels) {
        to.scales.push_back(from.scales[static_cast<size_t>(channel)]);
        to.zero_points.push_back(from.zero_points[static_cast<size_t>(channel)]);
    }
    return to;
}

class Cut {
  public:
    Cut(Graph &graph, const Intervals &intervals, const Classes &classes, const Kept &kept)
        : graph_(graph), intervals_(intervals), classes_(classes), kept_(kept) {}

    int run() {
        int removed = 0;
        for (const auto &channels : kept_) {
            removed += static_cast<int>(std::count(channels.begin(), channels.end(), false));
        }
        if (removed == 0) return 0;
        // Everything is read from the tensors as they were before their shapes change.
        for (Node &node : graph_.nodes) cut_node(node);
        for (size_t i = 0; i < kept_.size(); ++i) {
            if (kept_[i].empty()) continue;
            graph_.tensors[i].type.shape.back() =
                std::count(kept_[i].begin(), kept_[i].end(), true);
        }
        return removed;
    }

  private:
    const std::vector<bool> &kept(TensorId id) const { return kept_[static_cast<size_t>(id)]; }

    bool loses_channels(const Node &node) const {
        const auto loses = [&](TensorId id) {
            return id != kNoTensor && std::count(kept(id).begin(), kept(id).end(), false) > 0;
        };
        return std::any_of(node.inputs.begin(), node.inputs.end(), loses) ||
               std::any_of(node.outputs.begin(), node.outputs.end(), loses);
    }

    void cut_node(Node &node) {
        if (!loses_channels(node)) return;
        switch (link_of(graph_, node)) {
            case Link::kLayer:
            case Link::kDepthwise:
                return cut_layer(node, *layer_of(graph_, node));
            case Link::kTied:
                return cut_tied(node);
            case Link::kConcat:
            case Link::kOpaque:
                return;
        }
    }

    void cut_tied(Node &node) {
        const std::vector<int64_t> outs = indices_of(kept(node.outputs[0]));
        if (op_of(node).has(kView)) {
            std::vector<int64_t> shape = graph_.tensor(node.outputs[0]).type.shape;
            shape.back() = static_cast<int64_t>(outs.size());
            node.attributes["shape"] = shape;
        }
        for (size_t i = 0; i < node.inputs.size(); ++i) {
            if (!has_input(node, i)) continue;
            const Tensor tensor = graph_.tensor(node.inputs[i]);
            if (!tensor.is_constant() || !is_tied_input(graph_, node, i)) continue;
            node.inputs[i] = add_selected(tensor, outs);
        }
    }

    /// A constant with the chosen entries of its last axis.
    TensorId add_selected(const Tensor &tensor, const std::vector<int64_t> &channels) {
        const size_t bytes = size_of(tensor.type.type);
        const size_t row = static_cast<size_t>(tensor.type.shape.back()) * bytes;
        Bytes data;
        for (size_t start = 0; start < tensor.data->size(); start += row) {
            for (const int64_t channel : channels) {
                const auto from =
                    tensor.data->begin() +
                    static_cast<std::ptrdiff_t>(start + static_cast<size_t>(channel) * bytes);
                data.insert(data.end(), from, from + static_cast<std::ptrdiff_t>(bytes));
            }
        }
        TensorType type = tensor.type;
        type.shape.back() = static_cast<int64_t>(channels.size());
        type.quantization = select(type.quantization, channels);
        return graph_.add_constant(tensor.name, std::move(type), std::move(data));
    }

    void cut_layer(Node &node, const Layer &layer) {
        const std::vector<int64_t> outs = indices_of(kept(node.outputs[0]));
        const std::vector<int64_t> ins = indices_of(kept(node.inputs[0]));
        std::vector<int32_t> bias = layer.bias;
        Bytes weights;
        if (layer.depthwise) {
            weights = depthwise_weights(layer, outs);
        } else {
            const LayerInputs inputs =
                layer_inputs(graph_, node, layer, intervals_, classes_, kept_);
            fold_constants(layer, node, inputs, bias);
            weights = dense_weights(layer, node, inputs, outs, ins);
        }
        const Tensor old = graph_.tensor(node.inputs[1]);
        TensorType type = old.type;
        if (layer.depthwise) {
            type.shape.back() = static_cast<int64_t>(outs.size());
        } else {
            type.shape.front() = static_cast<int64_t>(outs.size());
            type.shape.back() = static_cast<int64_t>(ins.size());
        }
        type.quantization = select(type.quantization, outs);
        const TensorId new_weights = graph_.add_constant(old.name, type, std::move(weights));
        set_bias(node, bias, outs, type.quantization);
        node.inputs[1] = new_weights;
    }

    void set_bias(Node &node, const std::vector<int32_t> &bias, const std::vector<int64_t> &outs,
                  const Quantization &weights) {
        const bool has_bias = has_input(node, 2);
        const bool is_zero =
            std::all_of(bias.begin(), bias.end(), [](int32_t b) { return b == 0; });
        if (!has_bias && is_zero) return;
        std::vector<int32_t> selected;
        for (const int64_t out : outs) selected.push_back(bias[static_cast<size_t>(out)]);
        TensorType type{DataType::kInt32, {static_cast<int64_t>(outs.size())}, {}};
        if (has_bias) {
            type.quantization = select(graph_.tensor(node.inputs[2]).type.quantization, outs);
        } else {
            const float in_scale = graph_.tensor(node.inputs[0]).type.quantization.scales[0];
            for (const float scale : weights.scales)
                type.quantization.scales.push_back(in_scale * scale);
            type.quantization.zero_points.assign(weights.scales.size(), 0);
        }
        const std::string name =
            has_bias ? graph_.tensor(node.inputs[2]).name : node.name + "/bias";
        Bytes data(selected.size() * sizeof(int32_t));
        std::memcpy(data.data(), selected.data(), data.size());
        node.inputs.resize(3, kNoTensor);
        node.inputs[2] = graph_.add_constant(name, std::move(type), std::move(data));
    }

    /// What channels that go and always hold one value add to every sum; modulo 2^32, as the sums.
    void fold_constants(const Layer &layer, const Node &node, const LayerInputs &inputs,
                        std::vector<int32_t> &bias) const {
        for (size_t c = 0; c < inputs.constant.size(); ++c) {
            if (kept(node.inputs[0])[c] || !inputs.constant[c]) continue;
            const Interval &bound = intervals_[static_cast<size_t>(node.inputs[0])][c];
            for (int64_t out = 0; out < layer.out_channels; ++out) {
                uint32_t sum = 0;
                for (int64_t tap = 0; tap < layer.taps; ++tap) {
                    sum += static_cast<uint32_t>(layer.weight(out, tap, static_cast<int64_t>(c)) *
                                                 (bound.low - layer.in_zero));
                }
                int32_t &entry = bias[static_cast<size_t>(out)];
                entry = static_cast<int32_t>(static_cast<uint32_t>(entry) + sum);
            }
        }
    }

    /// Rows and columns that stay; a channel that goes leaves its weights to its twin.
    Bytes dense_weights(const Layer &layer, const Node &node, const LayerInputs &inputs,
                        const std::vector<int64_t> &outs, const std::vector<int64_t> &ins) const {
        Bytes weights;
        const auto &stays = kept(node.inputs[0]);
        for (const int64_t out : outs) {
            for (int64_t tap = 0; tap < layer.taps; ++tap) {
                std::vector<int64_t> row;
                for (int64_t in = 0; in < layer.in_channels; ++in) {
                    row.push_back(layer.weight(out, tap, in));
                }
                for (size_t in = 0; in < row.size(); ++in) {
                    if (!stays[in] && inputs.twin[in] >= 0)
                        row[static_cast<size_t>(inputs.twin[in])] += row[in];
                }
                for (const int64_t in : ins) {
                    weights.push_back(
                        static_cast<uint8_t>(row[static_cast<size_t>(in)] + layer.weight_zero));
                }
            }
        }
        return weights;
    }

    static Bytes depthwise_weights(const Layer &layer, const std::vector<int64_t> &outs) {
        Bytes weights;
        for (int64_t tap = 0; tap < layer.taps; ++tap) {
            for (const int64_t out : outs) {
                weights.push_back(
                    static_cast<uint8_t>(layer.weight(out, tap, 0) + layer.weight_zero));
            }
        }
        return weights;
    }

    Graph &graph_;
    const Intervals &intervals_;
    const Classes &classes_;
    const Kept &kept_;
};

}  // namespace

int cut_channels(Graph &graph, const Intervals &intervals, const Classes &classes,
                 const Kept &kept) {
    return Cut(graph, intervals, classes, kept).run();
}

}  // namespace embark::channels
