// int8 kernels that go row by row (emk/map_q8.h).

#include <fmt/format.h>

#include "ops/operands.h"
#include "ops/quantized.h"
#include "plan/kernels/lowering.h"

namespace embark {

namespace {

/// One image of int8 values.
bool is_map_q8(const Graph &graph, TensorId id) {
    const Tensor &tensor = graph.tensor(id);
    return !tensor.is_constant() && tensor.type.type == DataType::kInt8 &&
           is_quantized(tensor.type) && tensor.type.shape.size() == 4 && tensor.type.shape[0] == 1;
}

RowMap one_to_one(const Map &map) {
    RowMap rows;
    rows.work_rows = rows.in_rows = rows.out_rows = map.rows;
    rows.in_row_bytes = rows.out_row_bytes = map.columns * map.channels;
    return rows;
}

LoweredStep lower_limit(const Graph &graph, const Step &step, const char *function) {
    const Node &node = base_node(graph, step);
    const Map map = map_of(base_input(graph, step));
    LoweredStep lowered;
    lowered.tables.push_back({"limit", "int8_t", fmt::format("{}: [channels]", node.name),
                              DataType::kInt8, *graph.tensor(node.inputs[1]).data});
    KernelCall call{function, "emk_limit_q8_args", "", {}, {0}};
    call.header = "emk/map_q8.h";
    call.work_rows = map.rows;
    call.fields = {
        table_field("limit", "limit"),      int_field("is_ceiling", node.op == "minimum" ? 1 : 0),
        int_field("columns", map.columns),  int_field("channels", map.channels),
        int_field("in_ring", step.in_ring), int_field("out_ring", step.out_ring)};
    lowered.calls.push_back(std::move(call));
    return lowered;
}

}  // namespace

// ---- emk_limit_q8

bool accepts_limit_q8(const Graph &graph, const Node &node) {
    if (!is_map_q8(graph, node.inputs[0]) || !has_constant_operands(graph, node, 1)) return false;
    const Shape &shape = graph.tensor(node.inputs[0]).type.shape;
    const Shape &limit = graph.tensor(node.inputs[1]).type.shape;
    return shape == graph.tensor(node.outputs[0]).type.shape && !limit.empty() &&
           limit.back() == shape.back() && element_count(limit) == shape.back();
}

std::optional<RowMap> rows_limit_q8(const Graph &graph, const Step &step) {
    return one_to_one(map_of(base_input(graph, step)));
}

int64_t useful_scratch_limit_q8(const Graph &, const Step &) {
    return 0;
}

int64_t cycles_limit_q8(const Graph &graph, const Step &step, const Board &) {
    return element_count(base_input(graph, step).shape) * 11 + 200;
}

LoweredStep lower_limit_q8(const Graph &graph, const Step &step) {
    return lower_limit(graph, step, "emk_limit_q8");
}

// ---- emk_limit_words_q8

bool accepts_limit_words_q8(const Graph &graph, const Node &node) {
    return accepts_limit_q8(graph, node);
}

std::optional<RowMap> rows_limit_words_q8(const Graph &graph, const Step &step) {
    return rows_limit_q8(graph, step);
}

int64_t useful_scratch_limit_words_q8(const Graph &, const Step &) {
    return 0;
}

int64_t cycles_limit_words_q8(const Graph &graph, const Step &step, const Board &) {
    const Map map = map_of(base_input(graph, step));
    const int64_t pixel = map.channels / 4 * 10 + map.channels % 4 * 9 + 20;
    return map.rows * (map.columns * pixel + 40) + 100;
}

LoweredStep lower_limit_words_q8(const Graph &graph, const Step &step) {
    return lower_limit(graph, step, "emk_limit_words_q8");
}

// ---- emk_max_pool_rows_q8

bool accepts_max_pool_rows_q8(const Graph &graph, const Node &node) {
    return is_map_q8(graph, node.inputs[0]) &&
           node.ints_or("dilations", {1, 1}) == std::vector<int64_t>{1, 1};
}

std::optional<RowMap> rows_max_pool_rows_q8(const Graph &graph, const Step &step) {
    const Node &node = base_node(graph, step);
    const auto kernel = node.ints_or("kernel", {1, 1});
    const Map in = map_of(base_input(graph, step)), out = map_of(base_output(graph, step));
    RowMap rows;
    rows.work_rows = rows.out_rows = out.rows;
    rows.in_rows = in.rows;
    rows.stride = node.ints_or("strides", {1, 1})[0];
    rows.pad_top = node.ints_or("padding", {0, 0, 0, 0})[0];
    rows.span = kernel[0];
    rows.in_row_bytes = in.columns * in.channels;
    rows.out_row_bytes = out.columns * out.channels;
    return rows;
}

int64_t useful_scratch_max_pool_rows_q8(const Graph &, const Step &) {
    return 0;
}

int64_t cycles_max_pool_rows_q8(const Graph &graph, const Step &step, const Board &) {
    const auto kernel = base_node(graph, step).ints_or("kernel", {1, 1});
    return element_count(base_output(graph, step).shape) * (kernel[0] * kernel[1] * 9 + 12) + 200;
}

LoweredStep lower_max_pool_rows_q8(const Graph &graph, const Step &step) {
    const Node &node = base_node(graph, step);
    const auto kernel = node.ints_or("kernel", {1, 1}), strides = node.ints_or("strides", {1, 1});
    const auto padding = node.ints_or("padding", {0, 0, 0, 0});
    const Map in = map_of(base_input(graph, step)), out = map_of(base_output(graph, step));
    const IntegerRange range = output_range(node, DataType::kInt8);
    LoweredStep lowered;
    KernelCall call{"emk_max_pool_rows_q8", "emk_max_pool_rows_q8_args", "", {}, {0}};
    call.header = "emk/map_q8.h";
    call.work_rows = out.rows;
    const std::pair<const char *, int64_t> fields[] = {
        {"low", range.low},      {"high", range.high},        {"in_h", in.rows},
        {"in_w", in.columns},    {"channels", in.channels},   {"in_ring", step.in_ring},
        {"out_w", out.columns},  {"out_ring", step.out_ring}, {"kernel_h", kernel[0]},
        {"kernel_w", kernel[1]}, {"stride_h", strides[0]},    {"stride_w", strides[1]},
        {"pad_top", padding[0]}, {"pad_left", padding[2]}};
    for (const auto &[name, value] : fields) call.fields.push_back(int_field(name, value));
    lowered.calls.push_back(std::move(call));
    return lowered;
}

}  // namespace embark
