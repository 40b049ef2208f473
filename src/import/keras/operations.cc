#include "import/keras/operations.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "import/keras/operation_call.h"

namespace embark::keras {

namespace {

struct Row {
    std::string_view keras;       ///< class of keras.src.ops
    std::string_view tensorflow;  ///< `function` of TFOpLambda
    std::string_view op;          ///< the graph's, or Keras' name of an activation
};

// Two operands, of which one may be a number.
constexpr Row kBinaries[] = {
    {"Add", "math.add", "add"},
    {"Add", "__operators__.add", "add"},
    {"Subtract", "math.subtract", "subtract"},
    {"Multiply", "math.multiply", "multiply"},
    {"Divide", "math.divide", "divide"},
    {"TrueDivide", "math.truediv", "divide"},
    {"Maximum", "math.maximum", "maximum"},
    {"Minimum", "math.minimum", "minimum"},
    {"Power", "math.pow", "power"},
};

constexpr Row kUnaries[] = {
    {"Abs", "math.abs", "abs"},
    {"Absolute", "", "abs"},
    {"Ceil", "math.ceil", "ceil"},
    {"Cos", "math.cos", "cos"},
    {"Erf", "math.erf", "erf"},
    {"Exp", "math.exp", "exp"},
    {"Floor", "math.floor", "floor"},
    {"Log", "math.log", "log"},
    {"Log1p", "math.log1p", "log1p"},
    {"Negative", "math.negative", "neg"},
    {"Reciprocal", "math.reciprocal", "reciprocal"},
    {"Round", "math.round", "round"},
    {"Rsqrt", "math.rsqrt", "rsqrt"},
    {"Sign", "math.sign", "sign"},
    {"Sin", "math.sin", "sin"},
    {"Sqrt", "math.sqrt", "sqrt"},
    {"Square", "math.square", "square"},
    {"Tan", "math.tan", "tan"},
};

constexpr Row kFunctions[] = {
    {"HardSigmoid", "", "hard_sigmoid"},
    {"HardSilu", "", "hard_silu"},
    {"HardTanh", "", "hard_tanh"},
    {"LogSigmoid", "math.log_sigmoid", "log_sigmoid"},
    {"LogSoftmax", "nn.log_softmax", "log_softmax"},
    {"Mish", "", "mish"},
    {"Relu", "nn.relu", "relu"},
    {"Relu6", "nn.relu6", "relu6"},
    {"Selu", "nn.selu", "selu"},
    {"Sigmoid", "math.sigmoid", "sigmoid"},
    {"Sigmoid", "nn.sigmoid", "sigmoid"},
    {"Silu", "nn.silu", "silu"},
    {"Softplus", "math.softplus", "softplus"},
    {"Softsign", "nn.softsign", "softsign"},
    {"SoftShrink", "", "soft_shrink"},
    {"HardShrink", "", "hard_shrink"},
    {"Squareplus", "", "squareplus"},
    {"Tanh", "math.tanh", "tanh"},
    {"Tanh", "nn.tanh", "tanh"},
    {"TanhShrink", "", "tanh_shrink"},
};

constexpr Row kReductions[] = {
    {"Max", "math.reduce_max", "reduce_max"}, {"Mean", "math.reduce_mean", "reduce_mean"},
    {"Min", "math.reduce_min", "reduce_min"}, {"Prod", "math.reduce_prod", "reduce_prod"},
    {"Sum", "math.reduce_sum", "reduce_sum"},
};

/// An operand of a binary function.
struct Operand {
    TensorId tensor = kNoTensor;
    double number = 0;
    bool is_tensor() const { return tensor != kNoTensor; }
};

Expected<std::array<Operand, 2>> read_operands(const LayerContext &context) {
    std::array<Operand, 2> operands;
    size_t count = 0;
    for (const CallArgument &argument : context.call.arguments) {
        if (argument.keyword == "name") continue;
        if (count == operands.size()) {
            return make_error(ErrorCode::kInvalid, "has more than two operands");
        }
        if (argument.tensor) {
            operands[count++].tensor = context.inputs[static_cast<size_t>(*argument.tensor)];
            continue;
        }
        const auto number = argument.constant.as_number();
        if (!number) {
            return make_error(ErrorCode::kUnsupported,
                              fmt::format("has the operand {}, expected a tensor or a number",
                                          argument.constant.excerpt()));
        }
        operands[count++].number = *number;
    }
    if (count == 2) return operands;
    return make_error(ErrorCode::kInvalid, fmt::format("has {} operands, expected 2", count));
}

/// Scale and shift where one operand is a number and the function is linear in the other.
std::optional<std::array<double, 2>> as_affine(std::string_view op,
                                               const std::array<Operand, 2> &operands) {
    const double number = operands[operands[0].is_tensor() ? 1 : 0].number;
    if (op == "multiply") return std::array{number, 0.0};
    if (op == "add") return std::array{1.0, number};
    if (op == "subtract" && operands[0].is_tensor()) return std::array{1.0, -number};
    if (op == "subtract") return std::array{-1.0, number};
    if (op == "divide" && operands[0].is_tensor() && number != 0)
        return std::array{1 / number, 0.0};
    return std::nullopt;
}

Expected<TensorId> convert_binary(OperationCall &call, std::string_view op) {
    LayerContext &context = call.context;
    EMBARK_ASSIGN(auto operands, read_operands(context));
    const bool both = operands[0].is_tensor() && operands[1].is_tensor();
    if (!both && !operands[0].is_tensor() && !operands[1].is_tensor()) {
        return make_error(ErrorCode::kInvalid, "has no tensor among its operands");
    }
    if (!both) {
        const auto affine = as_affine(op, operands);
        const TensorId x = operands[operands[0].is_tensor() ? 0 : 1].tensor;
        if (affine && !context.shape(x).empty()) {
            return append_affine(context, x, context.node_name, context.layer.class_name,
                                 {(*affine)[0]}, {(*affine)[1]});
        }
    }
    std::vector<TensorId> inputs;
    for (const Operand &operand : operands) {
        inputs.push_back(operand.is_tensor() ? operand.tensor
                                             : scalar(context, "number", operand.number));
    }
    return append(context, std::string(op), "", inputs);
}

Expected<TensorId> convert_reduction(OperationCall &call, std::string_view op) {
    EMBARK_ASSIGN(const auto axes, read_axes(call, call.argument({"axis"})));
    const int64_t keep = call.argument({"keepdims", "keep_dims"}).as_bool().value_or(false);
    return append(call.context, std::string(op), "", {call.x()},
                  {{"axes", axes}, {"keep_dims", keep}});
}

Expected<TensorId> convert_matmul(OperationCall &call) {
    if (call.context.inputs.size() != 2) {
        return make_error(ErrorCode::kInvalid,
                          fmt::format("has {} inputs, expected 2", call.context.inputs.size()));
    }
    const int64_t a = call.argument({"transpose_a"}).as_bool().value_or(false);
    const int64_t b = call.argument({"transpose_b"}).as_bool().value_or(false);
    return append(call.context, "matmul", "", call.context.inputs,
                  {{"transpose_a", a}, {"transpose_b", b}});
}

Expected<TensorId> convert_clip(OperationCall &call) {
    const auto low = call.argument({"x_min", "clip_value_min"}).as_number();
    const auto high = call.argument({"x_max", "clip_value_max"}).as_number();
    if (!low || !high) return make_error(ErrorCode::kInvalid, "has no two numbers as limits");
    return append(call.context, "clip", "", {call.x()}, {{"min", *low}, {"max", *high}});
}

Expected<TensorId> convert_softmax(OperationCall &call) {
    EMBARK_ASSIGN(auto axes, read_axes(call, call.argument({"axis", "dim"})));
    if (call.argument({"axis", "dim"}).is_null() && !axes.empty()) axes = {axes.back()};
    if (axes.size() != 1) return make_error(ErrorCode::kUnsupported, "softmax over several axes");
    return append_softmax(call.context, call.x(), axes[0], call.context.node_name,
                          call.context.layer.class_name);
}

/// Activations with a number of their own.
Expected<TensorId> convert_with_alpha(OperationCall &call, const std::string &op, double fallback) {
    const Value value = call.argument({"alpha", "negative_slope"});
    const double alpha = value.is_null() ? fallback : value.as_number().value_or(fallback);
    return append(call.context, op, "", {call.x()}, {{"alpha", alpha}});
}

Expected<TensorId> convert_gelu(OperationCall &call) {
    // keras.ops.gelu is approximate unless it is told otherwise, TensorFlow's is exact.
    const bool fallback = call.context.layer.class_name == "Gelu";
    const int64_t approximate = call.argument({"approximate"}).as_bool().value_or(fallback);
    return append(call.context, "gelu", "", {call.x()}, {{"approximate", approximate}});
}

struct Special {
    std::string_view keras, tensorflow;
    Expected<TensorId> (*convert)(OperationCall &call);
};

constexpr Special kSpecials[] = {
    {"Celu", "", [](OperationCall &call) { return convert_with_alpha(call, "celu", 1.0); }},
    {"Clip", "clip_by_value", convert_clip},
    {"Concatenate", "concat", convert_concat},
    {"Elu", "nn.elu", [](OperationCall &call) { return convert_with_alpha(call, "elu", 1.0); }},
    {"ExpandDims", "expand_dims", convert_expand_dims},
    {"Gelu", "nn.gelu", convert_gelu},
    {"GetItem", "__operators__.getitem", convert_get_item},
    {"ExpandDims", "compat.v1.expand_dims", convert_expand_dims},
    {"Identity", "identity", [](OperationCall &call) { return Expected<TensorId>(call.x()); }},
    {"LeakyRelu", "nn.leaky_relu",
     [](OperationCall &call) { return convert_with_alpha(call, "leaky_relu", 0.2); }},
    {"Matmul", "linalg.matmul", convert_matmul},
    {"Reshape", "reshape", convert_reshape_to},
    {"Softmax", "nn.softmax", convert_softmax},
    {"Squeeze", "compat.v1.squeeze", convert_squeeze},
    {"Squeeze", "squeeze", convert_squeeze},
    {"Stack", "stack", convert_stack},
    {"Transpose", "transpose", convert_transpose},
    {"Transpose", "compat.v1.transpose", convert_transpose},
    // Everything is float32, and whole numbers are cast where they enter.
    {"Cast", "cast", [](OperationCall &call) { return Expected<TensorId>(call.x()); }},
};

template <typename Rows>
auto find_row(const Rows &rows, std::string_view keras) -> decltype(std::begin(rows)) {
    const auto found = std::find_if(std::begin(rows), std::end(rows),
                                    [&](const auto &row) { return row.keras == keras; });
    return found == std::end(rows) ? nullptr : found;
}

}  // namespace

bool has_constant_operands(const LayerCall &call) {
    return std::any_of(call.arguments.begin(), call.arguments.end(), [](const auto &argument) {
        return argument.keyword.empty() && !argument.tensor && !argument.constant.is_null();
    });
}

std::string_view operation_of(const LayerConfig &layer) {
    const bool is_tensorflow =
        layer.class_name == "TFOpLambda" || layer.class_name == "SlicingOpLambda";
    const std::string name =
        is_tensorflow ? layer.config["function"].as_string().value_or("?") : layer.class_name;
    std::string_view found;
    const auto search = [&](const auto &rows) {
        for (const auto &row : rows) {
            if ((is_tensorflow ? row.tensorflow : row.keras) == name) found = row.keras;
        }
    };
    search(kBinaries);
    search(kUnaries);
    search(kFunctions);
    search(kReductions);
    search(kSpecials);
    return found;
}

Expected<TensorId> convert_operation(LayerContext &context) {
    const std::string_view name = operation_of(context.layer);
    OperationCall call{context};
    if (const auto *row = find_row(kBinaries, name)) return convert_binary(call, row->op);
    if (context.inputs.empty()) return make_error(ErrorCode::kInvalid, "has no input");
    if (const auto *row = find_row(kUnaries, name)) {
        return append(context, std::string(row->op), "", {call.x()});
    }
    if (const auto *row = find_row(kFunctions, name)) {
        return append_function(context, std::string(row->op), call.x(), "");
    }
    if (const auto *row = find_row(kReductions, name)) return convert_reduction(call, row->op);
    if (const auto *row = find_row(kSpecials, name)) return row->convert(call);
    return make_error(ErrorCode::kUnsupported,
                      fmt::format("operation {} is not supported",
                                  context.layer.config["function"].as_string().value_or(
                                      context.layer.class_name)));
}

}  // namespace embark::keras
