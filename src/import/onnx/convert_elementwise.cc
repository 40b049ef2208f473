// Elementwise operators: arithmetic, comparisons, activations, casts.

#include <fmt/format.h>

#include <cmath>
#include <limits>

#include "import/onnx/converters.h"

namespace embark::onnx {

namespace {

struct OpName {
    std::string_view onnx;
    std::string_view ir;
};

constexpr OpName kSameMeaning[] = {
    {"Abs", "abs"},
    {"Acos", "acos"},
    {"Acosh", "acosh"},
    {"Add", "add"},
    {"And", "and"},
    {"Asin", "asin"},
    {"Asinh", "asinh"},
    {"Atan", "atan"},
    {"Atanh", "atanh"},
    {"BitwiseAnd", "bitwise_and"},
    {"BitwiseNot", "bitwise_not"},
    {"BitwiseOr", "bitwise_or"},
    {"BitwiseXor", "bitwise_xor"},
    {"Ceil", "ceil"},
    {"Cos", "cos"},
    {"Cosh", "cosh"},
    {"Div", "divide"},
    {"Equal", "equal"},
    {"Erf", "erf"},
    {"Exp", "exp"},
    {"Floor", "floor"},
    {"Greater", "greater"},
    {"GreaterOrEqual", "greater_equal"},
    {"HardSwish", "hard_swish"},
    {"IsNaN", "is_nan"},
    {"Less", "less"},
    {"LessOrEqual", "less_equal"},
    {"Log", "log"},
    {"Max", "maximum"},
    {"Min", "minimum"},
    {"Mish", "mish"},
    {"Mul", "multiply"},
    {"Neg", "neg"},
    {"Not", "not"},
    {"Or", "or"},
    {"Pow", "power"},
    {"Reciprocal", "reciprocal"},
    {"Relu", "relu"},
    {"Round", "round"},
    {"Sigmoid", "sigmoid"},
    {"Sign", "sign"},
    {"Sin", "sin"},
    {"Sinh", "sinh"},
    {"Softplus", "softplus"},
    {"Softsign", "softsign"},
    {"Sqrt", "sqrt"},
    {"Sub", "subtract"},
    {"Sum", "add"},
    {"Tan", "tan"},
    {"Tanh", "tanh"},
    {"Where", "where"},
    {"Xor", "xor"},
};

std::string_view ir_name(std::string_view onnx) {
    for (const OpName &row : kSameMeaning) {
        if (row.onnx == onnx) return row.ir;
    }
    return onnx;
}

/// Before version 7 an attribute, not the shapes, said where the second operand belongs.
Expected<Value> legacy_operand(Context &c, const Value &a, const Value &b) {
    const auto axis = c.int_of("axis", -1);
    if (c.opset >= 7 || c.int_of("broadcast", 0) == 0 || axis < 0) return b;
    Shape shape = b.shape;
    while (shape.size() + static_cast<size_t>(axis) < a.rank()) shape.push_back(1);
    return c.builder.reshape(b, shape);
}

}  // namespace

Status convert_unary(Context &c) {
    return c.give(apply(c.builder, ir_name(c.node.op), {c.in()}));
}

Status convert_binary(Context &c) {
    EMBARK_ASSIGN(const Value b, legacy_operand(c, c.in(0), c.in(1)));
    return c.give(apply(c.builder, ir_name(c.node.op), {c.in(0), b}));
}

Status convert_where(Context &c) {
    return c.give(apply(c.builder, "where", {c.in(0), c.in(1), c.in(2)}));
}

/// Max, Min, Sum and Mean of any number.
Status convert_variadic(Context &c) {
    EMBARK_RETURN_IF_ERROR(c.check_all_present());
    Value result = c.in(0);
    const std::string_view op = c.node.op == "Mean" ? "add" : ir_name(c.node.op);
    for (size_t i = 1; i < c.inputs.size(); ++i) {
        EMBARK_ASSIGN(result, apply(c.builder, op, {result, c.in(i)}));
    }
    if (c.node.op != "Mean" || c.inputs.size() == 1) return c.give(result);
    return c.give(apply(c.builder, "divide", result, static_cast<double>(c.inputs.size())));
}

Status convert_mod(Context &c) {
    const bool c_sign = c.int_of("fmod", 0) != 0;
    return c.give(apply(c.builder, c_sign ? "fmod" : "floor_mod", {c.in(0), c.in(1)}));
}

Status convert_bit_shift(Context &c) {
    const bool left = c.string_of("direction", "") == "LEFT";
    return c.give(apply(c.builder, left ? "shift_left" : "shift_right", {c.in(0), c.in(1)}));
}

Status convert_is_inf(Context &c) {
    return c.give(apply(c.builder, "is_inf", {c.in()},
                        {{"detect_negative", c.int_of("detect_negative", 1)},
                         {"detect_positive", c.int_of("detect_positive", 1)}}));
}

Status convert_leaky_relu(Context &c) {
    return c.give(apply(c.builder, "leaky_relu", {c.in()}, {{"alpha", c.float_of("alpha", 0.01)}}));
}

Status convert_elu(Context &c) {
    return c.give(apply(c.builder, "elu", {c.in()}, {{"alpha", c.float_of("alpha", 1)}}));
}

Status convert_celu(Context &c) {
    return c.give(apply(c.builder, "celu", {c.in()}, {{"alpha", c.float_of("alpha", 1)}}));
}

Status convert_thresholded_relu(Context &c) {
    return c.give(
        apply(c.builder, "thresholded_relu", {c.in()}, {{"alpha", c.float_of("alpha", 1)}}));
}

Status convert_shrink(Context &c) {
    return c.give(apply(c.builder, "shrink", {c.in()},
                        {{"bias", c.float_of("bias", 0)}, {"lambd", c.float_of("lambd", 0.5)}}));
}

Status convert_gelu(Context &c) {
    const int64_t approximate = c.string_of("approximate", "none") == "tanh" ? 1 : 0;
    return c.give(apply(c.builder, "gelu", {c.in()}, {{"approximate", approximate}}));
}

Status convert_selu(Context &c) {
    constexpr double kAlpha = 1.67326319217681884765625, kGamma = 1.05070102214813232421875;
    const double alpha = c.float_of("alpha", kAlpha), gamma = c.float_of("gamma", kGamma);
    const bool usual = std::abs(alpha - kAlpha) < 1e-3 && std::abs(gamma - kGamma) < 1e-3;
    if (usual) return c.give(apply(c.builder, "selu", {c.in()}));
    EMBARK_ASSIGN(const Value elu, apply(c.builder, "elu", {c.in()}, {{"alpha", alpha}}));
    return c.give(apply(c.builder, "multiply", elu, gamma));
}

Status convert_hard_sigmoid(Context &c) {
    const double alpha = c.float_of("alpha", 0.2), beta = c.float_of("beta", 0.5);
    if (std::abs(alpha - 1.0 / 6) < 1e-6 && beta == 0.5) {
        return c.give(apply(c.builder, "hard_sigmoid", {c.in()}));
    }
    EMBARK_ASSIGN(const Value scaled, apply(c.builder, "multiply", c.in(), alpha));
    EMBARK_ASSIGN(const Value shifted, apply(c.builder, "add", scaled, beta));
    return c.give(apply(c.builder, "clip", {shifted}, {{"min", 0.0}, {"max", 1.0}}));
}

namespace {

/// One side of a clamp, by a constant or by a value of the network.
Expected<Value> clamp_side(Context &c, const Value &x, size_t input, std::string_view attribute,
                           std::string_view op) {
    if (c.has(input)) return apply(c.builder, op, {x, c.in(input)});
    if (!c.has_attribute(attribute)) return x;
    return apply(c.builder, op, x, c.float_of(attribute, 0));
}

}  // namespace

Status convert_clip(Context &c) {
    const bool fixed = (!c.has(1) || c.constant(1)) && (!c.has(2) || c.constant(2));
    if (!fixed || c.type() != DataType::kFloat32) {
        EMBARK_ASSIGN(const Value low, clamp_side(c, c.in(), 1, "min", "maximum"));
        return c.give(clamp_side(c, low, 2, "max", "minimum"));
    }
    constexpr double kMost = std::numeric_limits<float>::max();
    EMBARK_ASSIGN(const double min, c.number(1, c.float_of("min", -kMost)));
    EMBARK_ASSIGN(const double max, c.number(2, c.float_of("max", kMost)));
    if (min <= -kMost && max >= kMost) return c.give(c.in());
    if (min == 0 && max >= kMost) return c.give(apply(c.builder, "relu", {c.in()}));
    if (min == 0 && max == 6) return c.give(apply(c.builder, "relu6", {c.in()}));
    if (min <= max) {
        return c.give(apply(c.builder, "clip", {c.in()}, {{"min", min}, {"max", max}}));
    }
    EMBARK_ASSIGN(const Value low, apply(c.builder, "maximum", c.in(), min));
    return c.give(apply(c.builder, "minimum", low, max));
}

Status convert_prelu(Context &c) {
    Value slope = c.in(1);
    if (c.opset < 7 && slope.rank() == 1 && slope.elements() > 1 && c.in().rank() > 2) {
        Shape shape(c.in().rank() - 1, 1);
        shape[0] = slope.elements();
        EMBARK_ASSIGN(slope, c.builder.reshape(slope, shape));
    }
    return c.give(apply(c.builder, "prelu", {c.in(), slope}));
}

namespace {

/// A cast as the model sees it: float16 is rounded to, then computed on as float32.
Status cast_to(Context &c, DataType type) {
    EMBARK_ASSIGN(Value result, cast(c.builder, c.in(), type));
    result.narrow.reset();
    if (type != DataType::kFloat16) return c.give(result);
    EMBARK_ASSIGN(result, cast(c.builder, result, DataType::kFloat32));
    result.narrow = DataType::kFloat16;
    return c.give(result);
}

}  // namespace

Status convert_cast(Context &c) {
    EMBARK_ASSIGN(const DataType type, data_type_of(static_cast<int32_t>(c.int_of("to", 0))));
    return cast_to(c, type);
}

Status convert_cast_like(Context &c) {
    return cast_to(c, c.in(1).narrow.value_or(c.type(1)));
}

Status convert_identity(Context &c) {
    return c.give(c.in());
}

}  // namespace embark::onnx
