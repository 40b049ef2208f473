// A clamp (relu, relu6, clip) behind a quantised layer that keeps the scale only narrows the range
// in which the layer's outputs are stored: the layer clamps there anyway.

#include <algorithm>
#include <cmath>

#include "ops/operands.h"
#include "ops/quantized.h"
#include "passes/rewrite.h"

namespace embark {

namespace {

/// \p real as TensorFlow Lite quantises the limits of an activation: away from zero at halves.
int64_t quantized_limit(double real, const Quantization &quantization, const IntegerRange &range) {
    if (!std::isfinite(real)) return real < 0 ? range.low : range.high;
    const float steps = std::round(static_cast<float>(real) / quantization.scales[0]);
    const double limit = static_cast<double>(steps) + quantization.zero_points[0];
    return static_cast<int64_t>(
        std::clamp(limit, static_cast<double>(range.low), static_cast<double>(range.high)));
}

bool is_fusible(const Graph &graph, const Node &clamp, const Node &layer) {
    const TensorType &made = graph.tensor(layer.outputs.front()).type;
    const TensorType &clamped = graph.tensor(clamp.outputs.front()).type;
    return op_of(layer).has(kClampsOutput) && is_quantized(made) && made == clamped &&
           made.quantization.scales.size() == 1;
}

}  // namespace

int fuse_clamps(Graph &graph) {
    int changes = 0;
    for (int i = 0; i < static_cast<int>(graph.nodes.size()); ++i) {
        const Node &clamp = graph.nodes[static_cast<size_t>(i)];
        const auto limits = clamp_of(clamp);
        if (!limits) continue;
        const int producer = sole_producer(graph, clamp.inputs.front(), i);
        if (producer < 0) continue;
        Node &layer = graph.nodes[static_cast<size_t>(producer)];
        if (!is_fusible(graph, clamp, layer)) continue;
        const TensorType &type = graph.tensor(layer.outputs.front()).type;
        const IntegerRange range = output_range(layer, type.type);
        const int64_t low = quantized_limit(limits->low, type.quantization, range);
        layer.attributes["clamp_low"] = low;
        layer.attributes["clamp_high"] =
            std::max(low, quantized_limit(limits->high, type.quantization, range));
        absorb_into_producer(graph, i, producer);
        ++changes;
        --i;
    }
    return changes;
}

}  // namespace embark
