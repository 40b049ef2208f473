#include <algorithm>
#include <limits>

#include "emk/fixed.h"
#include "passes/channels/channels.h"

namespace embark::channels {

namespace {

constexpr int64_t kInt32Max = std::numeric_limits<int32_t>::max();

std::vector<Interval> full_range(const TensorType &type) {
    const IntegerRange range = range_of(type.type);
    return std::vector<Interval>(static_cast<size_t>(channel_count(type)), {range.low, range.high});
}

int64_t read_element(const uint8_t *data, DataType type, int64_t index) {
    if (type == DataType::kInt8) return reinterpret_cast<const int8_t *>(data)[index];
    if (type == DataType::kUint8) return data[index];
    return reinterpret_cast<const int16_t *>(data)[index];
}

void write_element(uint8_t *data, DataType type, int64_t index, int64_t value) {
    if (type == DataType::kInt16) {
        reinterpret_cast<int16_t *>(data)[index] = static_cast<int16_t>(value);
    } else {
        data[index] = static_cast<uint8_t>(value);
    }
}

/// Bounds of one tap's term of a sum.
Interval tap_bounds(const Layer &layer, const std::vector<Interval> &in, int64_t out, int64_t tap) {
    Interval sum;
    for (int64_t i = 0; i < layer.in_per_out(); ++i) {
        const Interval &x = in[static_cast<size_t>(layer.input_of(out, i))];
        const int64_t weight = layer.weight(out, tap, i);
        const int64_t a = weight * (x.low - layer.in_zero), b = weight * (x.high - layer.in_zero);
        sum.low += std::min(a, b);
        sum.high += std::max(a, b);
    }
    return sum;
}

int64_t rescaled(const Layer &layer, size_t out, int64_t sum) {
    const int32_t scaled =
        emk_scale(static_cast<int32_t>(sum), layer.multiplier[out], layer.shift[out]);
    return std::clamp(scaled + layer.out_zero, layer.range.low, layer.range.high);
}

/// Whether scaling the sum loses no high bits, so that it is monotonic.
bool is_monotonic(const Layer &layer, size_t out, const Interval &sum) {
    const int64_t most = kInt32Max >> std::max(layer.shift[out], 0);
    return sum.low >= -most && sum.high <= most;
}

Interval output_bounds(const Layer &layer, const std::vector<Interval> &in, int64_t out) {
    std::vector<Interval> taps;
    for (int64_t tap = 0; tap < layer.taps; ++tap) {
        taps.push_back(tap_bounds(layer, in, out, tap));
    }
    const auto index = static_cast<size_t>(out);
    std::optional<Interval> bounds;
    for (const std::vector<int64_t> &window : layer.windows) {
        Interval sum{layer.bias[index], layer.bias[index]};
        for (const int64_t tap : window) {
            sum.low += taps[static_cast<size_t>(tap)].low;
            sum.high += taps[static_cast<size_t>(tap)].high;
        }
        if (!is_monotonic(layer, index, sum)) return {layer.range.low, layer.range.high};
        const Interval here{rescaled(layer, index, sum.low), rescaled(layer, index, sum.high)};
        bounds = bounds
                     ? Interval{std::min(bounds->low, here.low), std::max(bounds->high, here.high)}
                     : here;
    }
    return bounds.value_or(Interval{layer.range.low, layer.range.high});
}

std::vector<Interval> layer_bounds(const Layer &layer, const std::vector<Interval> &in) {
    std::vector<Interval> bounds;
    for (int64_t out = 0; out < layer.out_channels; ++out) {
        bounds.push_back(output_bounds(layer, in, out));
    }
    return bounds;
}

/// Evaluates a node on made-up operands and widens \p bounds to what comes out.
class Probe {
  public:
    Probe(const Graph &graph, const Node &node) : graph_(graph), node_(node) {}

    /// \p value gives an element of activation \p input by its flat index.
    template <typename Value>
    bool run(const std::vector<TensorType> &inputs, const TensorType &output, Value value) {
        std::vector<Bytes> storage;
        std::vector<ConstTensorView> views;
        storage.reserve(inputs.size());
        for (size_t i = 0; i < inputs.size(); ++i) {
            const Tensor &tensor = graph_.tensor(node_.inputs[i]);
            if (tensor.is_constant()) {
                views.push_back({&tensor.type, tensor.data->data()});
                continue;
            }
            Bytes &bytes = storage.emplace_back(inputs[i].bytes());
            for (int64_t at = 0; at < element_count(inputs[i].shape); ++at) {
                write_element(bytes.data(), inputs[i].type, at, value(i, at));
            }
            views.push_back({&inputs[i], bytes.data()});
        }
        Bytes result(output.bytes());
        const TensorView out{&output, result.data()};
        if (!op_of(node_).evaluate(node_, views, std::span(&out, 1)).ok()) return false;
        widen(output, result);
        return true;
    }

    std::vector<Interval> take() { return std::move(bounds_); }

  private:
    void widen(const TensorType &type, const Bytes &values) {
        const int64_t channels = channel_count(type);
        if (bounds_.empty()) {
            constexpr int64_t kMost = std::numeric_limits<int64_t>::max();
            bounds_.assign(static_cast<size_t>(channels), {kMost, -kMost});
        }
        for (int64_t at = 0; at < element_count(type.shape); ++at) {
            Interval &bound = bounds_[static_cast<size_t>(at % channels)];
            const int64_t value = read_element(values.data(), type.type, at);
            bound.low = std::min(bound.low, value);
            bound.high = std::max(bound.high, value);
        }
    }

