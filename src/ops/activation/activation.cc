// Elementwise functions of one input; the arithmetic is that of emk/math.h, which kernels share.
// Attributes: leaky_relu alpha (required), elu alpha (1), gelu approximate (0),
// clip min (-infinity) and max (infinity).

#include <emk/math.h>
#include <fmt/format.h>

#include <limits>

#include "ops/family.h"
#include "ops/operands.h"
#include "ops/quantized.h"
#include "ops/unary/unary.h"

namespace embark {

namespace {

/// What an activation computes, with up to two parameters.
using Function = float (*)(float x, float a, float b);

struct Activation {
    std::string_view name;
    Function function;
    int64_t macc;  ///< per element
};

template <float (*function)(float)>
float plain(float x, float, float) {
    return function(x);
}

float leaky_relu(float x, float alpha, float) {
    return emk_leaky_reluf(x, alpha);
}
float elu(float x, float alpha, float) {
    return emk_eluf(x, alpha);
}
float gelu(float x, float approximate, float) {
    return approximate != 0.0f ? emk_gelu_tanhf(x) : emk_geluf(x);
}

constexpr Activation kActivations[] = {
    {"clip", emk_clipf, 1},
    {"elu", elu, 10},
    {"exp", plain<emk_expf>, 10},
    {"gelu", gelu, 10},
    {"hard_sigmoid", plain<emk_hard_sigmoidf>, 1},
    {"hard_swish", plain<emk_hard_swishf>, 1},
    {"leaky_relu", leaky_relu, 1},
    {"relu", plain<emk_reluf>, 1},
    {"relu6", plain<emk_relu6f>, 1},
    {"selu", plain<emk_seluf>, 10},
    {"sigmoid", plain<emk_sigmoidf>, 10},
    {"softplus", plain<emk_softplusf>, 10},
    {"softsign", plain<emk_softsignf>, 1},
    {"swish", plain<emk_swishf>, 10},
    {"tanh", plain<emk_tanhf>, 10},
};

const Activation &activation_of(const Node &node) {
    for (const Activation &activation : kActivations) {
        if (activation.name == node.op) return activation;
    }
    assertion_failed("every row of ops.def with family activation is listed", __FILE__, __LINE__);
}

struct Parameters {
    float a = 0, b = 0;
};

Parameters parameters_of(const Node &node) {
    constexpr double kInfinity = std::numeric_limits<double>::infinity();
    if (node.op == "clip") {
        return {static_cast<float>(node.float_or("min", -kInfinity)),
                static_cast<float>(node.float_or("max", kInfinity))};
    }
    if (node.op == "gelu") return {node.int_or("approximate", 0) != 0 ? 1.0f : 0.0f, 0.0f};
    return {static_cast<float>(node.float_or("alpha", 1.0)), 0.0f};
}

}  // namespace

Expected<std::vector<TensorType>> infer_activation(const Graph &graph, const Node &node) {
    EMBARK_RETURN_IF_ERROR(check_inputs(graph, node, 1, 1));
    const TensorType &x = input_type(graph, node, 0);
    if (x.type != DataType::kFloat32 && !is_quantized(x)) {
        EMBARK_RETURN_IF_ERROR(typed_activation(node, x));
    }
    if (node.op == "leaky_relu" && !node.attributes.contains("alpha")) {
        return make_error(ErrorCode::kInvalid, "attribute alpha is missing");
    }
    const Parameters parameters = parameters_of(node);
    if (node.op == "clip" && !(parameters.a <= parameters.b)) {
        return make_error(
            ErrorCode::kInvalid,
            fmt::format("clip from {} to {}, expected min <= max", parameters.a, parameters.b));
    }
    return std::vector{x};
}

Status evaluate_activation(const Node &node, std::span<const ConstTensorView> inputs,
                           std::span<const TensorView> outputs) {
    if (!is_float32(inputs)) return evaluate_portable(node, inputs, outputs);
    const int64_t count = element_count(inputs[0].type->shape);
    const float *x = inputs[0].as<float>();
    float *out = outputs[0].as<float>();
    if (node.op == "relu") {  // by far the most frequent, and worth vectorising
        for (int64_t i = 0; i < count; ++i) out[i] = emk_reluf(x[i]);
        return Ok{};
    }
    const Function function = activation_of(node).function;
    const auto [a, b] = parameters_of(node);
    for (int64_t i = 0; i < count; ++i) out[i] = function(x[i], a, b);
    return Ok{};
}

Expected<PortableCall> portable_activation(const Node &node,
                                           std::span<const TensorType *const> inputs,
                                           std::span<const TensorType> outputs) {
    if (is_quantized(*inputs[0])) return quantized_activation(node, inputs, outputs);
    return typed_activation(node, *inputs[0]);
}

int64_t macc_activation(const Graph &graph, const Node &node) {
    return activation_of(node).macc * output_elements(graph, node);
}

}  // namespace embark
