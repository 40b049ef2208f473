#pragma once
// The arguments of a function between layers, and the functions that only move elements.

#include "import/keras/layers.h"

namespace embark::keras {

/// A call of a function: its arguments stand in the configuration or among the call's.
struct OperationCall {
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

/// The axes that \p value names, from 0 and sorted; all of the input's when it is null.
Expected<std::vector<int64_t>> read_axes(const OperationCall &call, Value value);

Expected<TensorId> convert_concat(OperationCall &call);
Expected<TensorId> convert_expand_dims(OperationCall &call);
Expected<TensorId> convert_get_item(OperationCall &call);
Expected<TensorId> convert_reshape_to(OperationCall &call);
Expected<TensorId> convert_squeeze(OperationCall &call);
Expected<TensorId> convert_stack(OperationCall &call);
Expected<TensorId> convert_transpose(OperationCall &call);

}  // namespace embark::keras
