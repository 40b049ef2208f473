#include "ops/quantized.h"

#include <fmt/format.h>

#include "ops/operands.h"

namespace embark {

namespace {

/// The one element type that \p type may be combined with as weights.
DataType weight_type_for(DataType type) {
    return type == DataType::kUint8 ? DataType::kUint8 : DataType::kInt8;
}

Error wrong_type(size_t index, DataType found, std::string_view expected) {
    return make_error(ErrorCode::kUnsupported, fmt::format("input {} is {}, expected {}", index,
                                                           to_string(found), expected));
}

Status check_scales(const TensorType &weights, size_t channel_axis) {
    const size_t scales = weights.quantization.scales.size();
    if (scales == 1) return Ok{};
    if (scales == static_cast<size_t>(weights.shape[channel_axis]) &&
        weights.quantization.axis == static_cast<int>(channel_axis)) {
        return Ok{};
    }
    return make_error(
        ErrorCode::kUnsupported,
        fmt::format("weights have {} scales along axis {}, expected 1, or {} along "
                    "axis {}",
                    scales, weights.quantization.axis, weights.shape[channel_axis], channel_axis));
}

}  // namespace

bool is_quantized(const TensorType &type) {
    const bool holds_integers = type.type == DataType::kInt8 || type.type == DataType::kUint8 ||
                                type.type == DataType::kInt16;
    return holds_integers && !type.quantization.empty();
}

Status check_float_or_quantized(const Graph &graph, const Node &node) {
    const TensorType &first = input_type(graph, node, 0);
    if (!is_quantized(first)) return check_float32(graph, node);
    for (size_t i = 0; i < node.inputs.size(); ++i) {
        if (!has_input(node, i)) continue;
        const TensorType &type = input_type(graph, node, i);
        if (is_quantized(type) && type.type == first.type) continue;
        return wrong_type(i, type.type, fmt::format("quantised {}", to_string(first.type)));
    }
    return Ok{};
}

Status check_layer_types(const Graph &graph, const Node &node, size_t channel_axis) {
    const TensorType &x = input_type(graph, node, 0);
    if (!is_quantized(x)) return check_float32(graph, node);
    const TensorType &weights = input_type(graph, node, 1);
    const DataType expected = weight_type_for(x.type);
    if (!is_quantized(weights) || weights.type != expected) {
        return wrong_type(
            1, weights.type,
            fmt::format("quantised {} for {} activations", to_string(expected), to_string(x.type)));
    }
    EMBARK_RETURN_IF_ERROR(check_scales(weights, channel_axis));
    if (!has_input(node, 2)) return Ok{};
    const DataType bias = input_type(graph, node, 2).type;
    if (bias == DataType::kInt32) return Ok{};
    if (bias == DataType::kInt64 && x.type == DataType::kInt16) return Ok{};
    return wrong_type(2, bias, x.type == DataType::kInt16 ? "int64 or int32" : "int32");
}

#define EMBARK_NOT_YET(family)                                                         \
    Expected<PortableCall> quantized_##family(const Node &node, PortableInputs inputs, \
                                              PortableOutputs) {                       \
        return unsupported_type(node, inputs[0]->type);                                \
    }
EMBARK_NOT_YET(activation)
EMBARK_NOT_YET(binary)
EMBARK_NOT_YET(conv2d)
EMBARK_NOT_YET(dense)
EMBARK_NOT_YET(depthwise_conv2d)
EMBARK_NOT_YET(global_pool)
EMBARK_NOT_YET(pool)
EMBARK_NOT_YET(softmax)
#undef EMBARK_NOT_YET

}  // namespace embark
