#include "quantize/weights_only.h"

#include <algorithm>
#include <cmath>

#include "ops/packed_weights.h"
#include "quantize/rounding.h"

namespace embark {

namespace {

bool has_float_weights(const Graph &graph, const Node &node) {
    if (node.op != "conv2d" && node.op != "dense") return false;
    const Tensor &weights = graph.tensor(node.inputs[1]);
    return weights.is_constant() && weights.type.type == DataType::kFloat32;
}

/// Squared error relative to the squares.
double relative_error(std::span<const float> expected, std::span<const float> found) {
    double lost = 0, whole = 0;
    for (size_t i = 0; i < expected.size(); ++i) {
        const double difference = static_cast<double>(found[i]) - expected[i];
        lost += difference * difference;
        whole += static_cast<double>(expected[i]) * expected[i];
    }
    return whole > 0 ? lost / whole : 0;
}

/// Weights that several layers read are replaced once.
class WeightsReplacer {
  public:
    explicit WeightsReplacer(Graph &graph) : graph_(graph) {}

    template <typename Make>
    void replace(Node &node, int bits, const Make &make) {
        const TensorId old = node.inputs[1];
        const auto known = replaced_.find(old);
        if (known != replaced_.end()) {
            node.inputs[1] = known->second;
            return;
        }
        const Tensor weights = graph_.tensor(old);
        const auto values = weights.values<float>();
        std::vector<float> found(values.begin(), values.end());
        make(weights, found);
        reports_.push_back(
            {node.name, bits, static_cast<int64_t>(values.size()), relative_error(values, found)});
        const auto *raw = reinterpret_cast<const uint8_t *>(found.data());
        node.inputs[1] = graph_.add_constant(weights.name, weights.type,
                                             Bytes(raw, raw + found.size() * sizeof(float)));
        replaced_[old] = node.inputs[1];
    }

    std::vector<LayerReport> reports() && { return std::move(reports_); }

  private:
    Graph &graph_;
    std::map<TensorId, TensorId> replaced_;
    std::vector<LayerReport> reports_;
};

void round_rows(const Tensor &weights, std::vector<float> &values) {
    const size_t depth = values.size() / static_cast<size_t>(weights.type.shape[0]);
    for (size_t row = 0; row < values.size(); row += depth) {
        const auto begin = values.begin() + static_cast<std::ptrdiff_t>(row);
        const auto end = begin + static_cast<std::ptrdiff_t>(depth);
        float most = 0;
        std::for_each(begin, end, [&](float value) { most = std::max(most, std::abs(value)); });
        const float scale = most / 127;
        // Adding 0 turns -0.0 into the 0.0 that an integer stands for.
        std::transform(begin, end, begin, [&](float value) {
            return scale > 0 ? (std::nearbyint(value / scale) + 0.0f) * scale : 0.0f;
        });
    }
}

void share_values(int bits, std::vector<float> &values) {
    std::vector<float> sorted = values;
    std::sort(sorted.begin(), sorted.end());
    std::vector<float> levels;
    for (const double centroid : centroids_of(sorted, size_t{1} << bits)) {
        levels.push_back(static_cast<float>(centroid));
    }
    std::sort(levels.begin(), levels.end());
    for (float &value : values) {
        const auto above = std::lower_bound(levels.begin(), levels.end(), value);
        const auto below = above == levels.begin() ? above : above - 1;
        const bool take_above = above != levels.end() && *above - value < value - *below;
        value = take_above || below == levels.end() ? *above : *below;
    }
}

}  // namespace

std::vector<LayerReport> round_weights_to_int8(Graph &graph) {
    WeightsReplacer replacer(graph);
    for (Node &node : graph.nodes) {
        if (!has_float_weights(graph, node)) continue;
        const Shape &shape = graph.tensor(node.inputs[1]).type.shape;
        if (element_count(shape) < kLeastPackedWeights) continue;
        replacer.replace(node, 8, round_rows);
    }
    return std::move(replacer).reports();
}

std::vector<LayerReport> share_dense_weights(Graph &graph, int bits) {
    const auto last = std::find_if(graph.nodes.rbegin(), graph.nodes.rend(), [&](const Node &node) {
        return node.op == "dense" && has_float_weights(graph, node);
    });
    WeightsReplacer replacer(graph);
    for (Node &node : graph.nodes) {
        if (node.op != "dense" || !has_float_weights(graph, node) || &node == &*last) continue;
        replacer.replace(node, bits, [&](const Tensor &, std::vector<float> &values) {
            share_values(bits, values);
        });
    }
    return std::move(replacer).reports();
}

}  // namespace embark
