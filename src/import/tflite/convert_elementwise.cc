// Element by element: arithmetic, comparisons, activations, types.
#include <fmt/format.h>

#include "import/tflite/operators.h"

namespace embark::tflite {

namespace {

struct Spelling {
    std::string_view source, op;
};

constexpr Spelling kUnary[] = {
    {"ABS", "abs"},
    {"CEIL", "ceil"},
    {"COS", "cos"},
    {"ELU", "elu"},
    {"EXP", "exp"},
    {"FLOOR", "floor"},
    {"HARD_SWISH", "hard_swish"},
    {"LOG", "log"},
    {"LOGICAL_NOT", "not"},
    {"LOGISTIC", "sigmoid"},
    {"LOG_SOFTMAX", "log_softmax"},
    {"NEG", "neg"},
    {"RELU", "relu"},
    {"RELU6", "relu6"},
    {"ROUND", "round"},
    {"RSQRT", "rsqrt"},
    {"SIGN", "sign"},
    {"SIN", "sin"},
    {"SQRT", "sqrt"},
    {"SQUARE", "square"},
    {"TANH", "tanh"},
};

constexpr Spelling kBinary[] = {
    {"ADD", "add"},
    {"ATAN2", "atan2"},
    {"BITWISE_XOR", "bitwise_xor"},
    {"DIV", "divide"},
    {"EQUAL", "equal"},
    {"FLOOR_DIV", "floor_divide"},
    {"FLOOR_MOD", "floor_mod"},
    {"GREATER", "greater"},
    {"GREATER_EQUAL", "greater_equal"},
    {"LESS", "less"},
    {"LESS_EQUAL", "less_equal"},
    {"LOGICAL_AND", "and"},
    {"LOGICAL_OR", "or"},
    {"MAXIMUM", "maximum"},
    {"MINIMUM", "minimum"},
    {"MUL", "multiply"},
    {"NOT_EQUAL", "not_equal"},
    {"POW", "power"},
    {"RIGHT_SHIFT", "shift_right"},
    {"SQUARED_DIFFERENCE", "squared_difference"},
    {"SUB", "subtract"},
};

std::string spelled(std::span<const Spelling> table, std::string_view source) {
    for (const Spelling &row : table) {
        if (row.source == source) return std::string(row.op);
    }
    EMBARK_ASSERT(false);  // operators.def and the tables do not agree
}

schema::ActivationFunctionType activation_of(const schema::Operator &op) {
    if (const auto *options = op.builtin_options_as_AddOptions()) {
        return options->fused_activation_function();
    }
    if (const auto *options = op.builtin_options_as_SubOptions()) {
        return options->fused_activation_function();
    }
    if (const auto *options = op.builtin_options_as_MulOptions()) {
        return options->fused_activation_function();
    }
    if (const auto *options = op.builtin_options_as_DivOptions()) {
        return options->fused_activation_function();
    }
    return schema::ActivationFunctionType::NONE;
}

}  // namespace

Expected<std::vector<TensorId>> convert_unary(OperatorContext &context) {
    EMBARK_ASSIGN(const TensorId x, input(context, 0));
    return one(append(context, spelled(kUnary, context.source), "", {x}));
}

Expected<std::vector<TensorId>> convert_binary(OperatorContext &context) {
    EMBARK_ASSIGN(const TensorId a, input(context, 0));
    EMBARK_ASSIGN(const TensorId b, input(context, 1));
    return one(append(context, spelled(kBinary, context.source), "", {a, b}));
}

Expected<std::vector<TensorId>> convert_arithmetic(OperatorContext &context) {
    EMBARK_ASSIGN(const auto made, convert_binary(context));
    return one(activate(context, made[0], activation_of(context.op)));
}

Expected<std::vector<TensorId>> convert_add_n(OperatorContext &context) {
    EMBARK_ASSIGN(TensorId sum, input(context, 0));
    const size_t count = context.input_count();
    for (size_t i = 1; i < count; ++i) {
        EMBARK_ASSIGN(const TensorId x, input(context, i));
        const std::string suffix = i + 1 == count ? "" : fmt::format("add_{}", i);
        EMBARK_ASSIGN(sum, append(context, "add", suffix, {sum, x}));
    }
    return std::vector{sum};
}

Expected<std::vector<TensorId>> convert_relu_range(OperatorContext &context) {
    EMBARK_ASSIGN(const TensorId x, input(context, 0));
    const double least = context.source == "RELU_N1_TO_1" ? -1.0 : 0.0;
    return one(append(context, "clip", "", {x}, {{"min", least}, {"max", 1.0}}));
}

Expected<std::vector<TensorId>> convert_leaky_relu(OperatorContext &context) {
    EMBARK_ASSIGN(const auto *options, required(context.op.builtin_options_as_LeakyReluOptions()));
    EMBARK_ASSIGN(const TensorId x, input(context, 0));
    return one(append(context, "leaky_relu", "", {x}, {{"alpha", double{options->alpha()}}}));
}

Expected<std::vector<TensorId>> convert_prelu(OperatorContext &context) {
    EMBARK_ASSIGN(const TensorId x, input(context, 0));
    EMBARK_ASSIGN(const TensorId slope, weights_input(context, 1, x, "slope"));
    return one(append(context, "prelu", "", {x, slope}));
}

Expected<std::vector<TensorId>> convert_gelu(OperatorContext &context) {
    const auto *options = context.op.builtin_options_as_GeluOptions();
    EMBARK_ASSIGN(const TensorId x, input(context, 0));
    const int64_t approximate = options != nullptr && options->approximate() ? 1 : 0;
    return one(append(context, "gelu", "", {x}, {{"approximate", approximate}}));
}

Expected<std::vector<TensorId>> convert_softmax(OperatorContext &context) {
    EMBARK_ASSIGN(const auto *options, required(context.op.builtin_options_as_SoftmaxOptions()));
    EMBARK_ASSIGN(const TensorId x, input(context, 0));
    Attributes attributes;
    if (options->beta() != 1.0f) attributes.emplace("beta", double{options->beta()});
    return one(append(context, "softmax", "", {x}, std::move(attributes)));
}

Expected<std::vector<TensorId>> convert_l2_normalization(OperatorContext &context) {
    EMBARK_ASSIGN(const TensorId x, input(context, 0));
    // The epsilon is part of the format's reference, not of the file.
    return one(append(context, "l2_normalize", "", {x}, {{"epsilon", 1e-6}}));
}

/// y = x / (bias + alpha * sum of the squares in 2 * radius + 1 channels) ^ beta; the graph's alpha
/// is divided by the number of channels.
Expected<std::vector<TensorId>> convert_local_response_normalization(OperatorContext &context) {
    EMBARK_ASSIGN(const auto *options,
                  required(context.op.builtin_options_as_LocalResponseNormalizationOptions()));
    EMBARK_ASSIGN(const TensorId x, input(context, 0));
    const int64_t radius = options->radius();
    if (radius < 0 || radius > 1 << 20) {
        return make_error(ErrorCode::kInvalid,
                          fmt::format("radius is {}, expected 0 to {}", radius, 1 << 20));
    }
    const int64_t size = 2 * radius + 1;
    return one(append(context, "lrn", "", {x},
                      {{"size", size},
                       {"alpha", double{options->alpha()} * static_cast<double>(size)},
                       {"beta", double{options->beta()}},
                       {"bias", double{options->bias()}}}));
}

/// SELECT may choose whole rows by a condition of rank 1; SELECT_V2 broadcasts as numpy does.
Expected<std::vector<TensorId>> convert_select(OperatorContext &context) {
    EMBARK_ASSIGN(TensorId condition, input(context, 0));
    EMBARK_ASSIGN(const TensorId a, input(context, 1));
    EMBARK_ASSIGN(const TensorId b, input(context, 2));
    const size_t rank = context.shape(a).size();
    if (context.source == "SELECT" && context.shape(condition).size() == 1 && rank > 1) {
        Shape shape(rank, 1);
        shape[0] = context.shape(condition)[0];
        EMBARK_ASSIGN(condition, reshaped(context, "condition", condition, std::move(shape)));
    }
    return one(append(context, "where", "", {condition, a, b}));
}

namespace {

/// An operator that makes the type that the file gives its output.
Expected<std::vector<TensorId>> convert_to_declared(OperatorContext &context, std::string op) {
    EMBARK_ASSIGN(const TensorId x, input(context, 0));
    EMBARK_ASSIGN(const TensorType declared, output_type(context, 0));
    return one(
        append(context, std::move(op), "", {x}, {{"to", std::string(to_string(declared.type))}}));
}

}  // namespace

Expected<std::vector<TensorId>> convert_cast(OperatorContext &context) {
    return convert_to_declared(context, "cast");
}

Expected<std::vector<TensorId>> convert_quantize(OperatorContext &context) {
    EMBARK_ASSIGN(const TensorType declared, output_type(context, 0));
    if (declared.quantization.scales.size() != 1) {
        return make_error(
            ErrorCode::kUnsupported,
            fmt::format("output has {} scales, expected one", declared.quantization.scales.size()));
    }
    EMBARK_ASSIGN(const TensorId x, input(context, 0));
    const bool from_float = context.type(x).type == DataType::kFloat32;
    return convert_to_declared(context, from_float ? "quantize" : "requantize");
}

/// Of constants, such as float16 weights, nothing but float32 remains.
Expected<std::vector<TensorId>> convert_dequantize(OperatorContext &context) {
    const int32_t index = context.input_index(0);
    if (context.tensors.is_constant(index)) {
        EMBARK_ASSIGN(const TensorType type, context.tensors.constant_type(index));
        EMBARK_ASSIGN(const auto values, context.tensors.real_numbers(index));
        context.tensors.count_parameters(index);
        const auto *raw = reinterpret_cast<const uint8_t *>(values.data());
        return one(context.tensors.add_constant(
            context.name, TensorType{DataType::kFloat32, type.shape, {}},
            std::make_shared<const Bytes>(raw, raw + values.size() * sizeof(float))));
    }
    EMBARK_ASSIGN(const TensorId x, input(context, 0));
    if (context.type(x).type == DataType::kFloat16) return convert_to_declared(context, "cast");
    return one(append(context, "dequantize", "", {x}));
}

}  // namespace embark::tflite
