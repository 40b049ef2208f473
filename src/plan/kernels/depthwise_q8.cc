// Planning of emk_depthwise_q8_3x3 and its variants for stride 2 and for maps behind a ReLU.

#include <fmt/format.h>

#include <algorithm>

#include "ops/operands.h"
#include "plan/kernels/lowering.h"
#include "plan/kernels/quantized_layer.h"

namespace embark {

namespace {

constexpr int64_t kLanes = 4;
constexpr int64_t kFastShift = 12;     // EMK_DEPTHWISE_SHIFT
constexpr int64_t kColumnBytes = 128;  // EMK_DEPTHWISE_COLUMN_BYTES

Window window_of_step(const Graph &graph, const Node &node) {
    const Shape &filter = graph.tensor(node.inputs[1]).type.shape;
    return window_of(node, graph.tensor(node.inputs[0]).type.shape, filter[0], filter[1]);
}

bool is_small_window(const Window &window) {
    const bool strides = window.stride_h == window.stride_w && window.stride_h <= 2;
    return window.kernel_h == 3 && window.kernel_w == 3 && strides && window.dilation_h == 1 &&
           window.dilation_w == 1 && window.left <= 2;
}

/// A channel's nine weights, row by row.
std::vector<int8_t> weights_of(const QuantizedLayer &layer, int64_t channel) {
    std::vector<int8_t> weights(9);
    for (size_t tap = 0; tap < weights.size(); ++tap) {
        weights[tap] = layer.filter[tap * static_cast<size_t>(layer.out_channels) +
                                    static_cast<size_t>(channel)];
    }
    return weights;
}

/// Bits that a channel's weights are shifted by for the functions named fast.
int64_t fast_left(const QuantizedLayer &layer, int64_t channel) {
    return kFastShift + 1 - factor_of(layer, channel)[2];
}

/// Whether the functions named fast apply.
bool is_fast(const QuantizedLayer &layer) {
    if (layer.low < layer.out_zero) return false;
    for (int64_t c = 0; c < layer.out_channels; ++c) {
        const int64_t left = fast_left(layer, c);
        if (left < 2 || left > 8) return false;
        const std::vector<int8_t> weights = weights_of(layer, c);
        const bool wide = left == 8 && std::ranges::count(weights, -128) > 0;
        if (wide || sum_range(layer, c, weights).size >= int64_t{1} << (31 - left)) return false;
    }
    return true;
}

void append_record(const QuantizedLayer &layer, int64_t channel, int64_t stride, bool fast,
                   std::vector<int32_t> &records) {
    const std::vector<int8_t> w = weights_of(layer, channel);
    const int64_t left = fast ? fast_left(layer, channel) : 1;
    const auto pair = [&](size_t first, size_t second) {
        return packed(w[first] * (1 << left), w[second] * (1 << left));
    };
    if (stride == 1) {
        for (size_t x = 0; x < 3; ++x) {
            records.insert(records.end(), {pair(x, x + 3), pair(x + 3, x + 6)});
        }
    } else {
        for (size_t x = 0; x < 3; ++x) records.push_back(pair(x, x + 3));
        records.insert(records.end(), {pair(6, 7), packed(w[8] * (1 << left), 0), 0});
    }
    auto factor = factor_of(layer, channel);
    if (fast) {
        factor[1] = static_cast<int32_t>((1 << (kFastShift - 1)) + (1 << (left - 2)) +
                                         layer.out_zero * (1 << kFastShift));
    }
    const int64_t bias = layer.bias[static_cast<size_t>(channel)] * (int64_t{1} << left);
    records.push_back(static_cast<int32_t>(bias));
    records.insert(records.end(), factor.begin(), factor.end());
}

}  // namespace

bool accepts_depthwise_q8_3x3(const Graph &graph, const Node &node) {
    const auto layer = quantized_layer(graph, node);
    const Shape &shape = graph.tensor(node.inputs[0]).type.shape;
    if (!layer || !has_factors(*layer) || shape.size() != 4 || shape[0] != 1) return false;
    if (layer->in_channels != layer->out_channels || layer->in_channels < kLanes) return false;
    if (!is_small_window(window_of_step(graph, node))) return false;
    for (int64_t c = 0; c < layer->out_channels; ++c) {
        if (sum_range(*layer, c, weights_of(*layer, c)).size >= 1 << 30) return false;
    }
    return true;
}

std::optional<RowMap> rows_depthwise_q8_3x3(const Graph &graph, const Step &step) {
    const Window window = window_of_step(graph, base_node(graph, step));
    const int64_t channels = map_of(base_input(graph, step)).channels;
    RowMap rows;
    rows.work_rows = rows.out_rows = window.out_h;
    rows.in_rows = window.in_h;
    rows.stride = window.stride_h;
    rows.pad_top = window.top;
    rows.span = 3;
    rows.in_row_bytes = window.in_w * channels;
    rows.out_row_bytes = window.out_w * channels;
    return rows;
}

int64_t useful_scratch_depthwise_q8_3x3(const Graph &, const Step &) {
    return 0;
}

int64_t needed_scratch_depthwise_q8_3x3(const Graph &graph, const Step &step) {
    const Window window = window_of_step(graph, base_node(graph, step));
    return ((window.out_w - 1) * window.stride_w + 3) * kColumnBytes;
}

std::optional<InputOverlap> overlap_depthwise_q8_3x3(const Graph &graph, const Step &step) {
    // Four channels at a time, whose outputs take the places of their inputs. What is left over
    // would read channels that are made already.
    const auto rows = rows_depthwise_q8_3x3(graph, step);
    const bool same = rows->stride == 1 && rows->in_rows == rows->out_rows &&
                      rows->in_row_bytes == rows->out_row_bytes;
    if (!same || map_of(base_input(graph, step)).channels % kLanes != 0) return std::nullopt;
    return InputOverlap{0, true};
}

int64_t cycles_depthwise_q8_3x3(const Graph &graph, const Step &step, const Board &board) {
    const Node &node = base_node(graph, step);
    const Window window = window_of_step(graph, node);
    const auto layer = quantized_layer(graph, node);
    const bool exact = !is_fast(*layer);
    const int64_t stride = window.stride_h;
    const int64_t strip = step.row_by_row ? 1 : stride == 1 ? 14 : 6;
    const int64_t fours = (layer->out_channels + kLanes - 1) / kLanes;
    const int64_t strips = (window.out_h + strip - 1) / strip;
    const int64_t row_pairs = step.row_by_row ? window.out_h : (window.out_h + 1) / 2;
    const int64_t slots = step.row_by_row ? window.out_h * 2 : row_pairs * stride + strips;
    const int64_t tile = (stride == 1 ? 67 : 77) + (exact ? 13 : 0);
    // Alone, a row takes the tiles of a pair with one output less in each.
    const int64_t row_pair =
        window.out_w / 2 * tile + window.out_w % 2 * (stride == 1 ? 45 : 49) + 34;
    const int64_t pack = slots * (window.in_w * 21 + 38) + strips * 250;
    const int64_t outputs = window.out_h * window.out_w * layer->out_channels;
    const bool clamps = layer->low > -128 || layer->high < 127;
    return fours * (kLanes * (row_pairs * row_pair + strips * 75) + pack + 60) +
           flash_stall(board, layer->out_channels * 40 * strips) + (clamps ? outputs * 3 : 0) + 800;
}

LoweredStep lower_depthwise_q8_3x3(const Graph &graph, const Step &step) {
    const Node &node = base_node(graph, step);
    const Window window = window_of_step(graph, node);
    const auto layer = quantized_layer(graph, node);
    const bool fast = is_fast(*layer);
    std::vector<int32_t> records;
    for (int64_t c = 0; c < layer->out_channels; ++c) {
        append_record(*layer, c, window.stride_h, fast, records);
    }
    LoweredStep lowered;
    const std::string file = window.stride_h == 1 ? "depthwise_conv2d/depthwise_q8_3x3"
                                                  : "depthwise_conv2d/depthwise_q8_3x3_s2";
    lowered.sources = {file + ".c", file + ".S", "depthwise_conv2d/depthwise_q8_pack.S"};
    lowered.tables.push_back(
        int32_table("records",
                    fmt::format("{}: weights, bias and factor of each channel, filter {}",
                                node.name, to_string(graph.tensor(node.inputs[1]).type.shape)),
                    records));
    const std::string function = fmt::format(
        "emk_depthwise_q8_3x3{}{}", window.stride_h == 1 ? "" : "_s2", fast ? "_fast" : "");
    KernelCall call{function, "emk_depthwise_q8_3x3_args", "", {}, {0}};
    call.header = "emk/depthwise_q8.h";
    call.work_rows = window.out_h;
    call.fields = {int_field("in_h", window.in_h),
                   int_field("in_w", window.in_w),
                   int_field("channels", layer->in_channels),
                   int_field("in_ring", step.in_ring),
                   int_field("out_h", window.out_h),
                   int_field("out_w", window.out_w),
                   int_field("out_ring", step.out_ring),
                   int_field("pad_top", window.top),
                   int_field("pad_left", window.left),
                   int_field("in_zero", layer->in_zero),
                   int_field("low", layer->low),
                   int_field("high", layer->high),
                   table_field("records", "records"),
                   {"planes", ArgumentField::Kind::kScratch, "int32_t"}};
    lowered.calls.push_back(std::move(call));
    return lowered;
}

}  // namespace embark
