// Functions of one operand, element by element (emk/unary.h).
//
// abs neg sign square                        floating point and integers (neg: signed ones)
// ceil floor round sqrt rsqrt reciprocal log erf sin cos tan asin acos atan sinh cosh asinh acosh
//     atanh mish                             floating point; round takes halves to the even integer
// celu alpha (1)  thresholded_relu alpha (1)  shrink bias (0), lambd (0.5)   floating point
// not  bool · bitwise_not  integers
// is_nan  is_inf detect_negative (1), detect_positive (1)    floating point -> bool

#include "ops/unary/unary.h"

#include <fmt/format.h>

#include "ops/broadcast.h"
#include "ops/family.h"
#include "ops/operands.h"
#include "ops/quantized.h"

namespace embark {

namespace {

struct Unary {
    std::string_view op;
    int64_t cycles = 3;    ///< per element
    int64_t macc = 1;      ///< per element
    bool by_bits = false;  ///< integers share a kernel per width
    bool test = false;     ///< gives bool
};

constexpr Unary kUnaries[] = {
    {"abs"},
    {"acos", 100, 10},
    {"acosh", 150, 10},
    {"asin", 100, 10},
    {"asinh", 150, 10},
    {"atan", 60, 10},
    {"atanh", 110, 10},
    {"bitwise_not", 3, 1, true},
    {"ceil", 10},
    {"celu", 60, 10},
    {"cos", 60, 10},
    {"cosh", 70, 10},
    {"erf", 60, 10},
    {"floor", 10},
    {"is_inf", 5, 1, false, true},
    {"is_nan", 3, 1, false, true},
    {"log", 60, 10},
    {"mish", 150, 10},
    {"neg", 3, 1, true},
    {"not"},
    {"reciprocal", 15},
    {"round", 8},
    {"rsqrt", 65, 10},
    {"shrink", 6},
    {"sign", 5},
    {"sin", 60, 10},
    {"sinh", 70, 10},
    {"sqrt", 50, 10},
    {"square", 3, 1, true},
    {"tan", 75, 10},
    {"thresholded_relu", 4},
};

const Unary &unary_of(const Node &node) {
    for (const Unary &unary : kUnaries) {
        if (unary.op == node.op) return unary;
    }
    assertion_failed("every row of ops.def with family unary is listed", __FILE__, __LINE__);
}

bool is_unsigned(DataType type) {
    return is_integer(type) && suffix_of(type)[0] == 'u';
}

std::pair<float, float> parameters_of(const Node &node) {
    if (node.op == "is_inf") {
        return {node.int_or("detect_negative", 1) != 0, node.int_or("detect_positive", 1) != 0};
    }
    if (node.op == "shrink") {
        return {static_cast<float>(node.float_or("bias", 0.0)),
                static_cast<float>(node.float_or("lambd", 0.5))};
    }
    return {static_cast<float>(node.float_or("alpha", 1.0)), 0.0f};
}

/// \error kUnsupported
Expected<PortableCall> call_of(const Node &node, const TensorType &x) {
    const Unary &unary = unary_of(node);
    const auto [a, b] = parameters_of(node);
    if (node.op == "abs" && is_unsigned(x.type)) {
        return clip_call(node, x, 0, std::numeric_limits<double>::infinity());
    }
    if (node.op == "neg" && is_unsigned(x.type)) {
        return make_error(ErrorCode::kUnsupported,
                          fmt::format("neg is not supported for {}", to_string(x.type)));
    }
    return unary_call(node, node.op, x, a, b, unary.cycles);
}

}  // namespace

Expected<PortableCall> unary_call(const Node &node, const std::string &kernel, const TensorType &x,
                                  float a, float b, int64_t cycles) {
    const bool by_bits =
        is_integer(x.type) && (kernel == "bitwise_not" || kernel == "neg" || kernel == "square");
    const auto suffix = by_bits ? bits_suffix_of(x.type) : suffix_of(x.type);
    const int64_t count = element_count(x.shape);
    PortableCall call{.fields = {int_of("count", count), float_of("a", a), float_of("b", b)},
                      .inputs = {0}};
    EMBARK_ASSIGN(call.function,
                  kernel_named(node, fmt::format("emk_{}_{}", kernel, suffix), x.type));
    call.cycles = elementwise_cycles(count, cycles, x.type);
    return call;
}

Expected<std::vector<TensorType>> infer_unary(const Graph &graph, const Node &node) {
    EMBARK_RETURN_IF_ERROR(check_inputs(graph, node, 1, 1));
    const TensorType &x = input_type(graph, node, 0);
    if (!is_quantized(x)) EMBARK_RETURN_IF_ERROR(call_of(node, x));
    if (node.op == "celu" && !(node.float_or("alpha", 1.0) != 0.0)) {
        return make_error(ErrorCode::kInvalid, "alpha is 0, expected another number");
    }
    return std::vector{TensorType{unary_of(node).test ? DataType::kBool : x.type, x.shape, {}}};
}

Expected<PortableCall> portable_unary(const Node &node, std::span<const TensorType *const> inputs,
                                      std::span<const TensorType> outputs) {
    if (is_quantized(*inputs[0])) return quantized_activation(node, inputs, outputs);
    return call_of(node, *inputs[0]);
}

int64_t macc_unary(const Graph &graph, const Node &node) {
    return unary_of(node).macc * output_elements(graph, node);
}

}  // namespace embark
