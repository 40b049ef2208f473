// Planning of the pooling kernels; global pooling is one window over the whole map.

#include "plan/kernels/lowering.h"

namespace embark {

namespace {

struct PoolWindow {
    std::vector<int64_t> kernel, strides, padding;
};

PoolWindow window_of(const Graph &graph, const Node &node) {
    if (node.op == "global_average_pool" || node.op == "global_max_pool") {
        const Map in = map_of(graph.tensor(node.inputs[0]).type);
        return {{in.rows, in.columns}, {1, 1}, {0, 0, 0, 0}};
    }
    return {node.ints_or("kernel", {1, 1}), node.ints_or("strides", {1, 1}),
            node.ints_or("padding", {0, 0, 0, 0})};
}

bool accepts_pool(const Graph &graph, const Node &node) {
    const Shape &shape = graph.tensor(node.inputs[0]).type.shape;
    return shape.size() == 4 && shape[0] == 1 && node.int_or("count_padding", 0) == 0 &&
           node.ints_or("dilations", {1, 1}) == std::vector<int64_t>{1, 1};
}

/// The map after pooling; a global pool without kept axes is one row of one column.
Map pooled_map(const Graph &graph, const Step &step) {
    const TensorType &type = base_output(graph, step);
    if (type.shape.size() == 4) return map_of(type);
    return {1, 1, type.shape.back()};
}

std::optional<RowMap> pool_rows(const Graph &graph, const Step &step) {
    const PoolWindow window = window_of(graph, base_node(graph, step));
    const Map in = map_of(base_input(graph, step)), out = pooled_map(graph, step);
    RowMap rows;
    rows.work_rows = rows.out_rows = out.rows;
    rows.in_rows = in.rows;
    rows.stride = window.strides[0];
    rows.pad_top = window.padding[0];
    rows.span = window.kernel[0];
    rows.in_row_bytes = in.columns * in.channels * static_cast<int64_t>(sizeof(float));
    rows.out_row_bytes = out.columns * out.channels * static_cast<int64_t>(sizeof(float));
    return rows;
}

int64_t pool_cycles(const Graph &graph, const Step &step) {
    const PoolWindow window = window_of(graph, base_node(graph, step));
    return element_count(base_output(graph, step).shape) *
           (window.kernel[0] * window.kernel[1] * 8 + 6 + epilogue_cycles(graph, step));
}

LoweredStep lower_pool(const Graph &graph, const Step &step) {
    const PoolWindow window = window_of(graph, base_node(graph, step));
    const Map in = map_of(base_input(graph, step)), out = pooled_map(graph, step);
    LoweredStep lowered;
    KernelCall call{std::string(step.kernel->name), "emk_pool_f32_args", "", {}, {0}};
    call.work_rows = out.rows;
    call.fields.push_back(epilogue_field(graph, step, lowered));
    call.fields.push_back(int_field("in_h", in.rows));
    call.fields.push_back(int_field("in_w", in.columns));
    call.fields.push_back(int_field("channels", in.channels));
    call.fields.push_back(int_field("in_ring", step.in_ring));
    call.fields.push_back(int_field("out_w", out.columns));
    call.fields.push_back(int_field("out_ring", step.out_ring));
    call.fields.push_back(int_field("kernel_h", window.kernel[0]));
    call.fields.push_back(int_field("kernel_w", window.kernel[1]));
    call.fields.push_back(int_field("stride_h", window.strides[0]));
    call.fields.push_back(int_field("stride_w", window.strides[1]));
    call.fields.push_back(int_field("pad_top", window.padding[0]));
    call.fields.push_back(int_field("pad_left", window.padding[2]));
    lowered.calls.push_back(std::move(call));
    return lowered;
}

}  // namespace

bool accepts_max_pool_f32(const Graph &graph, const Node &node) {
    return accepts_pool(graph, node);
}
std::optional<RowMap> rows_max_pool_f32(const Graph &graph, const Step &step) {
    return pool_rows(graph, step);
}
int64_t useful_scratch_max_pool_f32(const Graph &, const Step &) {
    return 0;
}
int64_t cycles_max_pool_f32(const Graph &graph, const Step &step, const Board &) {
    return pool_cycles(graph, step);
}
LoweredStep lower_max_pool_f32(const Graph &graph, const Step &step) {
    return lower_pool(graph, step);
}

bool accepts_average_pool_f32(const Graph &graph, const Node &node) {
    return accepts_pool(graph, node);
}
std::optional<RowMap> rows_average_pool_f32(const Graph &graph, const Step &step) {
    return pool_rows(graph, step);
}
int64_t useful_scratch_average_pool_f32(const Graph &, const Step &) {
    return 0;
}
int64_t cycles_average_pool_f32(const Graph &graph, const Step &step, const Board &) {
    return pool_cycles(graph, step);
}
LoweredStep lower_average_pool_f32(const Graph &graph, const Step &step) {
    return lower_pool(graph, step);
}

}  // namespace embark
