// Element by element.
#include <fmt/format.h>

#include <cmath>

#include "export/tflite/writer.h"

namespace embark::tflite {

namespace {

using Code = schema::BuiltinOperator;

struct Spelling {
    std::string_view op;
    Code code;
};

constexpr Spelling kSpellings[] = {
    {"abs", Code::ABS},
    {"and", Code::LOGICAL_AND},
    {"atan2", Code::ATAN2},
    {"bitwise_xor", Code::BITWISE_XOR},
    {"ceil", Code::CEIL},
    {"cos", Code::COS},
    {"equal", Code::EQUAL},
    {"exp", Code::EXP},
    {"floor", Code::FLOOR},
    {"floor_divide", Code::FLOOR_DIV},
    {"floor_mod", Code::FLOOR_MOD},
    {"greater", Code::GREATER},
    {"greater_equal", Code::GREATER_EQUAL},
    {"hard_swish", Code::HARD_SWISH},
    {"less", Code::LESS},
    {"less_equal", Code::LESS_EQUAL},
    {"log", Code::LOG},
    {"log_softmax", Code::LOG_SOFTMAX},
    {"maximum", Code::MAXIMUM},
    {"minimum", Code::MINIMUM},
    {"neg", Code::NEG},
    {"not", Code::LOGICAL_NOT},
    {"not_equal", Code::NOT_EQUAL},
    {"or", Code::LOGICAL_OR},
    {"power", Code::POW},
    {"prelu", Code::PRELU},
    {"relu", Code::RELU},
    {"relu6", Code::RELU6},
    {"round", Code::ROUND},
    {"rsqrt", Code::RSQRT},
    {"shift_right", Code::RIGHT_SHIFT},
    {"sigmoid", Code::LOGISTIC},
    {"sign", Code::SIGN},
    {"sin", Code::SIN},
    {"sqrt", Code::SQRT},
    {"square", Code::SQUARE},
    {"squared_difference", Code::SQUARED_DIFFERENCE},
    {"tanh", Code::TANH},
};

Code spelled(const NodeContext &c) {
    for (const Spelling &row : kSpellings) {
        if (row.op == c.node.op) return row.code;
    }
    EMBARK_ASSERT(false);  // node_writers.def and the table do not agree
}

}  // namespace

Status write_unary(const NodeContext &c) {
    c.writer.add_operator(spelled(c), {c.in(0)}, {c.out()});
    return Ok{};
}

Status write_binary(const NodeContext &c) {
    c.writer.add_operator(spelled(c), {c.in(0), c.in(1)}, {c.out()});
    return Ok{};
}

Status write_arithmetic(const NodeContext &c) {
    const auto write = [&](Code code, auto options) {
        options.fused_activation_function = c.activation;
        c.writer.add_operator(code, {c.in(0), c.in(1)}, {c.out()}, with(options));
        return Status(Ok{});
    };
    if (c.node.op == "add") return write(Code::ADD, schema::AddOptionsT{});
    if (c.node.op == "subtract") return write(Code::SUB, schema::SubOptionsT{});
    if (c.node.op == "multiply") return write(Code::MUL, schema::MulOptionsT{});
    return write(Code::DIV, schema::DivOptionsT{});
}

/// The format's own ranges, else a maximum and a minimum.
Status write_clip(const NodeContext &c) {
    const double least = c.node.float_or("min", -INFINITY), most = c.node.float_or("max", INFINITY);
    const auto plain = [&](Code code) {
        c.writer.add_operator(code, {c.in(0)}, {c.out()});
        return Status(Ok{});
    };
    if (least == -1 && most == 1) return plain(Code::RELU_N1_TO_1);
    if (least == 0 && most == 1) return plain(Code::RELU_0_TO_1);
    if (least == 0 && most == 6) return plain(Code::RELU6);
    if (c.type(0).type != DataType::kFloat32) {
        return not_in_format(fmt::format("clips {} to {} and {}, expected float32",
                                         to_string(c.type(0).type), least, most));
    }
    const auto low = static_cast<float>(least), high = static_cast<float>(most);
    const int32_t raised = c.writer.add_tensor(c.name("maximum"), c.output_type());
    c.writer.add_operator(Code::MAXIMUM,
                          {c.in(0), c.writer.add_floats(c.name("min"), {}, {&low, 1})}, {raised});
    c.writer.add_operator(Code::MINIMUM,
                          {raised, c.writer.add_floats(c.name("max"), {}, {&high, 1})}, {c.out()});
    return Ok{};
}

Status write_elu(const NodeContext &c) {
    if (c.node.float_or("alpha", 1.0) != 1.0) return not_in_format("has alpha, expected 1");
    c.writer.add_operator(Code::ELU, {c.in(0)}, {c.out()});
    return Ok{};
}

Status write_leaky_relu(const NodeContext &c) {
    schema::LeakyReluOptionsT options;
    options.alpha = static_cast<float>(c.node.float_or("alpha", 0.2));
    c.writer.add_operator(Code::LEAKY_RELU, {c.in(0)}, {c.out()}, with(options));
    return Ok{};
}

Status write_gelu(const NodeContext &c) {
    schema::GeluOptionsT options;
    options.approximate = c.node.int_or("approximate", 0) != 0;
    c.writer.add_operator(Code::GELU, {c.in(0)}, {c.out()}, with(options));
    return Ok{};
}

Status write_softmax(const NodeContext &c) {
    schema::SoftmaxOptionsT options;
    options.beta = static_cast<float>(c.node.float_or("beta", 1.0));
    c.writer.add_operator(Code::SOFTMAX, {c.in(0)}, {c.out()}, with(options));
    return Ok{};
}

Status write_l2_normalize(const NodeContext &c) {
    if (c.node.float_or("epsilon", 1e-6) != 1e-6)
        return not_in_format("has another epsilon, expected 1e-6");
    c.writer.add_operator(Code::L2_NORMALIZATION, {c.in(0)}, {c.out()},
                          with(schema::L2NormOptionsT{}));
    return Ok{};
}

Status write_lrn(const NodeContext &c) {
    const int64_t size = c.node.int_or("size", 1);
    if (size % 2 == 0)
        return not_in_format(fmt::format("spans {} channels, expected an odd number", size));
    schema::LocalResponseNormalizationOptionsT options;
    options.radius = static_cast<int>((size - 1) / 2);
    options.alpha = static_cast<float>(c.node.float_or("alpha", 1e-4) / static_cast<double>(size));
    options.beta = static_cast<float>(c.node.float_or("beta", 0.75));
    options.bias = static_cast<float>(c.node.float_or("bias", 1.0));
    c.writer.add_operator(Code::LOCAL_RESPONSE_NORMALIZATION, {c.in(0)}, {c.out()}, with(options));
    return Ok{};
}

Status write_where(const NodeContext &c) {
    c.writer.add_operator(Code::SELECT_V2, {c.in(0), c.in(1), c.in(2)}, {c.out()});
    return Ok{};
}

Status write_cast(const NodeContext &c) {
    c.writer.add_operator(Code::CAST, {c.in(0)}, {c.out()});
    return Ok{};
}

Status write_quantize(const NodeContext &c) {
    if (c.node.string_or("rounding", "away") != "away") {
        return not_in_format("rounds halves to even, expected away from zero");
    }
    if (c.output_type().quantization.scales.size() != 1) {
        return not_in_format("makes several scales, expected one");
    }
    c.writer.add_operator(Code::QUANTIZE, {c.in(0)}, {c.out()});
    return Ok{};
}

Status write_dequantize(const NodeContext &c) {
    c.writer.add_operator(Code::DEQUANTIZE, {c.in(0)}, {c.out()});
    return Ok{};
}

}  // namespace embark::tflite
