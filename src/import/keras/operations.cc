#include "import/keras/operations.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

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

/// A call of a function: its arguments stand in the configuration or among the call's.
struct Call {
    LayerContext &context;

    Value argument(std::initializer_list<std::string_view> names) const {
        for (const std::string_view name : names) {
            for (const Value value : {context.layer.config[name], context.call.keyword(name)}) {
                if (!value.is_null()) return value;
            }
        }
        return Value();
    }
    /// The positional argument of that number, when it is a constant.
    Value constant(size_t index) const {
        const auto &arguments = context.call.arguments;
        size_t position = 0;
        for (const CallArgument &argument : arguments) {
            if (!argument.keyword.empty()) continue;
            if (position++ == index && !argument.tensor) return argument.constant;
        }
        return Value();
    }
    TensorId x() const { return context.inputs[0]; }
    const Shape &shape() const { return context.input_shape(); }
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

Expected<TensorId> convert_binary(Call &call, std::string_view op) {
    LayerContext &context = call.context;
    EMBARK_ASSIGN(auto operands, read_operands(context));
    const bool both = operands[0].is_tensor() && operands[1].is_tensor();
    if (!both && !operands[0].is_tensor() && !operands[1].is_tensor()) {
        return make_error(ErrorCode::kInvalid, "has no tensor among its operands");
    }
    if (!both) {
        const auto affine = as_affine(op, operands);
        const TensorId x = operands[operands[0].is_tensor() ? 0 : 1].tensor;
        if (affine) {
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

/// \returns all axes when none is named
Expected<std::vector<int64_t>> read_axes(const Call &call, Value value) {
    if (!value.is_null()) return config_axes(value, "axis", call.shape().size());
    std::vector<int64_t> axes;
    for (size_t i = 0; i < call.shape().size(); ++i) axes.push_back(static_cast<int64_t>(i));
    return axes;
}

Expected<TensorId> convert_reduction(Call &call, std::string_view op) {
    EMBARK_ASSIGN(const auto axes, read_axes(call, call.argument({"axis"})));
    const int64_t keep = call.argument({"keepdims", "keep_dims"}).as_bool().value_or(false);
    return append(call.context, std::string(op), "", {call.x()},
                  {{"axes", axes}, {"keep_dims", keep}});
}

Expected<TensorId> convert_reshape_to(Call &call) {
    Value target = call.argument({"newshape", "shape"});
    if (target.is_null()) target = call.constant(1);
    const int64_t total = element_count(call.shape());
    Shape shape;
    int64_t known = 1, open = -1;
    for (size_t i = 0; i < target.size(); ++i) {
        int64_t extent = target[i].as_int().value_or(-1);
        if (target[i].is_null() && i == 0) extent = call.shape()[0];
        const bool fits = extent == -1 ? open < 0 : extent >= 1 && extent <= total / known;
        if (!fits) return bad_config("newshape", target, fmt::format("{} elements", total));
        if (extent == -1) open = static_cast<int64_t>(i);
        if (extent > 0) known *= extent;
        shape.push_back(extent);
    }
    if (shape.empty() || total % known != 0 || (open < 0 && known != total)) {
        return bad_config("newshape", target, fmt::format("{} elements", total));
    }
    if (open >= 0) shape[static_cast<size_t>(open)] = total / known;
    return append_reshape(call.context, "", call.x(), std::move(shape));
}

Expected<TensorId> convert_transpose(Call &call) {
    Value axes = call.argument({"axes", "perm"});
    if (axes.is_null()) axes = call.constant(1);
    const size_t rank = call.shape().size();
    std::vector<int64_t> perm;
    for (size_t i = 0; i < axes.size(); ++i) {
        const int64_t axis = axes[i].as_int().value_or(static_cast<int64_t>(rank));
        perm.push_back(axis < 0 ? axis + static_cast<int64_t>(rank) : axis);
    }
    for (size_t i = rank; axes.is_null() && i > 0; --i) perm.push_back(static_cast<int64_t>(i) - 1);
    std::vector<int64_t> sorted = perm;
    std::sort(sorted.begin(), sorted.end());
    bool complete = perm.size() == rank;
    for (size_t i = 0; i < sorted.size(); ++i) complete &= sorted[i] == static_cast<int64_t>(i);
    if (!complete) return bad_config("axes", axes, fmt::format("{} different axes", rank));
    return append_transpose(call.context, "", call.x(), perm);
}

Expected<TensorId> convert_concat(Call &call) {
    EMBARK_ASSIGN(const auto axes, read_axes(call, call.argument({"axis"})));
    if (call.context.inputs.size() == 1) return call.x();
    return append(call.context, "concat", "", call.context.inputs, {{"axis", axes[0]}});
}

/// A new axis of one, at a place of the result.
Expected<TensorId> convert_expand_dims(Call &call) {
    Value value = call.argument({"axis"});
    if (value.is_null()) value = call.constant(1);
    Shape shape = call.shape();
    EMBARK_ASSIGN(
        const auto axes,
        config_axes(value, "axis", shape.size() + value.size() + (value.is_array() ? 0 : 1)));
    for (const int64_t axis : axes) shape.insert(shape.begin() + axis, 1);
    return append_reshape(call.context, "", call.x(), std::move(shape));
}

Expected<TensorId> convert_squeeze(Call &call) {
    const Value value = call.argument({"axis"});
    const Shape &in = call.shape();
    std::vector<int64_t> axes;
    if (!value.is_null()) {
        EMBARK_ASSIGN(axes, config_axes(value, "axis", in.size()));
    }
    Shape shape;
    for (size_t i = 0; i < in.size(); ++i) {
        const bool named =
            std::find(axes.begin(), axes.end(), static_cast<int64_t>(i)) != axes.end();
        if (named && in[i] != 1) return bad_config("axis", value, "axes of extent 1");
        if (named || (value.is_null() && i > 0 && in[i] == 1)) continue;
        shape.push_back(in[i]);
    }
    return append_reshape(call.context, "", call.x(), std::move(shape));
}

Expected<TensorId> convert_stack(Call &call) {
    const size_t rank = call.shape().size() + 1;
    std::vector<int64_t> axes{0};
    if (const Value value = call.argument({"axis"}); !value.is_null()) {
        EMBARK_ASSIGN(axes, config_axes(value, "axis", rank));
    }
    std::vector<TensorId> inputs;
    for (size_t i = 0; i < call.context.inputs.size(); ++i) {
        Shape shape = call.context.input_shape(i);
        if (shape != call.shape()) {
            return make_error(
                ErrorCode::kInvalid,
                fmt::format("stacks {} and {}", to_string(call.shape()), to_string(shape)));
        }
        shape.insert(shape.begin() + axes[0], 1);
        EMBARK_ASSIGN(const TensorId part,
                      append_reshape(call.context, fmt::format("part_{}", i),
                                     call.context.inputs[i], std::move(shape)));
        inputs.push_back(part);
    }
    return append(call.context, "concat", "", inputs, {{"axis", axes[0]}});
}

Expected<TensorId> convert_matmul(Call &call) {
    if (call.context.inputs.size() != 2) {
        return make_error(ErrorCode::kInvalid,
                          fmt::format("has {} inputs, expected 2", call.context.inputs.size()));
    }
    const int64_t a = call.argument({"transpose_a"}).as_bool().value_or(false);
    const int64_t b = call.argument({"transpose_b"}).as_bool().value_or(false);
    return append(call.context, "matmul", "", call.context.inputs,
                  {{"transpose_a", a}, {"transpose_b", b}});
}

Expected<TensorId> convert_clip(Call &call) {
    const auto low = call.argument({"x_min", "clip_value_min"}).as_number();
    const auto high = call.argument({"x_max", "clip_value_max"}).as_number();
    if (!low || !high) return make_error(ErrorCode::kInvalid, "has no two numbers as limits");
    return append(call.context, "clip", "", {call.x()}, {{"min", *low}, {"max", *high}});
}

Expected<TensorId> convert_softmax(Call &call) {
    EMBARK_ASSIGN(auto axes, read_axes(call, call.argument({"axis", "dim"})));
    if (call.argument({"axis", "dim"}).is_null()) axes = {axes.back()};
    if (axes.size() != 1) return make_error(ErrorCode::kUnsupported, "softmax over several axes");
    return append_softmax(call.context, call.x(), axes[0], call.context.node_name,
                          call.context.layer.class_name);
}

/// Activations with a number of their own.
Expected<TensorId> convert_with_alpha(Call &call, const std::string &op, double fallback) {
    const Value value = call.argument({"alpha", "negative_slope"});
    const double alpha = value.is_null() ? fallback : value.as_number().value_or(fallback);
    return append(call.context, op, "", {call.x()}, {{"alpha", alpha}});
}

Expected<TensorId> convert_gelu(Call &call) {
    // keras.ops.gelu is approximate unless it is told otherwise, TensorFlow's is exact.
    const bool fallback = call.context.layer.class_name == "Gelu";
    const int64_t approximate = call.argument({"approximate"}).as_bool().value_or(fallback);
    return append(call.context, "gelu", "", {call.x()}, {{"approximate", approximate}});
}

struct Special {
    std::string_view keras, tensorflow;
    Expected<TensorId> (*convert)(Call &call);
};

Expected<TensorId> convert_get_item(Call &call);

constexpr Special kSpecials[] = {
    {"Celu", "", [](Call &call) { return convert_with_alpha(call, "celu", 1.0); }},
    {"Clip", "clip_by_value", convert_clip},
    {"Concatenate", "concat", convert_concat},
    {"Elu", "nn.elu", [](Call &call) { return convert_with_alpha(call, "elu", 1.0); }},
    {"ExpandDims", "expand_dims", convert_expand_dims},
    {"Gelu", "nn.gelu", convert_gelu},
    {"GetItem", "__operators__.getitem", convert_get_item},
    {"ExpandDims", "compat.v1.expand_dims", convert_expand_dims},
    {"Identity", "identity", [](Call &call) { return Expected<TensorId>(call.x()); }},
    {"LeakyRelu", "nn.leaky_relu",
     [](Call &call) { return convert_with_alpha(call, "leaky_relu", 0.2); }},
    {"Matmul", "linalg.matmul", convert_matmul},
    {"Reshape", "reshape", convert_reshape_to},
    {"Softmax", "nn.softmax", convert_softmax},
    {"Squeeze", "compat.v1.squeeze", convert_squeeze},
    {"Squeeze", "squeeze", convert_squeeze},
    {"Stack", "stack", convert_stack},
    {"Transpose", "transpose", convert_transpose},
    {"Transpose", "compat.v1.transpose", convert_transpose},
    // Everything is float32, and whole numbers are cast where they enter.
    {"Cast", "cast", [](Call &call) { return Expected<TensorId>(call.x()); }},
};

template <typename Rows>
auto find_row(const Rows &rows, std::string_view keras) -> decltype(std::begin(rows)) {
    const auto found = std::find_if(std::begin(rows), std::end(rows),
                                    [&](const auto &row) { return row.keras == keras; });
    return found == std::end(rows) ? nullptr : found;
}

/// Start, step and size of an index: a slice of Python or one place.
struct Span {
    int64_t start = 0, step = 1, size = 0;
    bool drops_axis = false;
};

Expected<Span> read_span(Value index, int64_t extent) {
    const auto wrong = [&] {
        return bad_config("index", index, fmt::format("places of an axis of {}", extent));
    };
    if (const auto place = index.as_int()) {
        if (*place < -extent || *place >= extent) return wrong();
        return Span{*place < 0 ? *place + extent : *place, 1, 1, true};
    }
    // Keras 3 wraps the members once more.
    const Value slice = index.has("config") ? index["config"] : index;
    if (!slice.is_object()) return wrong();
    const auto member = [&](std::string_view key, int64_t fallback) {
        return slice[key].is_null() ? std::optional(fallback) : slice[key].as_int();
    };
    const auto step = member("step", 1);
    if (!step || *step == 0) return wrong();
    const bool up = *step > 0;
    auto start = member("start", up ? 0 : extent - 1), stop = member("stop", up ? extent : -1);
    if (!start || !stop) return wrong();
    if (*start < 0) *start += extent;
    if (*stop < 0 && !slice["stop"].is_null()) *stop += extent;
    *start = std::clamp<int64_t>(*start, up ? 0 : -1, up ? extent : extent - 1);
    *stop = std::clamp<int64_t>(*stop, up ? 0 : -1, up ? extent : extent - 1);
    const int64_t reach = up ? *stop - *start : *start - *stop, stride = up ? *step : -*step;
    if (reach < 1) return wrong();
    return Span{*start, *step, (reach - 1) / stride + 1, false};
}

bool is_ellipsis(Value index) {
    return index.as_string() == "Ellipsis" || index["class_name"].as_string() == "__ellipsis__" ||
           index["class_name"].as_string() == "Ellipsis";
}

/// x[1:3, ..., 0, None]
Expected<TensorId> convert_get_item(Call &call) {
    Value spec = call.argument({"key", "slice_spec"});
    if (spec.is_null()) spec = call.constant(1);
    std::vector<Value> indices;
    if (!spec.is_array()) indices.push_back(spec);
    for (size_t i = 0; spec.is_array() && i < spec.size(); ++i) indices.push_back(spec[i]);
    const Shape in = call.shape();
    size_t consumed = 0;
    for (const Value index : indices) consumed += !index.is_null() && !is_ellipsis(index);
    if (consumed > in.size()) return bad_config("index", spec, fmt::format("{} axes", in.size()));
    std::vector<int64_t> start(in.size(), 0), step(in.size(), 1), size = in, shape;
    size_t axis = 0;
    for (const Value index : indices) {
        if (index.is_null()) {
            shape.push_back(1);
        } else if (is_ellipsis(index)) {
            for (size_t i = consumed; i < in.size(); ++i) shape.push_back(in[axis++]);
            consumed = in.size();
        } else {
            EMBARK_ASSIGN(const Span span, read_span(index, in[axis]));
            start[axis] = span.start;
            step[axis] = span.step;
            size[axis++] = span.size;
            if (!span.drops_axis) shape.push_back(span.size);
        }
    }
    for (; axis < in.size(); ++axis) shape.push_back(in[axis]);
    TensorId y = call.x();
    if (size != in || std::any_of(step.begin(), step.end(), [](int64_t s) { return s < 0; })) {
        EMBARK_ASSIGN(y, append(call.context, "slice", "", {y},
                                {{"start", start}, {"step", step}, {"size", size}}));
    }
    return append_reshape(call.context, "axes", y, std::move(shape));
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
    Call call{context};
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
