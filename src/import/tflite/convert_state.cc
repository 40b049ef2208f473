// Layers that keep a state from inference to inference, in variable tensors of the file.
#include <fmt/format.h>

#include "import/tflite/operators.h"

namespace embark::tflite {

namespace {

constexpr size_t kState = 4;

/// The variable tensor at \p position as what the inference before left.
Expected<TensorId> state_input(OperatorContext &context, size_t position) {
    if (!context.has_input(position)) {
        return make_error(ErrorCode::kInvalid,
                          fmt::format("input {} is absent, expected a state", position));
    }
    const int32_t index = context.input_index(position);
    if (!context.tensors.file_tensor(index).is_variable() || context.tensors.is_ready(index)) {
        return make_error(ErrorCode::kUnsupported,
                          fmt::format("input {} is no variable tensor of its own, expected one as "
                                      "the state",
                                      position));
    }
    EMBARK_ASSIGN(TensorType type, type_of(context.tensors.file_tensor(index)));
    const TensorId before = context.graph.add_activation(
        context.names.unique(context.name + "/state"), std::move(type));
    context.tensors.set_value(index, before);
    return before;
}

}  // namespace

/// Inputs: x, feature weights, time weights, bias?, state.
Expected<std::vector<TensorId>> convert_svdf(OperatorContext &context) {
    EMBARK_ASSIGN(const auto *options, required(context.op.builtin_options_as_SVDFOptions()));
    EMBARK_ASSIGN(const TensorId x, input(context, 0));
    EMBARK_ASSIGN(const TensorId feature, weights_input(context, 1, x, "feature"));
    EMBARK_ASSIGN(const TensorId time, weights_input(context, 2, x, "time"));
    EMBARK_ASSIGN(const TensorId bias, weights_input(context, 3, x, "bias"));
    EMBARK_ASSIGN(const TensorId before, state_input(context, kState));
    EMBARK_ASSIGN(const TensorId y, append(context, "svdf", "", {x, feature, time, bias, before},
                                           {{"rank", static_cast<int64_t>(options->rank())}}));
    const TensorId after = context.graph.nodes.back().outputs[1];
    context.graph.tensor(after).type = context.type(before);
    context.graph.states.push_back({before, after});
    // The integer kernels of TensorFlow Lite only know the range of the output's type.
    if (context.type(x).type != DataType::kFloat32) return std::vector{y};
    return one(activate(context, y, options->fused_activation_function()));
}

Expected<std::vector<TensorId>> convert_var_handle(OperatorContext &context) {
    EMBARK_RETURN_IF_ERROR(context.variables.add_handle(context.op, context.outputs[0]));
    return std::vector{kNoTensor};
}

/// Inputs: a variable.
Expected<std::vector<TensorId>> convert_read_variable(OperatorContext &context) {
    return one(context.variables.read(context));
}

/// Inputs: a variable, its new value.
Expected<std::vector<TensorId>> convert_assign_variable(OperatorContext &context) {
    EMBARK_RETURN_IF_ERROR(context.variables.assign(context));
    return std::vector<TensorId>{};
}

/// Variables::prepare() has read the subgraph that it calls.
Expected<std::vector<TensorId>> convert_call_once(OperatorContext &) {
    return std::vector<TensorId>{};
}

}  // namespace embark::tflite
