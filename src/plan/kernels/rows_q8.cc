// Planning of the plain C kernels of emk/rows_q8.h: int8 convolutions, depthwise convolutions and
// dense layers by rows, of any shape.

#include <fmt/format.h>

#include "ops/operands.h"
#include "plan/kernels/lowering.h"
#include "plan/kernels/quantized_layer.h"

namespace embark {

namespace {

constexpr int64_t kMostTaps = 16;  // EMK_ROWS_Q8_MOST_TAPS

/// The window over the input; a dense layer is a column of pixels.
Window layer_window(const Graph &graph, const Node &node) {
    const Shape &x = graph.tensor(node.inputs[0]).type.shape;
    const Shape &filter = graph.tensor(node.inputs[1]).type.shape;
    if (node.op == "dense") {
        Window window;
        window.in_h = window.out_h = element_count(x) / filter[1];
        return window;
    }
    const size_t first = node.op == "conv2d" ? 1 : 0;
    return window_of(node, x, filter[first], filter[first + 1]);
}

bool accepts_rows(const Graph &graph, const Node &node) {
    if (!quantized_layer(graph, node)) return false;
    const Shape &x = graph.tensor(node.inputs[0]).type.shape;
    if (node.op == "dense") return true;
    return x.size() == 4 && x[0] == 1 && layer_window(graph, node).kernel_h <= kMostTaps;
}

std::optional<RowMap> layer_rows(const Graph &graph, const Step &step) {
    const Node &node = base_node(graph, step);
    const auto layer = quantized_layer(graph, node);
    const Window window = layer_window(graph, node);
    RowMap rows;
    rows.work_rows = rows.out_rows = window.out_h;
    rows.in_rows = window.in_h;
    rows.stride = window.stride_h;
    rows.pad_top = window.top;
    rows.span = (window.kernel_h - 1) * window.dilation_h + 1;
    rows.in_row_bytes = window.in_w * layer->in_channels;
    rows.out_row_bytes = window.out_w * layer->out_channels;
    return rows;
}

template <typename T>
ConstantTable table_of_type(std::string name, std::string comment, DataType type,
                            std::span<const T> values) {
    const auto *raw = reinterpret_cast<const uint8_t *>(values.data());
    return {std::move(name), std::string(c_type_of(type)), std::move(comment), type,
            Bytes(raw, raw + values.size_bytes())};
}

void add_tables(const Graph &graph, const Node &node, const QuantizedLayer &layer,
                LoweredStep &lowered) {
    const std::string shape = to_string(graph.tensor(node.inputs[1]).type.shape);
    const std::vector<int32_t> bias(layer.bias.begin(), layer.bias.end());
    const std::vector<int8_t> shifts(layer.shifts.begin(), layer.shifts.end());
    lowered.tables.push_back(table_of_type<int8_t>(
        "filter", fmt::format("{}: weights {}", node.name, shape), DataType::kInt8, layer.filter));
    lowered.tables.push_back(int32_table("bias", node.name + ": bias [out]", bias));
    lowered.tables.push_back(
        int32_table("multiplier", node.name + ": factors of the outputs", layer.multipliers));
    lowered.tables.push_back(table_of_type<int8_t>("shift", node.name + ": their powers of two",
                                                   DataType::kInt8, shifts));
}

ArgumentField rescale_field_of(const QuantizedLayer &layer) {
    ArgumentField field{"rescale", ArgumentField::Kind::kStruct, ""};
    field.fields = {int_field("out_zero", layer.out_zero),
                    int_field("low", layer.low),
                    int_field("high", layer.high),
                    int_field("per_channel", layer.multipliers.size() > 1 ? 1 : 0),
                    table_field("multiplier", "multiplier"),
                    table_field("shift", "shift")};
    return field;
}

LoweredStep lower_rows(const Graph &graph, const Step &step) {
    const Node &node = base_node(graph, step);
    const Window window = layer_window(graph, node);
    const auto layer = quantized_layer(graph, node);
    LoweredStep lowered;
    add_tables(graph, node, *layer, lowered);
    KernelCall call{std::string(step.kernel->name), "emk_rows_q8_args", "", {}, {0}};
    call.header = "emk/rows_q8.h";
    call.work_rows = window.out_h;
    call.fields = {table_field("filter", "filter"),
                   table_field("bias", "bias"),
                   rescale_field_of(*layer),
                   int_field("in_zero", layer->in_zero),
                   int_field("in_h", window.in_h),
                   int_field("in_w", window.in_w),
                   int_field("in_c", layer->in_channels),
                   int_field("in_ring", step.in_ring),
                   int_field("out_w", window.out_w),
                   int_field("out_c", layer->out_channels),
                   int_field("out_ring", step.out_ring),
                   int_field("groups", layer->groups),
                   int_field("kernel_h", window.kernel_h),
                   int_field("kernel_w", window.kernel_w),
                   int_field("stride_h", window.stride_h),
                   int_field("stride_w", window.stride_w),
                   int_field("dilation_h", window.dilation_h),
                   int_field("dilation_w", window.dilation_w),
                   int_field("pad_top", window.top),
                   int_field("pad_left", window.left)};
    lowered.calls.push_back(std::move(call));
    return lowered;
}

}  // namespace

// ---- emk_conv2d_rows_q8: conv2d and dense

bool accepts_conv2d_rows_q8(const Graph &graph, const Node &node) {
    return accepts_rows(graph, node);
}

std::optional<RowMap> rows_conv2d_rows_q8(const Graph &graph, const Step &step) {
    return layer_rows(graph, step);
}

int64_t useful_scratch_conv2d_rows_q8(const Graph &, const Step &) {
    return 0;
}

int64_t cycles_conv2d_rows_q8(const Graph &graph, const Step &step, const Board &board) {
    const Node &node = base_node(graph, step);
    const Window window = layer_window(graph, node);
    const auto layer = quantized_layer(graph, node);
    const int64_t depth = layer->in_channels / layer->groups;
    const int64_t fours = (layer->out_channels + 3) / 4;
    const int64_t taps = window.kernel_h * window.kernel_w;
    const bool joined = layer->groups == 1 && window.dilation_w == 1;
    const int64_t runs = joined ? window.kernel_h : taps;
    const int64_t block =
        taps * depth * 16 + runs * 60 + 260 + flash_stall(board, 4 * taps * depth);
    return window.out_h * window.out_w * (fours * block + 120) + 300;
}

LoweredStep lower_conv2d_rows_q8(const Graph &graph, const Step &step) {
    return lower_rows(graph, step);
}

// ---- emk_depthwise_rows_q8

bool accepts_depthwise_rows_q8(const Graph &graph, const Node &node) {
    return accepts_rows(graph, node);
}

std::optional<RowMap> rows_depthwise_rows_q8(const Graph &graph, const Step &step) {
    return layer_rows(graph, step);
}

int64_t useful_scratch_depthwise_rows_q8(const Graph &, const Step &) {
    return 0;
}

int64_t cycles_depthwise_rows_q8(const Graph &graph, const Step &step, const Board &board) {
    const Node &node = base_node(graph, step);
    const Window window = layer_window(graph, node);
    const auto layer = quantized_layer(graph, node);
    const int64_t taps = window.kernel_h * window.kernel_w;
    const bool blocks = layer->in_channels == layer->out_channels;
    const int64_t fours = blocks ? layer->out_channels / 4 : 0;
    const int64_t ones = layer->out_channels - 4 * fours;
    const int64_t stall = flash_stall(board, 4 * taps);
    const int64_t pixel = fours * (taps * 31 + stall + window.kernel_h * 25 + 270) +
                          ones * (taps * 18 + window.kernel_h * 15 + 80) + 120;
    return window.out_h * window.out_w * pixel + 300;
}

LoweredStep lower_depthwise_rows_q8(const Graph &graph, const Step &step) {
    return lower_rows(graph, step);
}

}  // namespace embark
