// The table of operators and the helpers of its converters.
#include "import/tflite/operators.h"

#include <fmt/format.h>

#include <algorithm>

#include "import/tflite/tflite_importer.h"
#include "ops/registry.h"

namespace embark::tflite {

#define EMBARK_TFLITE_OPERATOR(code, least_in, most_in, least_out, most_out, converter, becomes) \
    Expected<std::vector<TensorId>> convert_##converter(OperatorContext &context);
#include "import/tflite/operators.def"

namespace {

constexpr size_t kMany = 4096;
constexpr int64_t kMaxExtent = 1 << 20;  // of strides, kernels and dilations
// What is computed while importing: chains of shapes, broadcast constants and the like.
constexpr int64_t kMaxFoldedElements = 1 << 16;
constexpr int64_t kMaxFoldedMacc = 1 << 22;

constexpr OperatorDefinition kOperators[] = {
#define EMBARK_TFLITE_OPERATOR(code, least_in, most_in, least_out, most_out, converter, becomes) \
    {schema::BuiltinOperator::code, least_in, most_in, least_out, most_out,                      \
     convert_##converter,           becomes},
#include "import/tflite/operators.def"
};

Error invalid(std::string message) {
    return make_error(ErrorCode::kInvalid, std::move(message));
}

/// The operator's last node when all that it reads is known and computing it is quick.
bool can_fold(const Graph &graph, const Node &node) {
    int64_t elements = 0;
    for (const TensorId id : node.inputs) {
        if (id == kNoTensor) continue;
        if (!graph.tensor(id).is_constant()) return false;
    }
    for (const TensorId id : node.outputs) elements += element_count(graph.tensor(id).type.shape);
    return elements <= kMaxFoldedElements && op_of(node).macc(graph, node) <= kMaxFoldedMacc;
}

/// Turns the outputs of the graph's last node into constants. Operators that cannot be computed
/// on these types stay nodes.
Status fold_last_node(OperatorContext &context) {
    Graph &graph = context.graph;
    const Node &node = graph.nodes.back();
    if (!can_fold(graph, node)) return Ok{};
    std::vector<ConstTensorView> inputs;
    std::vector<std::shared_ptr<Bytes>> results;
    std::vector<TensorView> outputs;
    for (const TensorId id : node.inputs) {
        if (id == kNoTensor) {
            inputs.emplace_back();
            continue;
        }
        inputs.push_back({&graph.tensor(id).type, graph.tensor(id).data->data()});
    }
    for (const TensorId id : node.outputs) {
        const TensorType &type = graph.tensor(id).type;
        EMBARK_RETURN_IF_ERROR(context.tensors.charge(type.bytes()));
        results.push_back(std::make_shared<Bytes>(type.bytes()));
        outputs.push_back({&type, results.back()->data()});
    }
    if (!op_of(node).evaluate(node, inputs, outputs).ok()) return Ok{};
    for (size_t i = 0; i < results.size(); ++i) graph.tensor(node.outputs[i]).data = results[i];
    graph.nodes.pop_back();
    return Ok{};
}

Expected<TensorId> append_typed(OperatorContext &context, Node node,
                                const TensorType &quantized_as) {
    auto made = append_node(context.graph, std::move(node));
    if (!made.ok()) {
        Error error = std::move(made).error();
        error.location = {};
        return error;
    }
    for (const TensorId id : context.graph.nodes.back().outputs) {
        TensorType &type = context.graph.tensor(id).type;
        type.quantization = {};
        const bool fits = quantized_as.quantization.scales.size() == 1;
        if (type.type == quantized_as.type && fits) type.quantization = quantized_as.quantization;
    }
    EMBARK_RETURN_IF_ERROR(fold_last_node(context));
    return made;
}

Node make_node(OperatorContext &context, std::string op, std::string_view suffix,
               std::vector<TensorId> inputs, Attributes attributes) {
    Node node;
    node.op = std::move(op);
    node.name = suffix.empty() ? context.name
                               : context.names.unique(fmt::format("{}/{}", context.name, suffix));
    node.source = context.source;
    node.inputs = std::move(inputs);
    node.attributes = std::move(attributes);
    return node;
}

}  // namespace

std::string NameTable::unique(const std::string &wanted) {
    if (used_.insert(wanted).second) return wanted;
    int &last = last_.try_emplace(wanted, 1).first->second;
    std::string name;
    do {
        name = fmt::format("{}_{}", wanted, ++last);
    } while (!used_.insert(name).second);
    return name;
}

bool OperatorContext::has_input(size_t position) const {
    return position < input_count() && input_index(position) >= 0;
}

int32_t OperatorContext::input_index(size_t position) const {
    return op.inputs()->Get(static_cast<flatbuffers::uoffset_t>(position));
}

const OperatorDefinition *find_operator(schema::BuiltinOperator code) {
    const auto *found =
        std::find_if(std::begin(kOperators), std::end(kOperators),
                     [&](const OperatorDefinition &row) { return row.code == code; });
    return found == std::end(kOperators) ? nullptr : found;
}

std::vector<SourceOperator> source_operators() {
    std::vector<SourceOperator> list;
    for (const OperatorDefinition &row : kOperators) {
        list.push_back({schema::EnumNameBuiltinOperator(row.code), row.becomes});
    }
    return list;
}

std::span<const OperatorDefinition> all_operators() {
    return kOperators;
}

Expected<TensorId> input(OperatorContext &context, size_t position) {
    if (!context.has_input(position)) {
        return invalid(fmt::format("input {} is absent, expected a tensor", position));
    }
    return context.tensors.value(context.input_index(position));
}

Expected<TensorId> optional_input(OperatorContext &context, size_t position) {
    if (!context.has_input(position)) return kNoTensor;
    return context.tensors.value(context.input_index(position));
}

Expected<TensorId> weights_input(OperatorContext &context, size_t position, TensorId activation,
                                 std::string_view name) {
    if (!context.has_input(position)) return kNoTensor;
    const int32_t index = context.input_index(position);
    if (!context.tensors.is_constant(index)) return context.tensors.value(index);
    EMBARK_ASSIGN(TensorType type, context.tensors.constant_type(index));
    context.tensors.count_parameters(index);
    const bool float_wanted =
        context.type(activation).type == DataType::kFloat32 && type.type != DataType::kFloat32;
    if (float_wanted) {
        if (type.type != DataType::kFloat16) context.remarks.dequantized.push_back(context.name);
        EMBARK_ASSIGN(const auto values, context.tensors.real_numbers(index));
        return add_floats(context, name, type.shape, values);
    }
    EMBARK_ASSIGN(auto data, context.tensors.constant_data(index));
    return context.tensors.add_constant(fmt::format("{}/{}", context.name, name), std::move(type),
                                        std::move(data));
}

Expected<std::vector<int64_t>> constant_integers(OperatorContext &context, size_t position) {
    if (!context.has_input(position)) {
        return invalid(fmt::format("input {} is absent, expected a constant", position));
    }
    auto values = context.tensors.integers(context.input_index(position));
    if (values.ok()) return values;
    Error error = std::move(values).error();
    error.message = fmt::format("input {}: {}", position, error.message);
    return error;
}

Expected<int64_t> constant_integer(OperatorContext &context, size_t position) {
    EMBARK_ASSIGN(const auto values, constant_integers(context, position));
    if (values.size() == 1) return values[0];
    return invalid(fmt::format("input {} has {} elements, expected one", position, values.size()));
}

Expected<Shape> output_shape(OperatorContext &context, size_t position) {
    if (context.has_input(position) && context.tensors.is_constant(context.input_index(position))) {
        return constant_integers(context, position);
    }
    const schema::Tensor &output = context.tensors.file_tensor(context.outputs[0]);
    EMBARK_ASSIGN(const TensorType declared, output_type(context, 0));
    const auto *signature = output.shape_signature();
    const bool open = signature != nullptr && std::any_of(signature->begin(), signature->end(),
                                                          [](int extent) { return extent < 0; });
    if (!open && !declared.shape.empty()) return declared.shape;
    return make_error(ErrorCode::kUnsupported, "makes a shape that is only known when it runs");
}

Expected<int64_t> axis_of(int64_t axis, size_t rank) {
    const auto count = static_cast<int64_t>(rank);
    if (axis >= -count && axis < count) return axis < 0 ? axis + count : axis;
    return invalid(fmt::format("axis is {}, expected {} to {}", axis, -count, count - 1));
}

Expected<std::vector<int64_t>> constant_axes(OperatorContext &context, size_t position,
                                             size_t rank) {
    EMBARK_ASSIGN(auto axes, constant_integers(context, position));
    for (int64_t &axis : axes) {
        EMBARK_ASSIGN(axis, axis_of(axis, rank));
    }
    std::sort(axes.begin(), axes.end());
    axes.erase(std::unique(axes.begin(), axes.end()), axes.end());
    return axes;
}

Expected<TensorId> add_floats(OperatorContext &context, std::string_view suffix, Shape shape,
                              std::span<const float> values) {
    const auto *raw = reinterpret_cast<const uint8_t *>(values.data());
    EMBARK_RETURN_IF_ERROR(context.tensors.charge(values.size_bytes()));
    return context.tensors.add_constant(
        fmt::format("{}/{}", context.name, suffix),
        TensorType{DataType::kFloat32, std::move(shape), {}},
        std::make_shared<const Bytes>(raw, raw + values.size_bytes()));
}

Expected<TensorId> append(OperatorContext &context, std::string op, std::string_view suffix,
                          std::vector<TensorId> inputs, Attributes attributes) {
    EMBARK_ASSIGN(const TensorType declared, output_type(context, 0));
    return append_typed(
        context,
        make_node(context, std::move(op), suffix, std::move(inputs), std::move(attributes)),
        declared);
}

Expected<TensorId> append_move(OperatorContext &context, std::string op, std::string_view suffix,
                               TensorId x, Attributes attributes) {
    const TensorType type = context.type(x);
    return append_typed(
        context, make_node(context, std::move(op), suffix, {x}, std::move(attributes)), type);
}

Expected<TensorId> reshaped(OperatorContext &context, std::string_view suffix, TensorId x,
                            Shape shape) {
    if (context.shape(x) == shape) return x;
    return append_move(context, "reshape", suffix, x, {{"shape", std::move(shape)}});
}

Expected<TensorId> activate(OperatorContext &context, TensorId x,
                            schema::ActivationFunctionType function) {
    using Function = schema::ActivationFunctionType;
    switch (function) {
        case Function::NONE:
            return x;
        case Function::RELU:
            return append(context, "relu", "relu", {x});
        case Function::RELU6:
            return append(context, "relu6", "relu6", {x});
        case Function::RELU_N1_TO_1:
            return append(context, "clip", "clip", {x}, {{"min", -1.0}, {"max", 1.0}});
        case Function::TANH:
            // Elsewhere the format has no arithmetic for it.
            if (context.type(x).type != DataType::kFloat32) break;
            return append(context, "tanh", "tanh", {x});
        default:
            break;
    }
    const char *name = schema::EnumNameActivationFunctionType(function);
    return make_error(
        ErrorCode::kUnsupported,
        fmt::format("has the fused activation {} on {}, expected RELU, RELU6, RELU_N1_TO_1, or "
                    "TANH on float32",
                    *name == '\0' ? fmt::format("{}", static_cast<int>(function)) : name,
                    to_string(context.type(x).type)));
}

Expected<TensorType> output_type(const OperatorContext &context, size_t position) {
    EMBARK_ASSERT(position < context.outputs.size());
    auto type = type_of(context.tensors.file_tensor(context.outputs[position]));
    if (type.ok()) return type;
    Error error = std::move(type).error();
    error.message = fmt::format("output {} {}", position, error.message);
    return error;
}

std::pair<int64_t, int64_t> same_padding(int64_t in, int64_t kernel, int64_t stride,
                                         int64_t dilation) {
    const int64_t out = (in + stride - 1) / stride;
    const int64_t reach = (out - 1) * stride + (kernel - 1) * dilation + 1;
    const int64_t total = std::max<int64_t>(reach - in, 0);
    return {total / 2, total - total / 2};
}

Status check_window(std::string_view what, std::span<const int64_t> values) {
    for (const int64_t value : values) {
        if (value >= 1 && value <= kMaxExtent) continue;
        return invalid(fmt::format("{} is {}, expected 1 to {}", what, value, kMaxExtent));
    }
    return Ok{};
}

Status expect_rank(const OperatorContext &context, TensorId x, size_t rank) {
    const Shape &shape = context.shape(x);
    if (shape.size() == rank) return Ok{};
    return invalid(
        fmt::format("its input {} has rank {}, expected {}", to_string(shape), shape.size(), rank));
}

}  // namespace embark::tflite
