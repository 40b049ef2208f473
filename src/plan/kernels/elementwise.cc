// Planning of the kernels without weights: maps, softmax, binary, copies, padding.

#include <fmt/format.h>

#include <algorithm>

#include "ops/pad/pad.h"
#include "ops/registry.h"
#include "plan/kernels/lowering.h"

namespace embark {

namespace {

RowMap one_to_one(const Map &map) {
    RowMap rows;
    rows.work_rows = rows.in_rows = rows.out_rows = map.rows;
    rows.in_row_bytes = rows.out_row_bytes =
        map.columns * map.channels * static_cast<int64_t>(sizeof(float));
    return rows;
}

bool is_map(const TensorType &type) {
    return type.shape.size() == 4 && type.shape[0] == 1;
}

}  // namespace

// ---- emk_map_f32

bool accepts_map_f32(const Graph &graph, const Node &node) {
    const OpDefinition &op = op_of(node);
    return op.has(kActivation) || (op.has(kPerChannel) && has_constant_operands(graph, node, 1));
}

std::optional<RowMap> rows_map_f32(const Graph &graph, const Step &step) {
    return one_to_one(map_of(base_input(graph, step)));
}

int64_t useful_scratch_map_f32(const Graph &, const Step &) {
    return 0;
}

int64_t cycles_map_f32(const Graph &graph, const Step &step, const Board &) {
    return element_count(base_input(graph, step).shape) * (8 + epilogue_cycles(graph, step));
}

LoweredStep lower_map_f32(const Graph &graph, const Step &step) {
    const Map map = map_of(base_input(graph, step));
    LoweredStep lowered;
    KernelCall call{"emk_map_f32", "emk_map_f32_args", "", {}, {0}};
    call.work_rows = map.rows;
    call.fields.push_back(epilogue_field(graph, step, lowered));
    call.fields.push_back(int_field("columns", map.columns));
    call.fields.push_back(int_field("channels", map.channels));
    call.fields.push_back(int_field("in_ring", step.in_ring));
    call.fields.push_back(int_field("out_ring", step.out_ring));
    lowered.calls.push_back(std::move(call));
    return lowered;
}

// ---- emk_softmax_f32

bool accepts_softmax_f32(const Graph &, const Node &node) {
    return node.float_or("beta", 1.0) == 1.0;
}

// It works in place, and does not address rings of rows.
std::optional<RowMap> rows_softmax_f32(const Graph &, const Step &) {
    return std::nullopt;
}

int64_t useful_scratch_softmax_f32(const Graph &, const Step &) {
    return 0;
}

int64_t cycles_softmax_f32(const Graph &graph, const Step &step, const Board &) {
    return element_count(base_input(graph, step).shape) * 90;
}

LoweredStep lower_softmax_f32(const Graph &graph, const Step &step) {
    const Shape &shape = base_input(graph, step).shape;
    LoweredStep lowered;
    KernelCall call{"emk_softmax_f32", "emk_softmax_f32_args", "", {}, {0}};
    call.work_rows = element_count(shape) / shape.back();
    call.fields.push_back(int_field("channels", shape.back()));
    lowered.calls.push_back(std::move(call));
    return lowered;
}

namespace {

const char *binary_operation(const Node &node) {
    if (node.op == "add") return "EMK_ADD";
    if (node.op == "subtract") return "EMK_SUBTRACT";
    if (node.op == "multiply") return "EMK_MULTIPLY";
    if (node.op == "maximum") return "EMK_MAXIMUM";
    return "EMK_MINIMUM";
}

}  // namespace

// ---- emk_pair_f32

bool accepts_pair_f32(const Graph &graph, const Node &node) {
    const Shape &shape = graph.tensor(node.outputs[0]).type.shape;
    return std::all_of(node.inputs.begin(), node.inputs.end(), [&](TensorId id) {
        return !graph.tensor(id).is_constant() && graph.tensor(id).type.shape == shape;
    });
}

std::optional<RowMap> rows_pair_f32(const Graph &graph, const Step &step) {
    return one_to_one(map_of(base_output(graph, step)));
}

int64_t useful_scratch_pair_f32(const Graph &, const Step &) {
    return 0;
}

int64_t cycles_pair_f32(const Graph &graph, const Step &step, const Board &) {
    return element_count(base_output(graph, step).shape) * (17 + epilogue_cycles(graph, step));
}

LoweredStep lower_pair_f32(const Graph &graph, const Step &step) {
    const Node &node = base_node(graph, step);
    const Map map = map_of(base_output(graph, step));
    LoweredStep lowered;
    KernelCall call{"emk_pair_f32", "emk_pair_f32_args", "", {}, {0, 1}};
    call.work_rows = map.rows;
    call.fields.push_back(epilogue_field(graph, step, lowered));
    call.fields.push_back({"operation", ArgumentField::Kind::kLiteral, binary_operation(node)});
    call.fields.push_back(int_field("columns", map.columns));
    call.fields.push_back(int_field("channels", map.channels));
    call.fields.push_back(int_field("a_ring", step.in_ring));
    call.fields.push_back(int_field("b_ring", step.second_ring));
    call.fields.push_back(int_field("out_ring", step.out_ring));
    lowered.calls.push_back(std::move(call));
    return lowered;
}

// ---- emk_binary_f32

bool accepts_binary_f32(const Graph &graph, const Node &node) {
    return graph.tensor(node.outputs[0]).type.shape.size() <= 4;
}

std::optional<RowMap> rows_binary_f32(const Graph &, const Step &) {
    return std::nullopt;
}

int64_t useful_scratch_binary_f32(const Graph &, const Step &) {
    return 0;
}

int64_t cycles_binary_f32(const Graph &graph, const Step &step, const Board &) {
    return element_count(base_output(graph, step).shape) * (16 + epilogue_cycles(graph, step));
}

namespace {

/// Strides, in elements, of an operand broadcast to four axes as numpy does.
std::vector<int64_t> broadcast_strides(const Shape &shape) {
    std::vector<int64_t> strides(4, 0);
    int64_t stride = 1;
    for (size_t i = 0; i < shape.size(); ++i) {
        const int64_t extent = shape[shape.size() - 1 - i];
        if (extent != 1) strides[3 - i] = stride;
        stride *= extent;
    }
    return strides;
}

}  // namespace

LoweredStep lower_binary_f32(const Graph &graph, const Step &step) {
    const Node &node = base_node(graph, step);
    LoweredStep lowered;
    KernelCall call{"emk_binary_f32", "emk_binary_f32_args", "", {}, {}};
    call.takes_rows = false;
    call.fields.push_back(epilogue_field(graph, step, lowered));
    call.fields.push_back({"operation", ArgumentField::Kind::kLiteral, binary_operation(node)});
    Shape shape = base_output(graph, step).shape;
    shape.insert(shape.begin(), 4 - shape.size(), 1);
    call.fields.push_back(int_array_field("shape", shape));
    int next_input = 0;
    for (size_t i = 0; i < 2; ++i) {
        const Tensor &operand = graph.tensor(node.inputs[i]);
        call.fields.push_back(int_array_field(i == 0 ? "a_stride" : "b_stride",
                                              broadcast_strides(operand.type.shape)));
        if (!operand.is_constant()) {
            call.inputs.push_back(next_input++);
            continue;
        }
        const auto values = operand.values<float>();
        lowered.tables.push_back(
            float_table(fmt::format("operand{}", i),
                        fmt::format("{}: operand {}", node.name, to_string(operand.type.shape)),
                        std::vector<float>(values.begin(), values.end())));
        call.inputs.push_back(-static_cast<int>(lowered.tables.size()));
    }
    lowered.calls.push_back(std::move(call));
    return lowered;
}

// ---- concatenation by emk_copy_f32, of other types by emk_copy

bool accepts_concat(const Graph &, const Node &) {
    return true;
}

std::optional<RowMap> rows_concat(const Graph &, const Step &) {
    return std::nullopt;
}

int64_t useful_scratch_concat(const Graph &, const Step &) {
    return 0;
}

int64_t cycles_concat(const Graph &graph, const Step &step, const Board &) {
    return element_count(base_output(graph, step).shape) * 6;
}

namespace {

/// The call without its arguments for operand \p i.
KernelCall copy_call(const Tensor &operand, size_t i) {
    const std::string suffix = fmt::format("{}", i);
    KernelCall call{"emk_copy_f32", "emk_copy_f32_args", suffix, {}, {}};
    call.takes_rows = false;
    if (operand.type.type == DataType::kFloat32) return call;
    call.function = "emk_copy";
    call.argument_type = "emk_copy_args";
    call.header = "emk/move.h";
    call.fields.push_back(
        int_field("element_bytes", static_cast<int64_t>(size_of(operand.type.type))));
    return call;
}

}  // namespace

LoweredStep lower_concat(const Graph &graph, const Step &step) {
    const Node &node = base_node(graph, step);
    const Shape &out = base_output(graph, step).shape;
    const auto axis = node.int_or("axis", 0);
    const Shape outer(out.begin(), out.begin() + axis);
    const Shape inner(out.begin() + axis, out.end());
    LoweredStep lowered;
    int64_t offset = 0;
    int next_input = 0;
    for (size_t i = 0; i < node.inputs.size(); ++i) {
        const Tensor &operand = graph.tensor(node.inputs[i]);
        const Shape &in = operand.type.shape;
        const int64_t run = element_count(Shape(in.begin() + axis, in.end()));
        KernelCall call = copy_call(operand, i);
        call.output_offset = offset;
        call.fields.push_back(int_field("blocks", element_count(outer)));
        call.fields.push_back(int_field("run", run));
        call.fields.push_back(int_field("stride", element_count(inner)));
        if (operand.is_constant()) {
            const DataType type = operand.type.type;
            lowered.tables.push_back({fmt::format("operand{}", i), std::string(c_type_of(type)),
                                      fmt::format("{}: {}", node.name, to_string(in)), type,
                                      *operand.data});
            call.inputs = {-static_cast<int>(lowered.tables.size())};
        } else {
            call.inputs = {next_input++};
        }
        offset += run;
        lowered.calls.push_back(std::move(call));
    }
    return lowered;
}

// ---- emk_pad_f32

bool accepts_pad_f32(const Graph &graph, const Node &node) {
    const TensorType &type = graph.tensor(node.inputs[0]).type;
    const auto before = node.ints_or("before", {}), after = node.ints_or("after", {});
    return pads_with_constant(node) && is_map(type) && before.size() == 4 && before[0] == 0 &&
           after[0] == 0;
}

std::optional<RowMap> rows_pad_f32(const Graph &, const Step &) {
    return std::nullopt;
}

int64_t useful_scratch_pad_f32(const Graph &, const Step &) {
    return 0;
}

int64_t cycles_pad_f32(const Graph &graph, const Step &step, const Board &) {
    return element_count(base_output(graph, step).shape) * 16;
}

LoweredStep lower_pad_f32(const Graph &graph, const Step &step) {
    const Node &node = base_node(graph, step);
    const Map in = map_of(base_input(graph, step)), out = map_of(base_output(graph, step));
    const auto before = node.ints_or("before", {0, 0, 0, 0});
    LoweredStep lowered;
    KernelCall call{"emk_pad_f32", "emk_pad_f32_args", "", {}, {0}};
    call.takes_rows = false;
    call.fields.push_back(int_field("in_h", in.rows));
    call.fields.push_back(int_field("in_w", in.columns));
    call.fields.push_back(int_field("in_c", in.channels));
    call.fields.push_back(int_field("out_h", out.rows));
    call.fields.push_back(int_field("out_w", out.columns));
    call.fields.push_back(int_field("out_c", out.channels));
    call.fields.push_back(int_field("top", before[1]));
    call.fields.push_back(int_field("left", before[2]));
    call.fields.push_back(int_field("front", before[3]));
    call.fields.push_back(float_field("value", static_cast<float>(node.float_or("value", 0))));
    lowered.calls.push_back(std::move(call));
    return lowered;
}

}  // namespace embark
