// Planning of emk_dense_q8_packed.

#include <fmt/format.h>

#include "ops/packed_weights.h"
#include "plan/kernels/lowering.h"
#include "plan/kernels/quantized_layer.h"

namespace embark {

namespace {

constexpr int64_t kStepInputs = 8;
constexpr int64_t kSumLimit = 1 << 30;  ///< of emk_rescale_s8

int64_t steps_of(const QuantizedLayer &layer) {
    return (layer.in_channels + kStepInputs - 1) / kStepInputs;
}

std::vector<int32_t> folded_biases(const QuantizedLayer &layer) {
    std::vector<int32_t> biases;
    for (int64_t o = 0; o < layer.out_channels; ++o) {
        biases.push_back(static_cast<int32_t>(folded_bias(layer, o)));
    }
    return biases;
}

}  // namespace

bool accepts_dense_q8_packed(const Graph &graph, const Node &node) {
    const auto layer = quantized_layer(graph, node);
    if (!layer || !has_factors(*layer)) return false;
    const auto bits = packable_bits(graph, node);
    if (!bits || *bits > node.int_or(kWeightBits, 0)) return false;
    for (int64_t o = 0; o < layer->out_channels; ++o) {
        if (sum_range(*layer, o, dense_weights(*layer, o)).size >= kSumLimit) return false;
    }
    return true;
}

std::optional<RowMap> rows_dense_q8_packed(const Graph &, const Step &) {
    return std::nullopt;
}

int64_t needed_scratch_dense_q8_packed(const Graph &graph, const Step &step) {
    const Node &node = base_node(graph, step);
    const int64_t pairs = int64_t{1} << 2 * node.int_or(kWeightBits, 0);
    return 4 * pairs + 2 * kStepInputs * steps_of(*quantized_layer(graph, node));
}

int64_t useful_scratch_dense_q8_packed(const Graph &graph, const Step &step) {
    return needed_scratch_dense_q8_packed(graph, step);
}

int64_t cycles_dense_q8_packed(const Graph &graph, const Step &step, const Board &board) {
    const Node &node = base_node(graph, step);
    const auto layer = quantized_layer(graph, node);
    const int64_t rows = element_count(base_output(graph, step).shape) / layer->out_channels;
    const int64_t bits = node.int_or(kWeightBits, 0), steps = steps_of(*layer);
    const int64_t pairs = (layer->out_channels + 1) / 2;
    const int64_t bytes = 2 * pairs * (steps * bits + 16);
    return (int64_t{1} << 2 * bits) * 8 +
           rows * (layer->in_channels * 5 + pairs * (steps * 50 + 90) + flash_stall(board, bytes));
}

LoweredStep lower_dense_q8_packed(const Graph &graph, const Step &step) {
    const Node &node = base_node(graph, step);
    const auto layer = quantized_layer(graph, node);
    const Tensor &weights = graph.tensor(node.inputs[1]);
    const int64_t bits = node.int_or(kWeightBits, 0);
    std::vector<int8_t> levels = weight_levels(weights);
    levels.resize(size_t{1} << bits, 0);
    Bytes indices =
        pack_indices(layer->filter, layer->in_channels, steps_of(*layer) * bits, bits, levels);
    indices.resize(indices.size() + 3, 0);  // the last bytes are read as words
    LoweredStep lowered;
    lowered.tables = {
        {"indices", "uint8_t",
         fmt::format("{}: weights {} in {} bits", node.name, to_string(weights.type.shape), bits),
         DataType::kUint8, std::move(indices)},
        {"levels", "int8_t", "what the indices stand for", DataType::kInt8,
         Bytes(levels.begin(), levels.end())},
        int32_table("biases", node.name + ": biases for inputs with their zero point",
                    folded_biases(*layer)),
        factor_table(*layer, node.name)};
    KernelCall call{"emk_dense_q8_packed", "emk_dense_q8_packed_args", "", {}, {0}};
    call.header = "emk/dense_q8.h";
    call.work_rows = element_count(base_output(graph, step).shape) / layer->out_channels;
    call.fields = {int_field("in_c", layer->in_channels),
                   int_field("out_c", layer->out_channels),
                   table_field("indices", "indices"),
                   table_field("levels", "levels"),
                   int_field("bits", bits),
                   table_field("biases", "biases"),
                   table_field("factors", "factors"),
                   factor_words_field(*layer),
                   int_field("low", layer->low),
                   int_field("high", layer->high),
                   {"scratch", ArgumentField::Kind::kScratch, "uint32_t"}};
    lowered.calls.push_back(std::move(call));
    return lowered;
}

}  // namespace embark
