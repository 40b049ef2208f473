#include "plan/kernels/lowering.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>
#include <limits>

#include "ops/operands.h"

namespace embark {

std::string float_literal(float value) {
    if (std::isnan(value)) return "EMK_NAN_F32";
    if (std::isinf(value)) return value > 0 ? "EMK_INFINITY_F32" : "-EMK_INFINITY_F32";
    std::string text = fmt::format("{}", value);
    if (text.find_first_of(".e") == std::string::npos) text += ".0";
    return text + "f";
}

std::string_view c_type_of(DataType type) {
    switch (type) {
        case DataType::kFloat32:
            return "float";
        case DataType::kFloat64:
            return "double";
        case DataType::kInt8:
            return "int8_t";
        case DataType::kBool:
        case DataType::kUint8:
            return "uint8_t";
        case DataType::kInt16:
            return "int16_t";
        case DataType::kFloat16:
        case DataType::kUint16:
            return "uint16_t";
        case DataType::kInt32:
            return "int32_t";
        case DataType::kUint32:
            return "uint32_t";
        case DataType::kInt64:
            return "int64_t";
        case DataType::kUint64:
            return "uint64_t";
    }
    return "void";
}

ArgumentField int_field(std::string name, int64_t value) {
    return {std::move(name), ArgumentField::Kind::kLiteral, fmt::format("{}", value)};
}

ArgumentField float_field(std::string name, float value) {
    return {std::move(name), ArgumentField::Kind::kLiteral, float_literal(value)};
}

ArgumentField int_array_field(std::string name, const std::vector<int64_t> &values) {
    return {std::move(name), ArgumentField::Kind::kLiteral,
            fmt::format("{{{}}}", fmt::join(values, ", "))};
}

ArgumentField table_field(std::string name, std::string table) {
    return {std::move(name), ArgumentField::Kind::kTable, std::move(table)};
}

ConstantTable float_table(std::string name, std::string comment, std::vector<float> values) {
    const auto *raw = reinterpret_cast<const uint8_t *>(values.data());
    return {std::move(name), "float", std::move(comment), DataType::kFloat32,
            Bytes(raw, raw + values.size() * sizeof(float))};
}

std::string activation_function(const Node &node) {
    if (op_of(node).has(kClamp)) return "";
    if (node.op == "gelu" && node.int_or("approximate", 0) != 0) return "emk_gelu_tanh_f32";
    return "emk_" + node.op + "_f32";
}

ArgumentField epilogue_field(const Graph &graph, const Step &step, LoweredStep &lowered) {
    constexpr float kInfinity = std::numeric_limits<float>::infinity();
    std::string function, scale, shift;
    float alpha = 0, low = -kInfinity, high = kInfinity;
    for (size_t i = step.kernel->op.empty() ? 0 : 1; i < step.nodes.size(); ++i) {
        const Node &node = graph.nodes[static_cast<size_t>(step.nodes[i])];
        const OpDefinition &op = op_of(node);
        if (op.has(kActivation)) {
            function = activation_function(node);
            alpha = static_cast<float>(node.float_or("alpha", 1));
            if (!function.empty()) lowered.sources.push_back("activation/activation_f32.c");
            if (const auto clamp = clamp_of(node)) {
                low = static_cast<float>(clamp->low);
                high = static_cast<float>(clamp->high);
            }
        } else if (op.has(kPerChannel)) {
            const auto values = [&](size_t input) {
                const auto span = graph.tensor(node.inputs[input]).values<float>();
                return std::vector<float>(span.begin(), span.end());
            };
            scale = "scale", shift = "shift";
            lowered.tables.push_back(
                float_table(scale, fmt::format("{}: scale [channels]", node.name), values(1)));
            lowered.tables.push_back(
                float_table(shift, fmt::format("{}: shift [channels]", node.name), values(2)));
        }
    }
    ArgumentField field{"epilogue", ArgumentField::Kind::kStruct, {}, {}};
    field.fields.push_back(
        function.empty() ? table_field("function", "")
                         : ArgumentField{"function", ArgumentField::Kind::kLiteral, function});
    field.fields.push_back(float_field("alpha", alpha));
    field.fields.push_back(float_field("low", low));
    field.fields.push_back(float_field("high", high));
    field.fields.push_back(table_field("scale", scale));
    field.fields.push_back(table_field("shift", shift));
    return field;
}

const Node *fused_pool(const Graph &graph, const Step &step) {
    for (size_t i = 1; i < step.nodes.size(); ++i) {
        const Node &node = graph.nodes[static_cast<size_t>(step.nodes[i])];
        if (op_of(node).has(kPooling)) return &node;
    }
    return nullptr;
}

Map map_of(const TensorType &type) {
    const Shape &shape = type.shape;
    Map map;
    if (shape.empty()) return map;
    map.channels = shape.back();
    if (shape.size() < 3) {
        map.rows = element_count(shape) / std::max<int64_t>(map.channels, 1);
        return map;
    }
    map.columns = shape[shape.size() - 2];
    const int64_t row = map.columns * map.channels;
    map.rows = row > 0 ? element_count(shape) / row : 0;
    return map;
}

const TensorType &base_input(const Graph &graph, const Step &step) {
    return graph.tensor(base_node(graph, step).inputs.front()).type;
}

const TensorType &base_output(const Graph &graph, const Step &step) {
    return graph.tensor(base_node(graph, step).outputs.front()).type;
}

bool has_constant_operands(const Graph &graph, const Node &node, size_t first) {
    for (size_t i = first; i < node.inputs.size(); ++i) {
        if (node.inputs[i] != kNoTensor && !graph.tensor(node.inputs[i]).is_constant())
            return false;
    }
    return true;
}

int64_t flash_stall(const Board &board, int64_t bytes) {
    const int64_t line = std::max(board.flash.line_bytes, 1);
    return bytes * board.flash.wait_states / line;
}

int64_t weight_stall(const Step &step, const Board &board, int64_t bytes) {
    return step.weights_in_ram ? 0 : flash_stall(board, bytes);
}

int64_t epilogue_cycles(const Graph &graph, const Step &step) {
    int64_t cycles = 14;  // bias, clamp, store
    for (size_t i = step.kernel->op.empty() ? 0 : 1; i < step.nodes.size(); ++i) {
        const Node &node = graph.nodes[static_cast<size_t>(step.nodes[i])];
        if (op_of(node).has(kPerChannel)) cycles += 10;
        if (op_of(node).has(kActivation) && !activation_function(node).empty()) cycles += 60;
    }
    return cycles;
}

}  // namespace embark
