// quantize: float32 -> `to` (int8, uint8, int16, uint16, int32), dequantize: these or float16 ->
// float32, requantize: int8, uint8, int16, int32 -> `to` of the same list.
// Scales and zero points are those of the quantised tensors, per tensor or (not requantize) per
// channel. Attribute `rounding` of quantize: "away" (halves away from zero, the default) or "even".

#include <fmt/format.h>

#include <algorithm>

#include "ops/broadcast.h"
#include "ops/family.h"
#include "ops/operands.h"
#include "ops/quantized.h"
#include "ops/quantized_tables.h"

namespace embark {

namespace {

bool holds_codes(DataType type) {
    return type == DataType::kInt8 || type == DataType::kUint8 || type == DataType::kInt16 ||
           type == DataType::kUint16 || type == DataType::kInt32;
}

Error wrong_input(DataType found, std::string_view expected) {
    return make_error(ErrorCode::kUnsupported,
                      fmt::format("input 0 is {}, expected {}", to_string(found), expected));
}

Status check_input(const Node &node, const TensorType &x) {
    if (node.op == "quantize") {
        if (x.type == DataType::kFloat32) return Ok{};
        return wrong_input(x.type, "float32");
    }
    if (node.op == "dequantize" && x.type == DataType::kFloat16) return Ok{};
    if (holds_codes(x.type) && !x.quantization.empty()) return Ok{};
    return wrong_input(x.type, "quantised int8, uint8, int16, uint16 or int32");
}

Expected<DataType> output_type(const Node &node) {
    if (node.op == "dequantize") return DataType::kFloat32;
    const std::string name = node.string_or("to", "int8");
    EMBARK_ASSIGN(const DataType type, parse_data_type(name));
    if (holds_codes(type)) return type;
    return make_error(
        ErrorCode::kUnsupported,
        fmt::format("attribute to is {}, expected int8, uint8, int16, uint16 or int32", name));
}

/// The layout [outer][channels][inner] and the tables of \p quantization.
PortableCall affine_call(const Node &node, const Shape &shape, const Quantization &quantization) {
    PortableCall call{.inputs = {0}};
    const auto channels = static_cast<int64_t>(quantization.scales.size());
    int64_t inner = element_count(shape), outer = 1;
    if (channels > 1) {
        const auto axis = shape.begin() + quantization.axis;
        outer = element_count(Shape(shape.begin(), axis));
        inner = element_count(Shape(axis + 1, shape.end()));
    }
    call.tables = {
        make_table<float>("scale", "one per channel", DataType::kFloat32, quantization.scales),
        make_table<int32_t>("zero", "one per channel", DataType::kInt32, quantization.zero_points)};
    call.fields = {int_of("outer", outer),
                   int_of("channels", channels),
                   int_of("inner", inner),
                   int_of("halves_to_even", node.string_or("rounding", "away") == "even" ? 1 : 0),
                   table_of("scale", "scale"),
                   table_of("zero", "zero")};
    call.cycles = element_count(shape) * (node.op == "quantize" ? 40 : 9) + 100;
    return call;
}

Expected<PortableCall> requantize_call(const Node &node, const TensorType &x,
                                       const TensorType &out) {
    EMBARK_RETURN_IF_ERROR(check_quantized_output(x, x.type));
    EMBARK_RETURN_IF_ERROR(check_quantized_output(out, out.type));
    EMBARK_ASSIGN(const Slopes slopes, requantization(node, x, out));
    if (size_of(x.type) == 1 && size_of(out.type) == 1) {
        return lookup_call(node, x, out, [&](int64_t q) { return slopes.apply(q); });
    }
    const std::string function =
        fmt::format("emk_requantize_{}_{}", suffix_of(x.type), suffix_of(out.type));
    EMBARK_ASSIGN(const std::string_view kernel, kernel_named(node, function, x.type));
    return slopes.call(kernel, element_count(x.shape));
}

}  // namespace

Expected<std::vector<TensorType>> infer_quantize(const Graph &graph, const Node &node) {
    EMBARK_RETURN_IF_ERROR(check_inputs(graph, node, 1, 1));
    const TensorType &x = input_type(graph, node, 0);
    EMBARK_RETURN_IF_ERROR(check_input(node, x));
    const std::string rounding = node.string_or("rounding", "away");
    if (rounding != "away" && rounding != "even") {
        return make_error(ErrorCode::kInvalid,
                          fmt::format("attribute rounding is {}, expected away or even", rounding));
    }
    EMBARK_ASSIGN(const DataType type, output_type(node));
    return std::vector{TensorType{type, x.shape, {}}};
}

int64_t macc_quantize(const Graph &graph, const Node &node) {
    return output_elements(graph, node);
}

Expected<PortableCall> portable_quantize(const Node &node, PortableInputs inputs,
                                         PortableOutputs outputs) {
    const TensorType &x = *inputs[0], &out = outputs[0];
    if (node.op == "requantize") return requantize_call(node, x, out);
    const bool quantizes = node.op == "quantize";
    Quantization quantization = quantizes ? out.quantization : x.quantization;
    if (x.type == DataType::kFloat16) quantization = {{1.0f}, {0}, 0};
    if (quantization.empty()) {
        return make_error(ErrorCode::kInvalid,
                          "output has no scale, expected one or one per "
                          "channel");
    }
    PortableCall call = affine_call(node, x.shape, quantization);
    const DataType codes = quantizes ? out.type : x.type;
    EMBARK_ASSIGN(call.function,
                  kernel_named(node, fmt::format("emk_{}_{}", node.op, suffix_of(codes)), codes));
    return call;
}

}  // namespace embark
