#pragma once
// What the int8 kernels of convolutions, depthwise convolutions and dense layers are packed from.

#include <array>
#include <optional>
#include <span>
#include <vector>

#include "ops/portable.h"
#include "plan/kernel.h"

namespace embark {

/// The fields of the node's portable call, or none when it has another than \p function.
std::optional<std::vector<Field>> portable_fields(const Graph &graph, const Node &node,
                                                  std::string_view function);
/// An integer among \p fields, which must have it.
int64_t int_in(const std::vector<Field> &fields, std::string_view name);

/// The operands of an int8 layer that emk_conv_q8 could run: filter and bias are constants.
struct QuantizedLayer {
    int64_t in_channels = 0, out_channels = 0, groups = 1;
    int64_t in_zero = 0;
    int64_t out_zero = 0, low = -128, high = 127;
    std::vector<int32_t> multipliers, shifts;  ///< of emk_scale; one per output channel, or one
    std::vector<int64_t> bias;                 ///< one per output channel, zeros if there is none
    std::span<const int8_t> filter;            ///< in the IR's layout
};
/// None for a node that is something else.
std::optional<QuantizedLayer> quantized_layer(const Graph &graph, const Node &node);

/// The weights of one output of a dense layer.
std::span<const int8_t> dense_weights(const QuantizedLayer &layer, int64_t output);
/// Its bias for sums of x * w in place of (x - in_zero) * w; 0 behind the last output.
int64_t folded_bias(const QuantizedLayer &layer, int64_t output);

/// Sums of the weights above and below zero.
struct WeightSums {
    int64_t positive = 0, negative = 0;
};
WeightSums weight_sums(std::span<const int8_t> weights);

/// What one output channel sums: the least and the greatest value, in_zero left in the bias, for
/// any int8 input, and the greatest size of any partial sum.
struct SumRange {
    int64_t low = 0, high = 0, size = 0;
};
/// \p weights are the channel's.
SumRange sum_range(const QuantizedLayer &layer, int64_t channel, std::span<const int8_t> weights);

/// Whether every scale has a factor of emk_rescale_s8 (emk/dsp.h).
bool has_factors(const QuantizedLayer &layer);
/// Multiplier, rounding and shift of a channel; has_factors().
std::array<int32_t, 3> factor_of(const QuantizedLayer &layer, int64_t channel);
/// The factors as a table "factors", three words each.
ConstantTable factor_table(const QuantizedLayer &layer, const std::string &layer_name);
/// The field factor_words: words from one channel's factor to the next.
ArgumentField factor_words_field(const QuantizedLayer &layer);

ConstantTable int32_table(std::string name, std::string comment, const std::vector<int32_t> &words);

/// Two int16 in a word, the first one low.
int32_t packed(int64_t low, int64_t high);

}  // namespace embark
