// add, subtract, multiply, divide, squared_difference, maximum, minimum, prelu and comparisons of
// quantised operands. Maximum and minimum compare as integers: TensorFlow Lite wants one
// quantisation for operands and output.

#include <fmt/format.h>

#include <algorithm>

#include "ops/broadcast.h"
#include "ops/quantized.h"

namespace embark {

namespace {

/// Scale and zero point of an operand or output.
struct Affine {
    double scale = 1;
    int64_t zero = 0;
};

Affine affine_of(const TensorType &type) {
    return {type.quantization.scales[0], type.quantization.zero_points[0]};
}

/// The numbers of emk_binary_q_args.
struct BinaryScaling {
    int64_t left_shift = 0;
    Multiplier a, b, out;
};

bool is_comparison(std::string_view op) {
    return op == "less" || op == "less_equal" || op == "greater" || op == "greater_equal" ||
           op == "equal" || op == "not_equal";
}

/// Both operands come to twice the larger of their scales, with \p left_shift bits more.
BinaryScaling common_scale(const Affine &a, const Affine &b, double out_factor,
                           int64_t left_shift) {
    const double twice = 2.0 * std::max(a.scale, b.scale);
    return {left_shift, split_multiplier(a.scale / twice), split_multiplier(b.scale / twice),
            split_multiplier(out_factor)};
}

BinaryScaling scaling_of(const Node &node, DataType type, const Affine &a, const Affine &b,
                         const Affine &out) {
    const bool short_values = type != DataType::kInt16;
    if (is_comparison(node.op)) {
        return {8, split_multiplier(a.scale), split_multiplier(b.scale), {}};
    }
    const double twice = 2.0 * std::max(a.scale, b.scale);
    if (node.op == "squared_difference") {
        const int64_t shift = short_values ? 7 : 0;
        // The factor of the output's scale is rounded to float32 there.
        const double divisor =
            static_cast<float>(int64_t{1} << (2 * shift)) * static_cast<float>(out.scale);
        return common_scale(a, b, twice * twice / divisor, shift);
    }
    if (node.op == "add" || node.op == "subtract") {
        const int64_t shift = short_values ? 20 : 15;
        const double one = static_cast<double>(int64_t{1} << shift);
        return common_scale(a, b, twice / (one * out.scale), shift);
    }
    const double product =
        node.op == "divide" ? a.scale / (b.scale * out.scale) : a.scale * b.scale / out.scale;
    return {0, split_multiplier(a.scale / out.scale), {}, split_multiplier(product)};
}

/// Walks over a and b, swapped for the comparisons that have no kernel of their own.
Expected<Field> walk_field(PortableInputs inputs, const Shape &shape, bool swapped) {
    const auto strides = [&](size_t i) { return broadcast_strides(inputs[i]->shape, shape); };
    EMBARK_ASSIGN(const Walk walk,
                  canonical_walk({shape, {strides(swapped ? 1 : 0), strides(swapped ? 0 : 1)}}));
    Field field{"walk", Field::Kind::kStruct};
    field.fields = {ints_of("shape", walk.shape), ints_of("a_stride", walk.strides[0]),
                    ints_of("b_stride", walk.strides[1])};
    return field;
}

/// maximum and minimum: integers are compared as they are.
Expected<PortableCall> integer_call(const Node &node, PortableInputs inputs,
                                    const TensorType &out) {
    PortableCall call{.inputs = {0, 1}};
    const std::string function = fmt::format("emk_{}_{}", node.op, suffix_of(out.type));
    EMBARK_ASSIGN(call.function, kernel_named(node, function, out.type));
    EMBARK_ASSIGN(Field walk, walk_field(inputs, out.shape, false));
    call.fields = std::move(walk.fields);
    call.cycles = element_count(out.shape) * 10 + 200;
    return call;
}

std::string_view quantized_suffix(DataType type) {
    if (type == DataType::kInt8) return "q8";
    return type == DataType::kUint8 ? "qu8" : "q16";
}

}  // namespace

Expected<PortableCall> quantized_binary(const Node &node, PortableInputs inputs,
                                        PortableOutputs outputs) {
    const TensorType &out = outputs[0];
    const DataType type = inputs[0]->type;
    const bool compares = is_comparison(node.op);
    if (!compares) EMBARK_RETURN_IF_ERROR(check_quantized_output(out, type));
    if (node.op == "maximum" || node.op == "minimum") return integer_call(node, inputs, out);
    const bool swapped = node.op == "greater" || node.op == "greater_equal";
    const Affine a = affine_of(*inputs[swapped ? 1 : 0]), b = affine_of(*inputs[swapped ? 0 : 1]);
    const Affine result = compares ? Affine{} : affine_of(out);
    const BinaryScaling scaling = scaling_of(node, type, a, b, result);
    if (std::max({scaling.a.shift, scaling.b.shift, scaling.out.shift}) > 30) {
        return make_error(
            ErrorCode::kUnsupported,
            fmt::format("scales {}, {} and {} are too far apart", a.scale, b.scale, result.scale));
    }
    const std::string_view name = node.op == "greater"         ? "less"
                                  : node.op == "greater_equal" ? "less_equal"
                                                               : std::string_view(node.op);
    PortableCall call;
    call.inputs = swapped ? std::vector{1, 0} : std::vector{0, 1};
    EMBARK_ASSIGN(call.function,
                  kernel_named(node, fmt::format("emk_{}_{}", name, quantized_suffix(type)), type));
    EMBARK_ASSIGN(Field walk, walk_field(inputs, out.shape, swapped));
    const IntegerRange range = output_range(node, type);
    call.fields = {std::move(walk),
                   int_of("a_zero", a.zero),
                   int_of("b_zero", b.zero),
                   int_of("out_zero", result.zero),
                   int_of("left_shift", scaling.left_shift),
                   int_of("a_multiplier", scaling.a.multiplier),
                   int_of("a_shift", scaling.a.shift),
                   int_of("b_multiplier", scaling.b.multiplier),
                   int_of("b_shift", scaling.b.shift),
                   int_of("out_multiplier", scaling.out.multiplier),
                   int_of("out_shift", scaling.out.shift),
                   int_of("low", range.low),
                   int_of("high", range.high)};
    call.cycles = element_count(out.shape) * (node.op == "multiply" ? 30 : 55) + 300;
    return call;
}

}  // namespace embark
