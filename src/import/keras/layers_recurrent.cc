// Recurrent layers. The graph's operators have time first, and gates in the order of ONNX.
#include <fmt/format.h>

#include <algorithm>

#include "import/keras/layers.h"

namespace embark::keras {

namespace {

struct Recurrence {
    std::string_view class_name, op;
    std::vector<int> gates;  ///< at the place of each gate of the operator: Keras' gate
    size_t states;
};

const Recurrence *find_recurrence(std::string_view class_name) {
    // Keras: LSTM i f c o, GRU z r h; the operators: i o f c and z r h.
    static const Recurrence kRecurrences[] = {
        {"LSTM", "lstm", {0, 3, 1, 2}, 2},
        {"GRU", "gru", {0, 1, 2}, 1},
        {"SimpleRNN", "rnn", {0}, 1},
    };
    for (const Recurrence &row : kRecurrences) {
        if (row.class_name == class_name) return &row;
    }
    return nullptr;
}

/// What one direction gives.
struct Run {
    TensorId sequence = kNoTensor;  ///< [T,1,N,H], in the input's order of time
    std::vector<TensorId> states;   ///< [1,N,H] each
};

/// [gates * H, in] in the operator's order, from Keras' [in, gates * H].
std::vector<float> gate_matrix(std::span<const float> kernel, size_t in, size_t hidden,
                               const std::vector<int> &gates) {
    std::vector<float> result(kernel.size());
    const size_t columns = gates.size() * hidden;
    for (size_t row = 0; row < columns; ++row) {
        const size_t column = static_cast<size_t>(gates[row / hidden]) * hidden + row % hidden;
        for (size_t i = 0; i < in; ++i) result[row * in + i] = kernel[i * columns + column];
    }
    return result;
}

std::vector<float> gate_vector(std::span<const float> bias, size_t hidden,
                               const std::vector<int> &gates) {
    std::vector<float> result;
    for (const int gate : gates) {
        const auto first =
            bias.begin() + static_cast<ptrdiff_t>(gate) * static_cast<ptrdiff_t>(hidden);
        result.insert(result.end(), first, first + static_cast<ptrdiff_t>(hidden));
    }
    return result;
}

/// The name that the operators' `activations` take.
Expected<std::string> gate_activation(const LayerContext &context, std::string_view key,
                                      const char *fallback) {
    const Value value = context.layer.config[key];
    auto name = value.as_string();
    if (!name) name = value["config"].as_string();
    if (value.is_null()) name = fallback;
    if (name == "linear") return std::string("linear");
    for (const char *known : {"sigmoid", "tanh", "relu", "softsign", "softplus"}) {
        if (name == known) return *name;
    }
    // The operator's is Keras 2's: clip(0.2 x + 0.5, 0, 1).
    if (name == "hard_sigmoid" && context.state.keras_major < 3) return *name;
    return make_error(
        ErrorCode::kUnsupported,
        fmt::format("{} {} is not supported in a recurrent layer", key, value.excerpt()));
}

Expected<std::string> gate_activations(const LayerContext &context, const Recurrence &kind) {
    EMBARK_ASSIGN(const std::string main, gate_activation(context, "activation", "tanh"));
    if (kind.op == "rnn") return main;
    EMBARK_ASSIGN(const std::string gate,
                  gate_activation(context, "recurrent_activation",
                                  context.state.keras_major < 3 ? "hard_sigmoid" : "sigmoid"));
    return kind.op == "lstm" ? fmt::format("{},{},{}", gate, main, main)
                             : fmt::format("{},{}", gate, main);
}

Status check_options(LayerContext &context) {
    const Value config = context.layer.config;
    if (config_flag(config, "time_major", false)) {
        return make_error(ErrorCode::kUnsupported, "time_major is true, expected false");
    }
    for (const CallArgument &argument : context.call.arguments) {
        const bool is_mask =
            argument.keyword == "mask" && (argument.tensor || !argument.constant.is_null());
        if (is_mask) {
            return make_error(ErrorCode::kUnsupported,
                              "is called with a mask, which embark does not support");
        }
    }
    if (config_flag(config, "stateful", false)) {
        context.graph.source.warnings.push_back(fmt::format(
            "layer {}: stateful: each inference starts from zeros all the same", context.path));
    }
    return Ok{};
}

/// Bias of input and recurrence, one after the other.
Expected<std::vector<float>> read_bias(LayerContext &context, const Recurrence &kind,
                                       bool reset_after, size_t hidden) {
    const size_t width = kind.gates.size() * hidden;
    const auto extent = static_cast<int64_t>(width);
    std::vector<float> result(2 * width, 0.0f);
    EMBARK_ASSIGN(const auto bias,
                  context.weights.find("bias", reset_after ? Shape{2, extent} : Shape{extent}));
    for (size_t half = 0; half < bias.size() / width; ++half) {
        const auto part = gate_vector(bias.subspan(half * width, width), hidden, kind.gates);
        std::copy(part.begin(), part.end(), result.begin() + static_cast<ptrdiff_t>(half * width));
    }
    return result;
}

/// Weights and states as the operator's inputs after x.
Status add_operands(LayerContext &context, const Recurrence &kind, bool reset_after,
                    int64_t features, std::span<const TensorId> states,
                    std::vector<TensorId> &inputs) {
    const Value config = context.layer.config;
    EMBARK_ASSIGN(const int64_t units, config_int(config, "units", std::nullopt, 1));
    const auto hidden = static_cast<size_t>(units), in = static_cast<size_t>(features);
    const auto rows = static_cast<int64_t>(kind.gates.size()) * units;
    EMBARK_ASSIGN(const auto kernel, context.weights.find("kernel", {features, rows}));
    EMBARK_ASSIGN(const auto recurrent, context.weights.find("recurrent_kernel", {units, rows}));
    inputs.push_back(constant(context, "weights", {1, rows, features},
                              gate_matrix(kernel, in, hidden, kind.gates)));
    inputs.push_back(constant(context, "recurrent_weights", {1, rows, units},
                              gate_matrix(recurrent, hidden, hidden, kind.gates)));
    if (config_flag(config, "use_bias", true)) {
        EMBARK_ASSIGN(const auto bias, read_bias(context, kind, reset_after, hidden));
        inputs.push_back(constant(context, "bias", {1, 2 * rows}, bias));
    } else if (!states.empty()) {
        inputs.push_back(kNoTensor);
    }
    for (size_t i = 0; i < states.size(); ++i) {
        const Shape shape = context.shape(states[i]);
        if (shape.size() != 2 || shape[1] != units) {
            return make_error(ErrorCode::kInvalid, fmt::format("initial state {} has shape {}, "
                                                               "expected {} units",
                                                               i, to_string(shape), units));
        }
        EMBARK_ASSIGN(const TensorId state, append_reshape(context, fmt::format("state_{}", i),
                                                           states[i], {1, shape[0], units}));
        inputs.push_back(state);
    }
    return Ok{};
}

/// [N,T,F] to [T,N,F].
Expected<TensorId> time_first(LayerContext &context, TensorId x) {
    const Shape in = context.shape(x);
    if (in[0] == 1) return append_reshape(context, "steps", x, {in[1], in[0], in[2]});
    return append_transpose(context, "steps", x, {1, 0, 2});
}

/// [T,1,N,H] to [N,T,H], backwards where \p flip says so.
Expected<TensorId> to_sequence(LayerContext &context, TensorId y, bool flip) {
    const Shape in = context.shape(y);
    EMBARK_ASSIGN(TensorId x, append_reshape(context, "rows", y, {in[0], in[2], in[3]}));
    if (flip) {
        EMBARK_ASSIGN(x, append(context, "slice", "flip", {x},
                                {{"start", std::vector<int64_t>{in[0] - 1, 0, 0}},
                                 {"step", std::vector<int64_t>{-1, 1, 1}},
                                 {"size", Shape{in[0], in[2], in[3]}}}));
    }
    if (in[2] == 1) return append_reshape(context, "sequence", x, {in[2], in[0], in[3]});
    return append_transpose(context, "sequence", x, {1, 0, 2});
}

/// [1,N,H] to [N,H].
Expected<TensorId> to_state(LayerContext &context, TensorId y, std::string_view suffix) {
    const Shape in = context.shape(y);
    return append_reshape(context, suffix, y, {in[1], in[2]});
}

Expected<Run> run_layer(LayerContext &context, const Recurrence &kind, TensorId x, bool reverse,
                        std::span<const TensorId> states) {
    EMBARK_RETURN_IF_ERROR(check_options(context));
    const Value config = context.layer.config;
    if (!states.empty() && states.size() != kind.states) {
        return make_error(ErrorCode::kInvalid, fmt::format("has {} initial states, expected {}",
                                                           states.size(), kind.states));
    }
    EMBARK_ASSIGN(const std::string activations, gate_activations(context, kind));
    EMBARK_ASSIGN(const int64_t units, config_int(config, "units", std::nullopt, 1));
    const bool reset_after = kind.op == "gru" && config_flag(config, "reset_after", false);
    std::vector<TensorId> inputs{x};
    const int64_t features = context.shape(x)[2];
    context.weights = context.weights.part(context.path, {"cell"}, "");
    EMBARK_RETURN_IF_ERROR(add_operands(context, kind, reset_after, features, states, inputs));
    Attributes attributes{{"hidden", units},
                          {"direction", std::string(reverse ? "reverse" : "forward")},
                          {"activations", activations}};
    if (kind.op == "gru") attributes["linear_before_reset"] = int64_t{reset_after};
    EMBARK_ASSIGN(const TensorId y, append(context, std::string(kind.op), "", inputs, attributes));
    const auto &outputs = context.graph.nodes.back().outputs;
    return Run{y, {outputs.begin() + 1, outputs.end()}};
}

/// What a layer of that configuration returns of a run.
Expected<TensorId> result_of(LayerContext &context, const Run &run, bool flip) {
    if (config_flag(context.layer.config, "return_sequences", false)) {
        return to_sequence(context, run.sequence, flip);
    }
    return to_state(context, run.states[0], "last");
}

Status add_states(LayerContext &context, const Run &run, std::vector<TensorId> &outputs) {
    if (!config_flag(context.layer.config, "return_state", false)) return Ok{};
    for (size_t i = 0; i < run.states.size(); ++i) {
        EMBARK_ASSIGN(const TensorId state,
                      to_state(context, run.states[i], fmt::format("final_{}", i)));
        outputs.push_back(state);
    }
    return Ok{};
}

/// "backward_lstm" beside "forward_lstm"; versions differ in whether the latter has its prefix.
std::string direction_name(const std::string &inner, std::string_view direction) {
    constexpr std::string_view kForward = "forward_";
    const std::string_view plain =
        inner.starts_with(kForward) ? std::string_view(inner).substr(kForward.size()) : inner;
    return fmt::format("{}_{}", direction, plain);
}

Expected<TensorId> merge_directions(LayerContext &context, TensorId forward, TensorId backward) {
    const Value mode = context.layer.config["merge_mode"];
    if (mode.is_null() && context.layer.config.has("merge_mode")) {
        context.more_outputs.push_back(backward);
        return forward;
    }
    const std::string name = mode.as_string().value_or("concat");
    if (name == "concat") {
        const auto axis = static_cast<int64_t>(context.shape(forward).size()) - 1;
        return append(context, "concat", "", {forward, backward}, {{"axis", axis}});
    }
    if (name == "mul") return append(context, "multiply", "", {forward, backward});
    if (name == "sum") return append(context, "add", "", {forward, backward});
    if (name != "ave") return bad_config("merge_mode", mode, "concat, sum, mul, ave or null");
    EMBARK_ASSIGN(const TensorId sum, append(context, "add", "sum", {forward, backward}));
    return append(context, "multiply", "", {sum, scalar(context, "half", 0.5)});
}

}  // namespace

Expected<TensorId> convert_recurrent(LayerContext &context) {
    EMBARK_RETURN_IF_ERROR(expect_rank(context, 3));
    const Recurrence &kind = *find_recurrence(context.layer.class_name);
    const bool reverse = config_flag(context.layer.config, "go_backwards", false);
    EMBARK_ASSIGN(const TensorId x, time_first(context, context.inputs[0]));
    EMBARK_ASSIGN(const Run run,
                  run_layer(context, kind, x, reverse, std::span(context.inputs).subspan(1)));
    EMBARK_ASSIGN(const TensorId y, result_of(context, run, reverse));
    EMBARK_RETURN_IF_ERROR(add_states(context, run, context.more_outputs));
    return y;
}

/// A forward and a backward layer on the same input, each with its own half of the initial states.
Expected<TensorId> convert_bidirectional(LayerContext &context) {
    EMBARK_RETURN_IF_ERROR(expect_rank(context, 3));
    const auto &wrapped = context.layer.wrapped;
    EMBARK_ASSIGN(const TensorId x, time_first(context, context.inputs[0]));
    const auto states = std::span(context.inputs).subspan(1);
    std::vector<TensorId> results, final_states;
    for (size_t i = 0; i < 2; ++i) {
        const LayerConfig &inner = wrapped.size() > i ? wrapped[i] : wrapped[0];
        const Recurrence *kind = find_recurrence(inner.class_name);
        if (kind == nullptr) {
            return make_error(
                ErrorCode::kUnsupported,
                fmt::format("wraps a {}, expected LSTM, GRU or SimpleRNN", inner.class_name));
        }
        const std::string name = i == 0 ? "forward" : "backward";
        const std::string component =
            wrapped.size() > i && i > 0 ? inner.name : direction_name(inner.name, name);
        LayerContext side =
            inner_context(context, inner, name,
                          context.weights.part(fmt::format("{}/{}", context.path, name),
                                               {name + "_layer"}, component),
                          context.inputs);
        const auto own = states.subspan(i * (states.size() / 2), states.size() / 2);
        EMBARK_ASSIGN(const Run run, run_layer(side, *kind, x, i == 1, own));
        EMBARK_ASSIGN(const TensorId y, result_of(side, run, false));
        EMBARK_RETURN_IF_ERROR(add_states(side, run, final_states));
        results.push_back(y);
    }
    EMBARK_ASSIGN(const TensorId y, merge_directions(context, results[0], results[1]));
    context.more_outputs.insert(context.more_outputs.end(), final_states.begin(),
                                final_states.end());
    return y;
}

/// The inner layer on all steps at once, as a batch.
Expected<TensorId> convert_time_distributed(LayerContext &context) {
    const LayerConfig &inner = context.layer.wrapped[0];
    const Shape in = context.input_shape();
    if (in.size() < 3) return expect_rank(context, 3).error();
    Shape steps(in.begin() + 1, in.end());
    steps[0] *= in[0];
    EMBARK_ASSIGN(const TensorId x, append_reshape(context, "steps", context.inputs[0], steps));
    LayerContext step = inner_context(
        context, inner, inner.name,
        context.weights.part(fmt::format("{}/{}", context.path, inner.name), {"layer"}, inner.name),
        {x});
    EMBARK_ASSIGN(const TensorId y, convert_layer(step));
    const Shape out = context.shape(y);
    Shape shape{in[0], in[1]};
    shape.insert(shape.end(), out.begin() + 1, out.end());
    return append_reshape(context, "sequence", y, std::move(shape));
}

/// In inference the wrapped layer alone; its kernel was divided by the norm when it was trained.
Expected<TensorId> convert_spectral_normalization(LayerContext &context) {
    const LayerConfig &inner = context.layer.wrapped[0];
    LayerContext only = inner_context(
        context, inner, inner.name,
        context.weights.part(fmt::format("{}/{}", context.path, inner.name), {"layer"}, inner.name),
        context.inputs);
    EMBARK_ASSIGN(const TensorId y, convert_layer(only));
    context.weights.ignore_rest();
    return y;
}

}  // namespace embark::keras
