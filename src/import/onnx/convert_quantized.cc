// Quantised operators: QuantizeLinear and its inverse, QLinear… and …Integer.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "import/onnx/converters.h"
#include "import/onnx/quantized.h"

namespace embark::onnx {

namespace {

bool all_constant(const Context &c, std::initializer_list<size_t> inputs) {
    return std::all_of(inputs.begin(), inputs.end(),
                       [&](size_t input) { return !c.has(input) || c.constant(input); });
}

}  // namespace

Expected<Quantization> read_quantization(Context &c, size_t scale, size_t zero_point) {
    EMBARK_ASSIGN(const std::vector<double> scales, c.builder.numbers_of(c.in(scale)));
    Quantization result;
    for (const double number : scales) {
        if (!(number > 0) || !std::isfinite(number)) {
            return make_error(ErrorCode::kInvalid,
                              fmt::format("a scale is {}, expected a number above zero", number));
        }
        result.scales.push_back(static_cast<float>(number));
    }
    std::vector<int64_t> zeros(scales.size(), 0);
    if (c.has(zero_point)) {
        EMBARK_ASSIGN(zeros, c.builder.ints_of(c.in(zero_point)));
    }
    if (zeros.size() == 1 && scales.size() > 1) zeros.assign(scales.size(), zeros[0]);
    if (zeros.size() != scales.size()) {
        return make_error(ErrorCode::kInvalid, fmt::format("has {} scales and {} zero points",
                                                           scales.size(), zeros.size()));
    }
    for (const int64_t zero : zeros) result.zero_points.push_back(static_cast<int32_t>(zero));
    return result;
}

Expected<Value> dequantized(Builder &builder, const Value &x, Quantization quantization,
                            size_t axis) {
    if (quantization.scales.size() == 1) {
        EMBARK_ASSIGN(const TensorId id, builder.requantified(x.id, quantization));
        Value result = x;
        EMBARK_ASSIGN(result.id, builder.emit("dequantize", {id}));
        return result;
    }
    EMBARK_ASSIGN(const Arranged arranged, arrange(builder, x));
    quantization.axis = static_cast<int>(arranged.at(axis));
    EMBARK_ASSIGN(const TensorId id, builder.requantified(arranged.id, quantization));
    EMBARK_ASSIGN(const TensorId real, builder.emit("dequantize", {id}));
    return value_of(builder, real, arranged.order);
}

Expected<Value> quantized(Builder &builder, const Value &x, DataType type,
                          Quantization quantization, size_t axis) {
    Attributes attributes = {{"to", std::string(to_string(type))},
                             {"rounding", std::string("even")}};
    if (quantization.scales.size() == 1) {
        Value result = x;
        EMBARK_ASSIGN(result.id, builder.emit("quantize", {x.id}, std::move(attributes),
                                              std::move(quantization)));
        return result;
    }
    EMBARK_ASSIGN(const Arranged arranged, arrange(builder, x));
    quantization.axis = static_cast<int>(arranged.at(axis));
    EMBARK_ASSIGN(const TensorId id, builder.emit("quantize", {arranged.id}, std::move(attributes),
                                                  std::move(quantization)));
    return value_of(builder, id, arranged.order);
}

namespace {

/// Scales that are known only at run time: plain arithmetic.
Expected<Value> quantized_at_run_time(Builder &builder, const Value &x, const Value &scale,
                                      const Value &zero, DataType type) {
    EMBARK_ASSIGN(const Value ratio, apply(builder, "divide", {x, scale}));
    EMBARK_ASSIGN(const Value rounded, apply(builder, "round", {ratio}));
    EMBARK_ASSIGN(const Value shift, cast(builder, zero, DataType::kFloat32));
    EMBARK_ASSIGN(const Value shifted, apply(builder, "add", {rounded, shift}));
    const bool is_signed = type == DataType::kInt8;
    EMBARK_ASSIGN(const Value kept,
                  apply(builder, "clip", {shifted},
                        {{"min", is_signed ? -128.0 : 0.0}, {"max", is_signed ? 127.0 : 255.0}}));
    return cast(builder, kept, type);
}

/// The axis of scales that are a list; 0 when there is but one.
Expected<size_t> scale_axis(Context &c, const Quantization &quantization) {
    if (quantization.scales.size() == 1) return size_t{0};
    EMBARK_ASSIGN(const size_t axis, c.axis(c.int_of("axis", 1), c.in().rank()));
    if (c.in().shape[axis] == static_cast<int64_t>(quantization.scales.size())) return axis;
    return make_error(ErrorCode::kUnsupported,
                      fmt::format("has {} scales for axis {} of {}", quantization.scales.size(),
                                  axis, to_string(c.in().shape)));
}

}  // namespace

namespace {

/// Scales or zero points that are known only at run time, with their axis where x has it.
Expected<Value> along_axis(Context &c, const Value &list) {
    if (list.elements() == 1) return list;
    EMBARK_ASSIGN(const size_t axis, c.axis(c.int_of("axis", 1), c.in().rank()));
    Shape shape(c.in().rank() - axis, 1);
    shape[0] = list.elements();
    return c.builder.reshape(list, shape);
}

}  // namespace

Status convert_quantize(Context &c) {
    DataType type = c.has(2) ? c.type(2) : DataType::kUint8;
    if (!c.has(2) && c.int_of("output_dtype", 0) != 0) {
        EMBARK_ASSIGN(type, data_type_of(static_cast<int32_t>(c.int_of("output_dtype", 0))));
    }
    EMBARK_ASSIGN(const Value x, cast(c.builder, c.in(), DataType::kFloat32));
    if (!all_constant(c, {1, 2})) {
        const Value zero =
            c.has(2) ? c.in(2) : c.builder.constant(c.builder.scalar(0, DataType::kFloat32));
        EMBARK_ASSIGN(const Value scale, along_axis(c, c.in(1)));
        EMBARK_ASSIGN(const Value shift, along_axis(c, zero));
        return c.give(quantized_at_run_time(c.builder, x, scale, shift, type));
    }
    EMBARK_ASSIGN(const Quantization quantization, read_quantization(c, 1, 2));
    EMBARK_ASSIGN(const size_t axis, scale_axis(c, quantization));
    return c.give(quantized(c.builder, x, type, quantization, axis));
}

Status convert_dequantize(Context &c) {
    if (!all_constant(c, {1, 2})) {
        EMBARK_ASSIGN(Value x, cast(c.builder, c.in(), DataType::kFloat32));
        if (c.has(2)) {
            EMBARK_ASSIGN(const Value list, along_axis(c, c.in(2)));
            EMBARK_ASSIGN(const Value zero, cast(c.builder, list, DataType::kFloat32));
            EMBARK_ASSIGN(x, apply(c.builder, "subtract", {x, zero}));
        }
        EMBARK_ASSIGN(const Value scale, along_axis(c, c.in(1)));
        return c.give(apply(c.builder, "multiply", {x, scale}));
    }
    EMBARK_ASSIGN(const Quantization quantization, read_quantization(c, 1, 2));
    EMBARK_ASSIGN(const size_t axis, scale_axis(c, quantization));
    return c.give(dequantized(c.builder, c.in(), quantization, axis));
}

/// Scale and zero point from the range of the values, 0 included, for uint8.
Status convert_dynamic_quantize(Context &c) {
    Builder &b = c.builder;
    const Value &x = c.in();
    const std::vector<size_t> all = natural_order(x.rank());
    EMBARK_ASSIGN(const Value least, reduce(b, "reduce_min", x, all, false));
    EMBARK_ASSIGN(const Value most, reduce(b, "reduce_max", x, all, false));
    EMBARK_ASSIGN(const Value low, apply(b, "minimum", least, 0));
    EMBARK_ASSIGN(const Value high, apply(b, "maximum", most, 0));
    EMBARK_ASSIGN(const Value range, apply(b, "subtract", {high, low}));
    EMBARK_ASSIGN(const Value scale, apply(b, "divide", range, 255));
    EMBARK_ASSIGN(const Value ratio, apply(b, "divide", {low, scale}));
    EMBARK_ASSIGN(const Value shift, apply(b, "neg", {ratio}));
    EMBARK_ASSIGN(const Value bounded, apply(b, "clip", {shift}, {{"min", 0.0}, {"max", 255.0}}));
    EMBARK_ASSIGN(const Value rounded, apply(b, "round", {bounded}));
    EMBARK_ASSIGN(const Value zero, cast(b, rounded, DataType::kUint8));
    EMBARK_RETURN_IF_ERROR(c.give(quantized_at_run_time(b, x, scale, zero, DataType::kUint8)));
    EMBARK_RETURN_IF_ERROR(c.give(scale, 1));
    return c.give(zero, 2);
}

namespace {

/// An int32 sum times \p factor (one per channel of \p axis, or one), rounded into \p type.
Expected<Value> rescaled(Context &c, const Value &sum, const std::vector<double> &factors,
                         size_t axis, const Quantization &target, DataType type) {
    EMBARK_ASSIGN(const Value real, cast(c.builder, sum, DataType::kFloat32));
    Shape shape(sum.rank() - (factors.size() > 1 ? axis : sum.rank()), 1);
    if (factors.size() > 1) shape[0] = static_cast<int64_t>(factors.size());
    const TensorId factor = c.builder.numbers(shape, factors, DataType::kFloat32);
    EMBARK_ASSIGN(const Value scaled,
                  apply(c.builder, "multiply", {real, c.builder.constant(factor)}));
    return quantized(c.builder, scaled, type, target, 0);
}

/// scale_a * scale_b, one per scale of b.
std::vector<double> products(const Quantization &a, const Quantization &b) {
    std::vector<double> result;
    for (const float scale : b.scales) result.push_back(double{a.scales[0]} * scale);
    return result;
}

/// The integer operator \p convert with the operands and zero points at these inputs.
Expected<Value> integer_product(Context &c, Converter convert, std::vector<size_t> inputs) {
    Context inner = c;
    inner.inputs.clear();
    for (const size_t input : inputs) inner.inputs.push_back(c.in(input));
    EMBARK_RETURN_IF_ERROR(convert(inner));
    return inner.outputs[0];
}

/// Whether kernels for integers take these weights, so that the layer may be written in floats
/// between dequantize and quantize, which a pass makes one of integers.
bool has_symmetric_weights(const Context &c, size_t input, const Quantization &weights) {
    const int32_t middle = c.type(input) == DataType::kUint8 ? 128 : 0;
    return c.constant(input) && !c.constant(0) &&
           std::all_of(weights.zero_points.begin(), weights.zero_points.end(),
                       [&](int32_t zero) { return zero == middle; });
}

/// The layer \p convert in floats. \p axis of the weights has their scales
Status between_floats(Context &c, Converter convert, const Quantization &x, const Quantization &w,
                      const Quantization &y, size_t axis) {
    Context inner = c;
    inner.inputs.clear();
    EMBARK_ASSIGN(const Value activations, dequantized(c.builder, c.in(0), x, 0));
    EMBARK_ASSIGN(const Value weights, dequantized(c.builder, c.in(3), w, axis));
    inner.inputs = {activations, weights};
    if (c.has(8)) {
        Quantization steps;
        for (const float scale : w.scales) steps.scales.push_back(x.scales[0] * scale);
        steps.zero_points.assign(steps.scales.size(), 0);
        EMBARK_ASSIGN(Value bias, dequantized(c.builder, c.in(8), steps, 0));
        inner.inputs.push_back(std::move(bias));
    }
    EMBARK_RETURN_IF_ERROR(convert(inner));
    return c.give(quantized(c.builder, inner.outputs[0], c.type(7), y, 0));
}

}  // namespace

/// The int32 sum is exact; one multiplication and one rounding follow, as the definition says.
Status convert_qlinear_conv(Context &c) {
    EMBARK_ASSIGN(const Quantization x, read_quantization(c, 1, 2));
    EMBARK_ASSIGN(const Quantization w, read_quantization(c, 4, 5));
    EMBARK_ASSIGN(const Quantization y, read_quantization(c, 6, 7));
    if (has_symmetric_weights(c, 3, w)) return between_floats(c, convert_conv, x, w, y, 0);
    EMBARK_ASSIGN(Value sum, integer_product(c, convert_conv_integer, {0, 3, 2, 5}));
    if (c.has(8)) {
        Shape shape(sum.rank() - 1, 1);
        shape[0] = c.in(8).elements();
        EMBARK_ASSIGN(const Value bias, c.builder.reshape(c.in(8), shape));
        EMBARK_ASSIGN(sum, apply(c.builder, "add", {sum, bias}));
    }
    return c.give(rescaled(c, sum, products(x, w), 1, y, c.type(7)));
}

Status convert_qlinear_matmul(Context &c) {
    EMBARK_ASSIGN(const Quantization a, read_quantization(c, 1, 2));
    EMBARK_ASSIGN(const Quantization b, read_quantization(c, 4, 5));
    EMBARK_ASSIGN(const Quantization y, read_quantization(c, 6, 7));
    if (c.in(3).rank() == 2 && c.in(0).rank() >= 2 && has_symmetric_weights(c, 3, b)) {
        return between_floats(c, convert_matmul, a, b, y, 1);
    }
    EMBARK_ASSIGN(const Value sum, integer_product(c, convert_matmul_integer, {0, 3, 2, 5}));
    return c.give(rescaled(c, sum, products(a, b), sum.rank() - 1, y, c.type(7)));
}

/// com.microsoft's QGemm: a, its scale and zero point, b, …, c in steps of both scales, y's.
Status convert_qgemm(Context &c) {
    EMBARK_ASSIGN(const Quantization a, read_quantization(c, 1, 2));
    EMBARK_ASSIGN(const Quantization b, read_quantization(c, 4, 5));
    EMBARK_ASSIGN(const Value left, dequantized(c.builder, c.in(0), a, 0));
    const size_t columns = c.int_of("transB", 0) != 0 ? 0 : 1;
    EMBARK_ASSIGN(const Value right, dequantized(c.builder, c.in(3), b, columns));
    Context inner = c;
    inner.inputs = {left, right};
    if (c.has(6)) {
        Quantization steps;
        for (const float scale : b.scales) steps.scales.push_back(a.scales[0] * scale);
        steps.zero_points.assign(steps.scales.size(), 0);
        EMBARK_ASSIGN(Value bias, dequantized(c.builder, c.in(6), steps, 0));
        inner.inputs.push_back(std::move(bias));
    }
    EMBARK_RETURN_IF_ERROR(convert_gemm(inner));
    if (!c.has(7)) return c.give(inner.outputs[0]);
    EMBARK_ASSIGN(const Quantization y, read_quantization(c, 7, 8));
    const DataType type = c.has(8) ? c.type(8) : c.type(0);
    return c.give(quantized(c.builder, inner.outputs[0], type, y, 0));
}

namespace {

Expected<Value> real_operand(Context &c, size_t first) {
    EMBARK_ASSIGN(const Quantization quantization, read_quantization(c, first + 1, first + 2));
    return dequantized(c.builder, c.in(first), quantization, 0);
}

Status quantized_result(Context &c, const Value &real, size_t scale) {
    EMBARK_ASSIGN(const Quantization quantization, read_quantization(c, scale, scale + 1));
    const DataType type = c.has(scale + 1) ? c.type(scale + 1) : c.type(0);
    return c.give(quantized(c.builder, real, type, quantization, 0));
}

}  // namespace

/// com.microsoft's QLinearAdd and QLinearMul: a, its scale and zero point, b, …, y's.
Status convert_qlinear_binary(Context &c) {
    EMBARK_ASSIGN(const Value a, real_operand(c, 0));
    EMBARK_ASSIGN(const Value b, real_operand(c, 3));
    EMBARK_ASSIGN(const Value result,
                  apply(c.builder, c.node.op == "QLinearAdd" ? "add" : "multiply", {a, b}));
    return quantized_result(c, result, 6);
}

/// com.microsoft's QLinearSigmoid, QLinearLeakyRelu, QLinearGlobalAveragePool, QLinearSoftmax.
Status convert_qlinear_unary(Context &c) {
    EMBARK_ASSIGN(const Value x, real_operand(c, 0));
    Context inner = c;
    inner.inputs = {x};
    Converter convert = convert_global_pool;
    NodeDef node = c.node;
    node.op = node.op.substr(std::string_view("QLinear").size());
    Context renamed{c.builder, node, 13, {x}, {}, c.arguments};
    if (node.op == "Sigmoid") convert = convert_unary;
    if (node.op == "LeakyRelu") convert = convert_leaky_relu;
    if (node.op == "Softmax") convert = convert_softmax;
    if (node.op == "AveragePool") convert = convert_pool;
    if (node.op == "GlobalAveragePool" && c.int_of("channels_last", 0) != 0) {
        return make_error(ErrorCode::kUnsupported, "channels_last is 1, expected 0");
    }
    EMBARK_RETURN_IF_ERROR(convert(renamed));
    return quantized_result(c, renamed.outputs[0], 3);
}

/// com.microsoft's QLinearConcat: y's scale and zero point, then three inputs for each part.
Status convert_qlinear_concat(Context &c) {
    NodeDef node = c.node;
    node.op = "Concat";
    Context inner{c.builder, node, 13, {}, {}, c.arguments};
    for (size_t i = 2; i + 2 < c.inputs.size(); i += 3) {
        EMBARK_ASSIGN(Value part, real_operand(c, i));
        inner.inputs.push_back(std::move(part));
    }
    if (inner.inputs.empty()) return make_error(ErrorCode::kInvalid, "has nothing to join");
    EMBARK_RETURN_IF_ERROR(convert_concat(inner));
    EMBARK_ASSIGN(const Quantization quantization, read_quantization(c, 0, 1));
    return c.give(quantized(c.builder, inner.outputs[0], c.type(1), quantization, 0));
}

}  // namespace embark::onnx
