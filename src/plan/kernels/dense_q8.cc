// Planning of emk_dense_q8_pairs.

#include <fmt/format.h>

#include "plan/kernels/lowering.h"
#include "plan/kernels/quantized_layer.h"

namespace embark {

namespace {

constexpr int64_t kBlockPairs = 4;
constexpr int64_t kStepInputs = 8;

int64_t padded_inputs(const QuantizedLayer &layer) {
    return (layer.in_channels + kStepInputs - 1) / kStepInputs * kStepInputs;
}

/// 256 * w_b + w_a of outputs \p a and a + 1; what lies outside is zero.
int64_t pair_code(const QuantizedLayer &layer, int64_t a, int64_t input) {
    if (input >= layer.in_channels) return 0;
    const auto at = static_cast<size_t>(input);
    const int64_t low = dense_weights(layer, a)[at];
    return a + 1 < layer.out_channels ? 256 * dense_weights(layer, a + 1)[at] + low : low;
}

/// Whether the pair's second sum can be told from the sum of its codes.
bool can_pair(const QuantizedLayer &layer, int64_t a) {
    const SumRange first = sum_range(layer, a, dense_weights(layer, a));
    if (first.size >= 1 << 30) return false;
    if (a + 1 >= layer.out_channels) return true;
    const SumRange second = sum_range(layer, a + 1, dense_weights(layer, a + 1));
    if (second.low <= -(1 << 23) || second.high >= 1 << 23) return false;
    // Codes leave 16 bits only where the second weight is -128 and the first one negative.
    const auto low = dense_weights(layer, a), high = dense_weights(layer, a + 1);
    for (size_t i = 0; i < high.size(); ++i) {
        if (high[i] == INT8_MIN && low[i] < 0) return false;
    }
    return true;
}

void append_block(const QuantizedLayer &layer, int64_t a, int64_t pairs,
                  std::vector<int32_t> &stream) {
    for (int64_t i = 0; i < pairs; ++i) {
        stream.push_back(static_cast<int32_t>(folded_bias(layer, a + 2 * i)));
    }
    for (int64_t i = 0; i < pairs; ++i) {
        const int64_t both =
            folded_bias(layer, a + 2 * i) + 256 * folded_bias(layer, a + 2 * i + 1);
        stream.push_back(static_cast<int32_t>(both));
    }
    for (int64_t input = 0; input < padded_inputs(layer); input += 4) {
        for (int64_t k = input; k < input + 2; ++k) {
            for (int64_t i = 0; i < pairs; ++i) {
                stream.push_back(
                    packed(pair_code(layer, a + 2 * i, k), pair_code(layer, a + 2 * i, k + 2)));
            }
        }
    }
}

}  // namespace

bool accepts_dense_q8_pairs(const Graph &graph, const Node &node) {
    const auto layer = quantized_layer(graph, node);
    if (!layer || !has_factors(*layer)) return false;
    for (int64_t a = 0; a < layer->out_channels; a += 2) {
        if (!can_pair(*layer, a)) return false;
    }
    return true;
}

std::optional<RowMap> rows_dense_q8_pairs(const Graph &, const Step &) {
    return std::nullopt;
}

int64_t useful_scratch_dense_q8_pairs(const Graph &, const Step &) {
    return 0;
}

int64_t cycles_dense_q8_pairs(const Graph &graph, const Step &step, const Board &board) {
    const auto layer = quantized_layer(graph, base_node(graph, step));
    const int64_t rows = element_count(base_output(graph, step).shape) / layer->out_channels;
    const int64_t inputs = padded_inputs(*layer);
    const int64_t blocks = layer->out_channels / (2 * kBlockPairs);
    const int64_t pairs = (layer->out_channels % (2 * kBlockPairs) + 1) / 2;
    const int64_t factor_bytes = layer->multipliers.size() > 1 ? 12 : 0;
    const int64_t bytes = (blocks * kBlockPairs + pairs) * (2 * inputs + 8 + 2 * factor_bytes);
    return rows * (blocks * (inputs * 163 / 16 + 166) + pairs * (inputs * 31 / 8 + 200) +
                   flash_stall(board, bytes) + 150);
}

LoweredStep lower_dense_q8_pairs(const Graph &graph, const Step &step) {
    const Node &node = base_node(graph, step);
    const auto layer = quantized_layer(graph, node);
    std::vector<int32_t> stream;
    for (int64_t a = 0; a < layer->out_channels;) {
        const bool whole = layer->out_channels - a >= 2 * kBlockPairs;
        const int64_t pairs = whole ? kBlockPairs : 1;
        append_block(*layer, a, pairs, stream);
        a += 2 * pairs;
    }
    LoweredStep lowered;
    lowered.sources = {"dense/dense_q8_pairs.S"};
    lowered.tables.push_back(
        int32_table("stream",
                    fmt::format("{}: biases and weights {} as pair codes", node.name,
                                to_string(graph.tensor(node.inputs[1]).type.shape)),
                    stream));
    lowered.tables.push_back(factor_table(*layer, node.name));
    KernelCall call{"emk_dense_q8_pairs", "emk_dense_q8_pairs_args", "", {}, {0}};
    call.header = "emk/dense_q8.h";
    call.work_rows = element_count(base_output(graph, step).shape) / layer->out_channels;
    call.fields = {int_field("in_c", layer->in_channels),
                   int_field("out_c", layer->out_channels),
                   table_field("stream", "stream"),
                   table_field("factors", "factors"),
                   factor_words_field(*layer),
                   int_field("low", layer->low),
                   int_field("high", layer->high)};
    lowered.calls.push_back(std::move(call));
    return lowered;
}

}  // namespace embark