    const Graph &graph_;
    const Node &node_;
    std::vector<Interval> bounds_;
};

std::vector<TensorType> input_types(const Graph &graph, const Node &node) {
    std::vector<TensorType> types;
    for (const TensorId id : node.inputs) types.push_back(graph.tensor(id).type);
    return types;
}

size_t activation_count(const Graph &graph, const Node &node) {
    return static_cast<size_t>(std::count_if(node.inputs.begin(), node.inputs.end(),
                                             [&](TensorId id) { return is_tracked(graph, id); }));
}

/// Each 8-bit value of each channel goes through a function of one value.
std::vector<Interval> sweep(const Graph &graph, const Node &node, const Intervals &intervals) {
    constexpr int64_t kValues = 256;
    std::vector<TensorType> types = input_types(graph, node);
    TensorType output = graph.tensor(node.outputs[0]).type;
    const int64_t channels = channel_count(output);
    output.shape = {kValues, channels};
    for (size_t i = 0; i < types.size(); ++i) {
        if (is_tracked(graph, node.inputs[i])) types[i].shape = output.shape;
    }
    Probe probe(graph, node);
    const bool ok = probe.run(types, output, [&](size_t input, int64_t at) {
        const auto &bounds = intervals[static_cast<size_t>(node.inputs[input])];
        const Interval &bound = bounds[static_cast<size_t>(at % channels)];
        return std::min(bound.low + at / channels, bound.high);
    });
    return ok ? probe.take() : full_range(output);
}

/// Functions that rise or fall in each operand as a whole take their extremes where each operand is
/// all low or all high.
std::vector<Interval> probe_corners(const Graph &graph, const Node &node,
                                    const Intervals &intervals) {
    const std::vector<TensorType> types = input_types(graph, node);
    const TensorType &output = graph.tensor(node.outputs[0]).type;
    Probe probe(graph, node);
    for (uint32_t corner = 0; corner < 1u << node.inputs.size(); ++corner) {
        const bool ok = probe.run(types, output, [&](size_t input, int64_t at) {
            const auto &bounds = intervals[static_cast<size_t>(node.inputs[input])];
            const Interval &bound = bounds[static_cast<size_t>(at) % bounds.size()];
            return (corner >> input & 1u) != 0 ? bound.high : bound.low;
        });
        if (!ok) return full_range(output);
    }
    return probe.take();
}

bool is_monotonic_in_each(const Node &node) {
    const OpDefinition &op = op_of(node);
    if (op.has(kPooling) || op.has(kView) || op.has(kPads)) return true;
    constexpr std::string_view kNames[] = {"add",         "subtract",   "multiply",
                                           "maximum",     "minimum",    "global_average_pool",
                                           "reduce_mean", "reduce_max", "global_max_pool",
                                           "reduce_min"};
    return std::find(std::begin(kNames), std::end(kNames), node.op) != std::end(kNames);
}

std::vector<Interval> tied_bounds(const Graph &graph, const Node &node,
                                  const Intervals &intervals) {
    constexpr size_t kMostOperands = 4;
    const TensorType &output = graph.tensor(node.outputs[0]).type;
    const bool is_byte = size_of(output.type) == 1 && size_of(input_type(graph, node, 0).type) == 1;
    if (is_byte && op_of(node).has(kElementwise) && activation_count(graph, node) == 1) {
        return sweep(graph, node, intervals);
    }
    if (is_monotonic_in_each(node) && node.inputs.size() <= kMostOperands) {
        return probe_corners(graph, node, intervals);
    }
    return full_range(output);
}

std::vector<Interval> node_bounds(const Graph &graph, const Node &node,
                                  const Intervals &intervals) {
    const auto of = [&](size_t input) -> const std::vector<Interval> & {
        return intervals[static_cast<size_t>(node.inputs[input])];
    };
    switch (link_of(graph, node)) {
        case Link::kLayer:
        case Link::kDepthwise:
            return layer_bounds(*layer_of(graph, node), of(0));
        case Link::kTied:
            return tied_bounds(graph, node, intervals);
        case Link::kConcat: {
            std::vector<Interval> joined;
            for (size_t i = 0; i < node.inputs.size(); ++i) {
                joined.insert(joined.end(), of(i).begin(), of(i).end());
            }
            return joined;
        }
        case Link::kOpaque:
            break;
    }
    return full_range(graph.tensor(node.outputs[0]).type);
}

}  // namespace

Intervals find_intervals(const Graph &graph) {
    Intervals intervals(graph.tensors.size());
    for (size_t i = 0; i < graph.tensors.size(); ++i) {
        const auto id = static_cast<TensorId>(i);
        if (is_tracked(graph, id)) intervals[i] = full_range(graph.tensor(id).type);
    }
    for (const Node &node : graph.nodes) {
        if (node.outputs.size() != 1 || !is_tracked(graph, node.outputs[0])) continue;
        intervals[static_cast<size_t>(node.outputs[0])] = node_bounds(graph, node, intervals);
    }
    return intervals;
}

}  // namespace embark::channels
