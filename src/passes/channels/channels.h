#pragma once
// What is known about single channels (indices along the last axis) of quantised tensors. The pass
// remove_constant_channels puts these parts together.

#include <map>
#include <optional>
#include <vector>

#include "ops/operands.h"
#include "ops/quantized.h"

namespace embark::channels {

/// Least and greatest stored value.
struct Interval {
    int64_t low = 0, high = 0;
    bool is_constant() const { return low == high; }
};

/// How a node's output channels depend on its inputs' channels.
enum class Link {
    kOpaque,     ///< nothing is known: all channels are needed and may hold anything
    kLayer,      ///< conv2d of one group, dense: each output reads all input channels
    kDepthwise,  ///< output o reads input o / multiplier
    kTied,       ///< output c reads channel c of each input, counted modulo the smaller extent
    kConcat,     ///< channels of the inputs, one after the other
};
Link link_of(const Graph &graph, const Node &node);

/// Whether channels of the tensor may be told apart and removed: a quantised activation.
bool is_tracked(const Graph &graph, TensorId id);
/// Extent of the last axis.
int64_t channel_count(const TensorType &type);
/// Whether input \p index of a kTied node goes channel by channel (other inputs are constants of
/// one channel).
bool is_tied_input(const Graph &graph, const Node &node, size_t index);

/// A layer (kLayer, kDepthwise) in numbers. Only layers whose sums have 32 bits are understood.
struct Layer {
    bool depthwise = false;
    int64_t in_channels = 1, out_channels = 1, taps = 1;
    std::span<const uint8_t> weights;  ///< one byte each, see weight()
    bool has_sign = true;
    std::vector<int32_t> bias;  ///< [out_channels]
    int64_t in_zero = 0, weight_zero = 0, out_zero = 0;
    IntegerRange range{};
    std::vector<int32_t> multiplier, shift;  ///< [out_channels]
    /// By group of output positions that see the same taps: which taps.
    std::vector<std::vector<int64_t>> windows;

    /// Depthwise layers have one input channel per output channel: \p in is 0.
    int64_t weight(int64_t out, int64_t tap, int64_t in) const;
    int64_t in_per_out() const { return depthwise ? 1 : in_channels; }
    /// Input channel that output channel \p out reads as its \p in th.
    int64_t input_of(int64_t out, int64_t in) const {
        return depthwise ? out / (out_channels / in_channels) : in;
    }
    /// Whether some output position has taps in the padding.
    bool is_padded() const;
};
/// Empty when the node is no such layer.
std::optional<Layer> layer_of(const Graph &graph, const Node &node);

/// By tensor and channel; empty for tensors that are not tracked.
using Intervals = std::vector<std::vector<Interval>>;
/// Interval propagation from full ranges at the inputs. What the intervals say holds for all inputs
/// of the network, rounding and saturation included: sums of products are bounded term by term,
/// what follows them is monotonic or has 256 arguments, and is computed by the reference itself.
Intervals find_intervals(const Graph &graph);

/// By tensor and channel: channels with the same number always hold the same values.
using Classes = std::vector<std::vector<int64_t>>;
Classes find_classes(const Graph &graph);

/// What a layer makes of the channels that it reads.
struct LayerInputs {
    std::vector<bool> constant;  ///< contributes a constant to each sum: belongs into the bias
    /// Another channel with equal values whose weights can take this one's; -1 for none.
    std::vector<int64_t> twin;
    std::vector<bool> unused;  ///< all weights of the outputs that are kept are zero
};

/// By tensor and channel: whether it stays.
using Kept = std::vector<std::vector<bool>>;
/// The channels that the outputs depend on: the least set that contains the network's inputs and
/// outputs and that can be cut out of the tensors.
Kept find_kept(const Graph &graph, const Intervals &intervals, const Classes &classes);
/// Of kLayer nodes, given what is kept so far.
LayerInputs layer_inputs(const Graph &graph, const Node &node, const Layer &layer,
                         const Intervals &intervals, const Classes &classes, const Kept &kept);

/// Cuts the channels out of all tensors, weights and attributes. \returns how many
int cut_channels(Graph &graph, const Intervals &intervals, const Classes &classes,
                 const Kept &kept);

}  // namespace embark::channels
