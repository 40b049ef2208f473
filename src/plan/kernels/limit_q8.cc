// int8 limits per channel, row by row (emk/limit_q8.h).

#include <fmt/format.h>

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
    const Node &node = base_node(graph, step);
    const Map map = map_of(base_input(graph, step));
    LoweredStep lowered;
    lowered.tables.push_back({"limit", "int8_t", fmt::format("{}: [channels]", node.name),
                              DataType::kInt8, *graph.tensor(node.inputs[1]).data});
    KernelCall call{"emk_limit_q8", "emk_limit_q8_args", "", {}, {0}};
    call.header = "emk/limit_q8.h";
    call.work_rows = map.rows;
    call.fields = {
        table_field("limit", "limit"),      int_field("is_ceiling", node.op == "minimum" ? 1 : 0),
        int_field("columns", map.columns),  int_field("channels", map.channels),
        int_field("in_ring", step.in_ring), int_field("out_ring", step.out_ring)};
    lowered.calls.push_back(std::move(call));
    return lowered;
}

}  // namespace embark
