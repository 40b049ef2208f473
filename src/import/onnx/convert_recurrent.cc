// LSTM, GRU and RNN.

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "import/onnx/converters.h"

namespace embark::onnx {

namespace {

std::string lower(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
    return text;
}

/// Sequence lengths may only repeat the number of steps.
Status check_lengths(Context &c, int64_t steps) {
    if (!c.has(4)) return Ok{};
    EMBARK_ASSIGN(const std::vector<int64_t> lengths, c.builder.ints_of(c.in(4)));
    const bool full =
        std::all_of(lengths.begin(), lengths.end(), [&](auto n) { return n == steps; });
    if (full) return Ok{};
    return make_error(
        ErrorCode::kUnsupported,
        fmt::format("sequence_lens is {}, expected all {} steps", to_string(lengths), steps));
}

Expected<Attributes> recurrent_attributes(Context &c, std::string_view functions) {
    const std::string direction = c.string_of("direction", "forward");
    std::string names;
    const AttributeDef *given = c.attribute("activations");
    if (given != nullptr && !given->strings.empty()) {
        for (const std::string &name : given->strings) {
            names += (names.empty() ? "" : ",") + lower(name);
        }
    } else {
        names = functions;
        if (direction == "bidirectional") names += "," + names;
    }
    for (const std::string_view name : {"activation_alpha", "activation_beta"}) {
        const AttributeDef *list = c.attribute(name);
        if (list == nullptr || list->floats.empty()) continue;
        return make_error(ErrorCode::kUnsupported,
                          fmt::format("{} is not supported, expected activations without "
                                      "parameters",
                                      name));
    }
    Attributes attributes = {{"hidden", c.int_of("hidden_size", c.in(2).shape.back())},
                             {"direction", direction},
                             {"activations", names}};
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
    EMBARK_RETURN_IF_ERROR(check_lengths(c, c.in().shape[batch_first ? 1 : 0]));
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
