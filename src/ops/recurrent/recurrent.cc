// lstm: x [T,N,I], w [D,4H,I], r [D,4H,H], b? [D,8H], h0? [D,N,H], c0? [D,N,H], p? [D,3H],
//       lengths? int32 [N] -> y [T,D,N,H], y_h [D,N,H], y_c [D,N,H]; gates input, output, forget,
//       cell.
// gru:  x, w [D,3H,I], r [D,3H,H], b? [D,6H], h0?, lengths? -> y, y_h; gates update, reset, hidden.
// rnn:  x, w [D,H,I], r [D,H,H], b? [D,2H], h0?, lengths? -> y, y_h.
// Attributes: cell_clip (0: none; lstm); direction forward|reverse|bidirectional (forward); clip
// (0: none); activations, one comma list of 3, 2 or 1 names per direction in turn
// ("sigmoid,tanh,tanh", "sigmoid,tanh", "tanh"); activation_alpha, activation_beta, one number per
// name (ONNX's defaults); input_forget (0; lstm); linear_before_reset (0; gru). Semantics are those
// of ONNX, with the time first.

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "ops/family.h"
#include "ops/recurrent/quantized.h"
#include "ops/window.h"

namespace embark {

namespace {

/// What tells the three layers apart.
struct LayerKind {
    std::string_view op;
    std::string_view function;  ///< C
    int64_t gates;
    std::string_view activations;  ///< of one direction
    size_t inputs;                 ///< most
};

constexpr std::array kLayers = {
    LayerKind{"lstm", "emk_lstm_f32", 4, "sigmoid,tanh,tanh", 8},
    LayerKind{"gru", "emk_gru_f32", 3, "sigmoid,tanh", 6},
    LayerKind{"rnn", "emk_rnn_f32", 1, "tanh", 6},
};

const LayerKind &kind_of(const Node &node) {
    const auto found = std::find_if(kLayers.begin(), kLayers.end(),
                                    [&](const LayerKind &kind) { return kind.op == node.op; });
    EMBARK_ASSERT(found != kLayers.end());
    return *found;
}

/// A function of gates with its parameters' defaults, in the order of emk_gate_function.
struct GateFunction {
    std::string_view name;
    double alpha, beta;
};

constexpr std::array kFunctions = {
    GateFunction{"sigmoid", 0, 0},       GateFunction{"tanh", 0, 0},
    GateFunction{"relu", 0, 0},          GateFunction{"affine", 1, 0},
    GateFunction{"leaky_relu", 0.01, 0}, GateFunction{"thresholded_relu", 1, 0},
    GateFunction{"scaled_tanh", 1, 1},   GateFunction{"hard_sigmoid", 0.2, 0.5},
    GateFunction{"elu", 1, 0},           GateFunction{"softsign", 0, 0},
    GateFunction{"softplus", 0, 0},
};

constexpr size_t kMostFunctions = 6;

struct GateFunctions {
    std::vector<int64_t> kinds = std::vector<int64_t>(kMostFunctions, 0);
    std::vector<float> alphas = std::vector<float>(kMostFunctions, 0);
    std::vector<float> betas = std::vector<float>(kMostFunctions, 0);
};

std::vector<std::string> split(std::string_view text) {
    std::vector<std::string> names = {""};
    for (const char c : text) {
        if (c == ',') {
            names.emplace_back();
        } else if (c != ' ') {
            names.back() += c;
        }
    }
    return names;
}

double parameter(const Node &node, std::string_view attribute, size_t index, double fallback) {
    const auto found = node.attributes.find(attribute);
    if (found == node.attributes.end()) return fallback;
    const auto *values = std::get_if<std::vector<double>>(&found->second);
    return values != nullptr && index < values->size() ? (*values)[index] : fallback;
}

Expected<GateFunctions> functions_of(const Node &node, int64_t directions) {
    std::string fallback(kind_of(node).activations);
    if (directions == 2) fallback += "," + fallback;
    const size_t count = split(fallback).size();
    const std::string text = node.string_or("activations", fallback);
    const std::vector<std::string> names = split(text);
    if (names.size() != count) {
        return make_error(
            ErrorCode::kInvalid,
            fmt::format("attribute activations is '{}', expected {} names", text, count));
    }
    GateFunctions functions;
    for (size_t i = 0; i < count; ++i) {
        const auto found =
            std::find_if(kFunctions.begin(), kFunctions.end(),
                         [&](const GateFunction &function) { return function.name == names[i]; });
        if (found == kFunctions.end()) {
            return make_error(
                ErrorCode::kUnsupported,
                fmt::format("activation '{}' is not one of recurrent layers", names[i]));
        }
        functions.kinds[i] = found - kFunctions.begin();
        functions.alphas[i] =
            static_cast<float>(parameter(node, "activation_alpha", i, found->alpha));
        functions.betas[i] = static_cast<float>(parameter(node, "activation_beta", i, found->beta));
    }
    return functions;
}

/// Extents of a layer.
struct Extents {
    int64_t steps, batch, inputs, hidden, directions;
};

Extents extents_of(const Shape &x, const Shape &r) {
    return {x[0], x[1], x[2], r[2], r[0]};
}

Status check_direction(const Node &node, int64_t directions) {
    const std::string direction = node.string_or("direction", "forward");
    const bool both = direction == "bidirectional";
    if (!both && direction != "forward" && direction != "reverse") {
        return make_error(ErrorCode::kInvalid,
                          fmt::format("attribute direction is '{}', expected forward, reverse or "
                                      "bidirectional",
                                      direction));
    }
    if (directions == (both ? 2 : 1)) return Ok{};
    return make_error(ErrorCode::kInvalid,
                      fmt::format("weights have {} directions, expected {} for '{}'", directions,
                                  both ? 2 : 1, direction));
}

/// Checks the shape and type of input \p index if it is given.
Status check_operand(const Graph &graph, const Node &node, size_t index, const Shape &expected,
                     DataType type = DataType::kFloat32) {
    if (!has_input(node, index)) return Ok{};
    const TensorType &found = input_type(graph, node, index);
    if (found.shape == expected && found.type == type) return Ok{};
    return make_error(ErrorCode::kInvalid,
                      fmt::format("input {} is {} {}, expected {} {}", index, to_string(found.type),
                                  to_string(found.shape), to_string(type), to_string(expected)));
}

/// Where the node has its sequences' lengths: behind all others.
size_t lengths_index(const Node &node) {
    return kind_of(node).inputs - 1;
}

Status check_operands(const Graph &graph, const Node &node, const Extents &e) {
    const int64_t gates = kind_of(node).gates;
    const Shape state = {e.directions, e.batch, e.hidden};
    EMBARK_RETURN_IF_ERROR(check_operand(graph, node, 0, {e.steps, e.batch, e.inputs}));
    EMBARK_RETURN_IF_ERROR(
        check_operand(graph, node, 1, {e.directions, gates * e.hidden, e.inputs}));
    EMBARK_RETURN_IF_ERROR(
        check_operand(graph, node, 2, {e.directions, gates * e.hidden, e.hidden}));
    EMBARK_RETURN_IF_ERROR(check_operand(graph, node, 3, {e.directions, 2 * gates * e.hidden}));
    EMBARK_RETURN_IF_ERROR(check_operand(graph, node, 4, state));
    if (node.op == "lstm") {
        EMBARK_RETURN_IF_ERROR(check_operand(graph, node, 5, state));
        EMBARK_RETURN_IF_ERROR(check_operand(graph, node, 6, {e.directions, 3 * e.hidden}));
    }
    return check_operand(graph, node, lengths_index(node), {e.batch}, DataType::kInt32);
}

int64_t products_of(const Extents &e, int64_t gates) {
    return e.directions * e.steps * e.batch * gates * e.hidden * (e.inputs + e.hidden);
}

}  // namespace

Expected<std::vector<TensorType>> infer_recurrent(const Graph &graph, const Node &node) {
    EMBARK_RETURN_IF_ERROR(check_inputs(graph, node, 3, kind_of(node).inputs));
    if (node.op == "lstm" && is_quantized(input_type(graph, node, 0))) {
        return infer_quantized_lstm(graph, node);
    }
    EMBARK_RETURN_IF_ERROR(check_rank(graph, node, 0, 3, "steps, batch, inputs"));
    EMBARK_RETURN_IF_ERROR(check_rank(graph, node, 2, 3, "directions, gates, hidden"));
    const Extents e =
        extents_of(input_type(graph, node, 0).shape, input_type(graph, node, 2).shape);
    EMBARK_RETURN_IF_ERROR(check_operands(graph, node, e));
    EMBARK_RETURN_IF_ERROR(check_direction(node, e.directions));
    EMBARK_RETURN_IF_ERROR(functions_of(node, e.directions));
    const TensorType state{DataType::kFloat32, {e.directions, e.batch, e.hidden}, {}};
    std::vector<TensorType> types = {
        {DataType::kFloat32, {e.steps, e.directions, e.batch, e.hidden}, {}}, state};
    if (node.op == "lstm") types.push_back(state);
    return types;
}

int64_t macc_recurrent(const Graph &graph, const Node &node) {
    const Extents e =
        extents_of(input_type(graph, node, 0).shape, input_type(graph, node, 2).shape);
    const int64_t gates = kind_of(node).gates;
    return products_of(e, gates) + e.directions * e.steps * e.batch * e.hidden * gates * 12;
}

Expected<PortableCall> portable_recurrent(const Node &node,
                                          std::span<const TensorType *const> inputs,
                                          std::span<const TensorType> outputs) {
    if (node.op == "lstm" && is_quantized(*inputs[0])) {
        return quantized_lstm(node, inputs, outputs);
    }
    if (inputs[0]->type != DataType::kFloat32) return unsupported_type(node, inputs[0]->type);
    const LayerKind &kind = kind_of(node);
    const Extents e = extents_of(inputs[0]->shape, inputs[2]->shape);
    EMBARK_ASSIGN(const GateFunctions functions, functions_of(node, e.directions));
    const std::string variant = node.op == "lstm" ? "input_forget" : "linear_before_reset";
    PortableCall call{
        .function = kind.function,
        .inputs = {0, 1, 2, optional_input(inputs, 3), optional_input(inputs, lengths_index(node)),
                   optional_input(inputs, 4)}};
    if (node.op == "lstm") {
        call.inputs.push_back(optional_input(inputs, 5));
        call.inputs.push_back(optional_input(inputs, 6));
    }
    call.fields = {scratch_of("scratch"),
                   int_of("steps", e.steps),
                   int_of("batch", e.batch),
                   int_of("inputs", e.inputs),
                   int_of("hidden", e.hidden),
                   int_of("directions", e.directions),
                   int_of("backwards", node.string_or("direction", "") == "reverse" ? 1 : 0),
                   int_of("variant", node.int_or(variant, 0) != 0 ? 1 : 0),
                   float_of("clip", static_cast<float>(node.float_or("clip", 0.0))),
                   float_of("cell_clip", static_cast<float>(node.float_or("cell_clip", 0.0))),
                   ints_of("functions", functions.kinds),
                   floats_of("alphas", functions.alphas),
                   floats_of("betas", functions.betas)};
    call.scratch_bytes = kind.gates * e.hidden * static_cast<int64_t>(sizeof(float));
    const int64_t units = e.directions * e.steps * e.batch * e.hidden * kind.gates;
    call.cycles = products_of(e, kind.gates) * 8 + units * 150 + 400;
    return call;
}

}  // namespace embark
