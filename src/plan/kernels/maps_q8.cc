// Planning of the int8 kernels of emk/maps_q8.h: additions and poolings by rows.

#include <algorithm>

#include "ops/operands.h"
#include "plan/kernels/lowering.h"
#include "plan/kernels/quantized_layer.h"

namespace embark {

namespace {

constexpr int64_t kTableBytes = 1024;

/// The operands of an addition: a is the one with the larger scale.
struct AddOperands {
    int64_t a_zero, b_zero, out_zero;
    int64_t b_multiplier, b_shift;
    int64_t multiplier, shift;
    int64_t low, high;
    bool swapped;  ///< a is the node's second input
};

bool is_exact_half(int64_t multiplier, int64_t shift) {
    return multiplier == 1 << 30 && shift == 0;
}

std::optional<AddOperands> add_operands(const Graph &graph, const Node &node) {
    const Shape &shape = graph.tensor(node.outputs[0]).type.shape;
    for (const TensorId id : node.inputs) {
        if (graph.tensor(id).is_constant() || graph.tensor(id).type.shape != shape) {
            return std::nullopt;
        }
    }
    const auto fields = portable_fields(graph, node, "emk_add_q8");
    if (!fields) return std::nullopt;
    const auto value = [&](std::string_view name) { return int_in(*fields, name); };
    AddOperands add{value("a_zero"),     value("b_zero"),
                    value("out_zero"),   value("b_multiplier"),
                    value("b_shift"),    value("out_multiplier"),
                    -value("out_shift"), value("low"),
                    value("high"),       false};
    if (!is_exact_half(value("a_multiplier"), value("a_shift"))) {
        if (!is_exact_half(add.b_multiplier, add.b_shift)) return std::nullopt;
        std::swap(add.a_zero, add.b_zero);
        add.b_multiplier = value("a_multiplier");
        add.b_shift = value("a_shift");
        add.swapped = true;
    }
    if (add.shift < 1 || add.shift > 22 || value("left_shift") != 20) return std::nullopt;
    return add;
}

RowMap rows_of(const Map &in, const Map &out) {
    RowMap rows;
    rows.work_rows = rows.out_rows = out.rows;
    rows.in_rows = in.rows;
    rows.in_row_bytes = in.columns * in.channels;
    rows.out_row_bytes = out.columns * out.channels;
    return rows;
}

Window pool_window(const Graph &graph, const Node &node) {
    const auto kernel = node.ints_or("kernel", {1, 1});
    return window_of(node, graph.tensor(node.inputs[0]).type.shape, kernel[0], kernel[1]);
}

bool accepts_pool(const Graph &graph, const Node &node, std::string_view portable) {
    if (!portable_fields(graph, node, portable)) return false;
    const Window window = pool_window(graph, node);
    return graph.tensor(node.inputs[0]).type.shape[0] == 1 && window.dilation_h == 1 &&
           window.dilation_w == 1 && window.kernel_w <= 255;
}

std::optional<RowMap> pool_rows(const Graph &graph, const Step &step) {
    const Window window = pool_window(graph, base_node(graph, step));
    RowMap rows = rows_of(map_of(base_input(graph, step)), map_of(base_output(graph, step)));
    rows.stride = window.stride_h;
    rows.pad_top = window.top;
    rows.span = window.kernel_h;
    return rows;
}

LoweredStep lower_pool(const Graph &graph, const Step &step, std::string_view portable) {
    const Node &node = base_node(graph, step);
    const Window window = pool_window(graph, node);
    const auto fields = portable_fields(graph, node, portable);
    const int64_t channels = base_output(graph, step).shape.back();
    KernelCall call{std::string(step.kernel->name), "emk_pool_rows_q8_args", "", {}, {0}};
    call.header = "emk/maps_q8.h";
    call.work_rows = window.out_h;
    call.fields = {
        int_field("in_h", window.in_h),           int_field("in_w", window.in_w),
        int_field("channels", channels),          int_field("in_ring", step.in_ring),
        int_field("out_w", window.out_w),         int_field("out_ring", step.out_ring),
        int_field("kernel_h", window.kernel_h),   int_field("kernel_w", window.kernel_w),
        int_field("stride_h", window.stride_h),   int_field("stride_w", window.stride_w),
        int_field("pad_top", window.top),         int_field("pad_left", window.left),
        int_field("low", int_in(*fields, "low")), int_field("high", int_in(*fields, "high"))};
    LoweredStep lowered;
    lowered.calls.push_back(std::move(call));
    return lowered;
}

/// Words of four channels, and the single ones that are left.
int64_t groups_of(int64_t channels) {
    return channels / 4 + channels % 4;
}

}  // namespace

// ---- emk_add_rows_q8

bool accepts_add_rows_q8(const Graph &graph, const Node &node) {
    return add_operands(graph, node).has_value();
}

std::optional<RowMap> rows_add_rows_q8(const Graph &graph, const Step &step) {
    const Map map = map_of(base_output(graph, step));
    return rows_of(map, map);
}

int64_t useful_scratch_add_rows_q8(const Graph &, const Step &) {
    return kTableBytes;
}

int64_t cycles_add_rows_q8(const Graph &graph, const Step &step, const Board &) {
    const Map map = map_of(base_output(graph, step));
    const int64_t elements = map.rows * map.columns * map.channels;
    const int64_t calls = step.row_by_row ? map.rows : 1;
    const auto add = add_operands(graph, base_node(graph, step));
    if (step.scratch_bytes == 0) return elements * 19 + map.rows * 90 + calls * 50;
    const bool relu = add->low >= add->out_zero;
    const int64_t row = map.columns * map.channels;
    return map.rows * (row / 8 * (relu ? 78 : 86) + row % 8 * 35 + 100) + calls * 5000;
}

LoweredStep lower_add_rows_q8(const Graph &graph, const Step &step) {
    const auto add = add_operands(graph, base_node(graph, step));
    const Map map = map_of(base_output(graph, step));
    // With equal scales b needs no factor either: 2^22 * 2^30 / 2^32, halved.
    const bool same = is_exact_half(add->b_multiplier, add->b_shift);
    const int64_t b_shift = same ? 1 : -add->b_shift;
    LoweredStep lowered;
    lowered.sources = {"binary/add_rows_q8.S"};
    KernelCall call{"emk_add_rows_q8", "emk_add_rows_q8_args", "", {}, {0, 1}};
    if (add->swapped) call.inputs = {1, 0};
    call.header = "emk/maps_q8.h";
    call.work_rows = map.rows;
    call.fields = {
        int_field("row_bytes", map.columns * map.channels),
        int_field("a_ring", add->swapped ? step.second_ring : step.in_ring),
        int_field("b_ring", add->swapped ? step.in_ring : step.second_ring),
        int_field("out_ring", step.out_ring),
        int_field("a_zero", add->a_zero),
        int_field("b_zero", add->b_zero),
        int_field("b_left", same ? 22 : 21),
        int_field("b_multiplier", add->b_multiplier),
        int_field("b_rounding", int64_t{1} << (b_shift - 1)),
        int_field("b_shift", b_shift),
        int_field("low", add->low),
        int_field("high", add->high),
        int_field("multiplier", add->multiplier),
        int_field("rounding", (int64_t{1} << (add->shift - 1)) + add->out_zero * (1 << add->shift)),
        int_field("shift", add->shift),
        int_field("relu", add->low >= add->out_zero ? 1 : 0),
        step.scratch_bytes > 0 ? ArgumentField{"table", ArgumentField::Kind::kScratch, "int32_t"}
                               : table_field("table", "")};
    lowered.calls.push_back(std::move(call));
    return lowered;
}

// ---- emk_max_pool_words_q8

bool accepts_max_pool_words_q8(const Graph &graph, const Node &node) {
    return accepts_pool(graph, node, "emk_max_pool_q8");
}

std::optional<RowMap> rows_max_pool_words_q8(const Graph &graph, const Step &step) {
    return pool_rows(graph, step);
}

int64_t useful_scratch_max_pool_words_q8(const Graph &, const Step &) {
    return 0;
}

int64_t cycles_max_pool_words_q8(const Graph &graph, const Step &step, const Board &) {
    const Window window = pool_window(graph, base_node(graph, step));
    const int64_t taps = window.kernel_h * window.kernel_w;
    const int64_t turns = std::max<int64_t>(1, (taps + 1) / 3);
    const int64_t turn = groups_of(base_output(graph, step).shape.back()) * 22 + 60;
    const int64_t pixel = turns * turn + (taps > 4 ? taps * 10 + 20 : 25);
    return window.out_h * window.out_w * pixel + 200;
}

LoweredStep lower_max_pool_words_q8(const Graph &graph, const Step &step) {
    return lower_pool(graph, step, "emk_max_pool_q8");
}

// ---- emk_average_pool_rows_q8

bool accepts_average_pool_rows_q8(const Graph &graph, const Node &node) {
    return accepts_pool(graph, node, "emk_average_pool_q8");
}

std::optional<RowMap> rows_average_pool_rows_q8(const Graph &graph, const Step &step) {
    return pool_rows(graph, step);
}

int64_t useful_scratch_average_pool_rows_q8(const Graph &, const Step &) {
    return 0;
}

int64_t cycles_average_pool_rows_q8(const Graph &graph, const Step &step, const Board &) {
    const Window window = pool_window(graph, base_node(graph, step));
    const int64_t taps = window.kernel_h * window.kernel_w;
    const int64_t group = taps * 10 + window.kernel_h * 35 + 150;
    return window.out_h * window.out_w *
               (groups_of(base_output(graph, step).shape.back()) * group + 90) +
           200;
}

LoweredStep lower_average_pool_rows_q8(const Graph &graph, const Step &step) {
    return lower_pool(graph, step, "emk_average_pool_q8");
}

}  // namespace embark
