// Any operator with a portable call (ops/portable.h) as a step: what no row of kernels.def takes.

#include "ops/portable.h"

#include <fmt/format.h>

#include "plan/kernels/lowering.h"

namespace embark {

namespace {

/// The call of a step whose kernel is a portable one; select_portable_kernel saw it succeed.
PortableCall call_of(const Graph &graph, const Step &step) {
    auto call = portable_call(graph, base_node(graph, step));
    EMBARK_ASSERT(call.ok());
    return std::move(call).value();
}

bool accepts(const Graph &, const Node &) {
    return true;
}

std::optional<RowMap> rows(const Graph &, const Step &) {
    return std::nullopt;
}

int64_t useful_scratch(const Graph &, const Step &) {
    return 0;
}

int64_t needed_scratch(const Graph &graph, const Step &step) {
    return call_of(graph, step).scratch_bytes;
}

/// The calls state what their arithmetic costs; addressing and flash double it (measured with
/// `embark bench` over the MLPerf Tiny networks: 1.9 to 2.4).
constexpr int64_t kCyclesPerStated = 2;

int64_t cycles(const Graph &graph, const Step &step, const Board &) {
    return call_of(graph, step).cycles * kCyclesPerStated;
}

std::string float_list(const std::vector<float> &values) {
    std::string text = "{";
    for (size_t i = 0; i < values.size(); ++i) {
        text += (i > 0 ? ", " : "") + float_literal(values[i]);
    }
    return text + "}";
}

ArgumentField argument_of(const Field &field) {
    switch (field.kind) {
        case Field::Kind::kInt:
            return int_field(field.name, field.ints[0]);
        case Field::Kind::kInts:
            return int_array_field(field.name, field.ints);
        case Field::Kind::kFloat:
            return float_field(field.name, field.floats[0]);
        case Field::Kind::kFloats:
            return {field.name, ArgumentField::Kind::kLiteral, float_list(field.floats)};
        case Field::Kind::kTable:
            return table_field(field.name, field.table);
        case Field::Kind::kScratch:
            return {field.name, ArgumentField::Kind::kScratch, field.table};
        case Field::Kind::kStruct:
            break;
    }
    ArgumentField nested{field.name, ArgumentField::Kind::kStruct, ""};
    for (const Field &inner : field.fields) nested.fields.push_back(argument_of(inner));
    return nested;
}

/// Index of a node's input among the step's, which leave constants and absent ones out.
int activation_index(const Graph &graph, const Node &node, int input) {
    int index = 0;
    for (int i = 0; i < input; ++i) {
        const TensorId id = node.inputs[static_cast<size_t>(i)];
        if (id != kNoTensor && !graph.tensor(id).is_constant()) ++index;
    }
    return index;
}

LoweredStep lower(const Graph &graph, const Step &step) {
    return lower_portable(graph, step, call_of(graph, step));
}

std::vector<KernelDefinition> portable_definitions() {
    std::vector<KernelDefinition> definitions;
    for (const PortableKernel &kernel : portable_kernels()) {
        KernelDefinition definition;
        definition.name = kernel.function;
        definition.source = kernel.source;
        definition.accepts = accepts;
        definition.rows = rows;
        definition.useful_scratch = useful_scratch;
        definition.needed_scratch = needed_scratch;
        definition.cycles = cycles;
        definition.lower = lower;
        definition.op = "portable";
        definitions.push_back(definition);
    }
    return definitions;
}

}  // namespace

LoweredStep lower_portable(const Graph &graph, const Step &step, const PortableCall &portable) {
    const Node &node = base_node(graph, step);
    const PortableKernel &kernel = *find_portable_kernel(portable.function);
    LoweredStep lowered;
    for (const PortableTable &table : portable.tables) {
        lowered.tables.push_back({table.name, std::string(c_type_of(table.type)),
                                  fmt::format("{}: {}", node.name, table.comment), table.type,
                                  table.bytes});
    }
    KernelCall call{std::string(kernel.function), std::string(kernel.arguments), "", {}, {}};
    call.header = kernel.header;
    call.takes_rows = false;
    for (const int input : portable.inputs) {
        if (input == PortableCall::kNull) {
            call.inputs.push_back(KernelCall::kNoInput);
            continue;
        }
        const Tensor &tensor = graph.tensor(node.inputs[static_cast<size_t>(input)]);
        if (!tensor.is_constant()) {
            call.inputs.push_back(activation_index(graph, node, input));
            continue;
        }
        call.inputs.push_back(-1 - static_cast<int>(lowered.tables.size()));
        lowered.tables.push_back({fmt::format("input{}", input),
                                  std::string(c_type_of(tensor.type.type)),
                                  fmt::format("{} {}", tensor.name, to_string(tensor.type.shape)),
                                  tensor.type.type, *tensor.data});
    }
    for (const Field &field : portable.fields) call.fields.push_back(argument_of(field));
    lowered.calls.push_back(std::move(call));
    return lowered;
}

const KernelDefinition *select_portable_kernel(const Graph &graph, const Node &node) {
    static const std::vector<KernelDefinition> definitions = portable_definitions();
    const auto call = portable_call(graph, node);
    if (!call.ok()) return nullptr;
    for (const KernelDefinition &definition : definitions) {
        if (definition.name == call->function) return &definition;
    }
    return nullptr;
}

}  // namespace embark
