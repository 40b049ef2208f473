// LSTM, GRU and RNN.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>

#include "import/onnx/converters.h"

namespace embark::onnx {

namespace {

/// "HardSigmoid" as "hard_sigmoid"; ONNX does not care for the case.
std::string snake_case(const std::string &text) {
    std::string result;
    for (const char letter : text) {
        if (std::isupper(static_cast<unsigned char>(letter)) != 0 && !result.empty()) result += '_';
        result += static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
    }
    return result == "t_a_n_h" ? "tanh" : result;
}

/// Lengths of the sequences; kNoTensor when all have every step.
Expected<TensorId> lengths_of(Context &c, int64_t steps) {
    if (!c.has(4)) return kNoTensor;
    if (c.constant(4)) {
        EMBARK_ASSIGN(const std::vector<int64_t> lengths, c.builder.ints_of(c.in(4)));
        const bool full =
            std::all_of(lengths.begin(), lengths.end(), [&](auto n) { return n == steps; });
        if (full) return kNoTensor;
    }
    return c.builder.natural(c.in(4));
}

struct ParameterUse {
    std::string_view function;
    bool alpha, beta;
    double default_alpha, default_beta;
};
constexpr ParameterUse kParameters[] = {
    {"affine", true, true, 1, 0},
    {"leaky_relu", true, false, 0.01, 0},
    {"thresholded_relu", true, false, 1, 0},
    {"scaled_tanh", true, true, 1, 1},
    {"hard_sigmoid", true, true, 0.2, 0.5},
    {"elu", true, false, 1, 0},
};

/// One entry per function. The file lists them for those functions only that have the parameter.
std::vector<double> spread(const std::vector<std::string> &functions, const AttributeDef *given,
                           bool alpha) {
    std::vector<double> result;
    size_t next = 0;
    for (const std::string &name : functions) {
        double value = 0;
        for (const ParameterUse &use : kParameters) {
            if (use.function != name || !(alpha ? use.alpha : use.beta)) continue;
            value = alpha ? use.default_alpha : use.default_beta;
            if (given != nullptr && next < given->floats.size()) value = given->floats[next++];
        }
        result.push_back(value);
    }
    return result;
}

Expected<Attributes> recurrent_attributes(Context &c, std::string_view functions) {
    const std::string direction = c.string_of("direction", "forward");
    std::vector<std::string> names;
    const AttributeDef *given = c.attribute("activations");
    if (given != nullptr) {
        for (const std::string &name : given->strings) names.push_back(snake_case(name));
    }
    std::string list(functions);
    if (direction == "bidirectional") list += "," + list;
    if (!names.empty()) list = fmt::format("{}", fmt::join(names, ","));
    Attributes attributes = {{"hidden", c.int_of("hidden_size", c.in(2).shape.back())},
                             {"direction", direction},
                             {"activations", list}};
    for (const std::string_view name : {"activation_alpha", "activation_beta"}) {
        const AttributeDef *values = c.attribute(name);
        if (values == nullptr || values->floats.empty()) continue;
        attributes[std::string(name)] = spread(names, values, name == "activation_alpha");
    }
    if (const double clip = c.float_of("clip", 0); clip != 0) attributes["clip"] = clip;
    return attributes;
}

Expected<TensorId> natural_or_none(Context &c, size_t input) {
    if (!c.has(input)) return kNoTensor;
    return c.builder.natural(c.in(input));
}

/// A state [N,D,H] of the layout with the batch first as [D,N,H].
Expected<TensorId> initial_state(Context &c, size_t input, bool batch_first) {
    if (!c.has(input)) return kNoTensor;
    if (!batch_first || c.in(input).rank() != 3) return c.builder.natural(c.in(input));
    return c.builder.natural(transposed(c.in(input), {1, 0, 2}));
}

Status recurrent(Context &c, std::string_view op, std::string_view functions) {
    const bool lstm = op == "lstm", batch_first = c.int_of("layout", 0) != 0;
    if (c.in().rank() != 3 || c.in(1).rank() != 3 || c.in(2).rank() != 3) {
        return make_error(ErrorCode::kInvalid, "input or weights have not three axes");
    }
    EMBARK_ASSIGN(const TensorId lengths, lengths_of(c, c.in().shape[batch_first ? 1 : 0]));
    EMBARK_ASSIGN(Attributes attributes, recurrent_attributes(c, functions));
    if (lstm && c.int_of("input_forget", 0) != 0) attributes["input_forget"] = int64_t{1};
    if (op == "gru") {
        attributes["linear_before_reset"] = c.int_of("linear_before_reset", 0);
    }
    const Value x = batch_first ? transposed(c.in(), {1, 0, 2}) : c.in();
    EMBARK_ASSIGN(const TensorId input, c.builder.natural(x));
    std::vector<TensorId> ids = {input};
    for (const size_t i : {1, 2, 3}) {
        EMBARK_ASSIGN(const TensorId id, natural_or_none(c, i));
        ids.push_back(id);
    }
    EMBARK_ASSIGN(const TensorId h0, initial_state(c, 5, batch_first));
    ids.push_back(h0);
    if (lstm) {
        EMBARK_ASSIGN(const TensorId c0, initial_state(c, 6, batch_first));
        EMBARK_ASSIGN(const TensorId peepholes, natural_or_none(c, 7));
        ids.push_back(c0);
        ids.push_back(peepholes);
    }
    ids.push_back(lengths);
    EMBARK_ASSIGN(const std::vector<TensorId> outputs,
                  c.builder.emit_all(std::string(op), ids, std::move(attributes)));
    for (size_t i = 0; i < outputs.size(); ++i) {
        Value value = c.builder.constant(outputs[i]);
        if (batch_first) {
            value = i == 0 ? transposed(value, {2, 0, 1, 3}) : transposed(value, {1, 0, 2});
        }
        EMBARK_RETURN_IF_ERROR(c.give(value, i));
    }
    return Ok{};
}

}  // namespace

Status convert_lstm(Context &c) {
    return recurrent(c, "lstm", "sigmoid,tanh,tanh");
}

Status convert_gru(Context &c) {
    return recurrent(c, "gru", "sigmoid,tanh");
}

Status convert_rnn(Context &c) {
    return recurrent(c, "rnn", "tanh");
}

}  // namespace embark::onnx
