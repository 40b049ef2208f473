// Two operands, element by element, broadcast to each other as in numpy (emk/binary.h).
//
// add subtract multiply divide maximum minimum squared_difference  floating point and integers;
//     integers wrap, quotients are truncated, x / 0 is 0
// floor_divide floor_mod fmod   quotient rounded down; remainders with the sign of b, of a
// power                         b may have another type than a, which gives the output's
// atan2 prelu                   prelu: x and slope
// less less_equal greater greater_equal equal not_equal   -> bool; the last two also on bool
// and or xor                    bool
// bitwise_and bitwise_or bitwise_xor shift_left shift_right   integers

#include <fmt/format.h>

#include "ops/broadcast.h"
#include "ops/family.h"
#include "ops/operands.h"
#include "ops/quantized.h"

namespace embark {

namespace {

enum class Kind {
    kTyped,  ///< one kernel per type
    kBits,   ///< integers share a kernel per width
    kTruth,  ///< bool alone
    kPower,  ///< one kernel per pair of types
};

struct Binary {
    std::string_view op, kernel;
    Kind kind = Kind::kTyped;
    bool test = false;        ///< gives bool
    bool takes_bool = false;  ///< as bytes
    bool swapped = false;     ///< the kernel takes b first
    int64_t cycles = 6;       ///< per element
};

constexpr Binary kBinaries[] = {
    {"add", "add", Kind::kBits},
    {"and", "and", Kind::kTruth, true},
    {"atan2", "atan2", Kind::kTyped, false, false, false, 110},
    {"bitwise_and", "bitwise_and", Kind::kBits},
    {"bitwise_or", "bitwise_or", Kind::kBits},
    {"bitwise_xor", "bitwise_xor", Kind::kBits},
    {"divide", "divide", Kind::kTyped, false, false, false, 18},
    {"equal", "equal", Kind::kBits, true, true},
    {"floor_divide", "floor_divide", Kind::kTyped, false, false, false, 30},
    {"floor_mod", "floor_mod", Kind::kTyped, false, false, false, 50},
    {"fmod", "fmod", Kind::kTyped, false, false, false, 40},
    {"greater", "less", Kind::kTyped, true, false, true},
    {"greater_equal", "less_equal", Kind::kTyped, true, false, true},
    {"less", "less", Kind::kTyped, true},
    {"less_equal", "less_equal", Kind::kTyped, true},
    {"maximum", "maximum"},
    {"minimum", "minimum"},
    {"multiply", "multiply", Kind::kBits},
    {"not_equal", "not_equal", Kind::kBits, true, true},
    {"or", "or", Kind::kTruth, true},
    {"power", "power", Kind::kPower, false, false, false, 250},
    {"prelu", "prelu"},
    {"shift_left", "shift_left", Kind::kBits},
    {"shift_right", "shift_right"},
    {"squared_difference", "squared_difference", Kind::kBits},
    {"subtract", "subtract", Kind::kBits},
    {"xor", "xor", Kind::kTruth, true},
};

const Binary &binary_of(const Node &node) {
    for (const Binary &binary : kBinaries) {
        if (binary.op == node.op) return binary;
    }
    assertion_failed("every row of ops.def with family binary is listed", __FILE__, __LINE__);
}

/// The C function for operands of these types. \error kUnsupported
Expected<std::string_view> kernel_of(const Node &node, DataType a, DataType b) {
    const Binary &binary = binary_of(node);
    const bool by_bits = binary.kind == Kind::kBits &&
                         (is_integer(a) || (binary.takes_bool && a == DataType::kBool));
    std::string suffix(by_bits ? bits_suffix_of(a) : suffix_of(a));
    if (binary.kind == Kind::kPower) suffix += fmt::format("_{}", suffix_of(b));
    return kernel_named(node, fmt::format("emk_{}_{}", binary.kernel, suffix), a);
}

Expected<Walk> walk_of(const Shape &out, const Shape &a, const Shape &b) {
    return canonical_walk({out, {broadcast_strides(a, out), broadcast_strides(b, out)}});
}

Error different_types(DataType a, DataType b) {
    return make_error(ErrorCode::kUnsupported,
                      fmt::format("inputs are {} and {}, expected one type for both", to_string(a),
                                  to_string(b)));
}

/// Operands of one type, but slopes of int16 are weights: int8. \error kUnsupported
Status check_quantized(const Graph &graph, const Node &node) {
    const TensorType &a = input_type(graph, node, 0), &b = input_type(graph, node, 1);
    if (node.op != "prelu" || a.type != DataType::kInt16) {
        return check_float_or_quantized(graph, node);
    }
    if (is_quantized(a) && is_quantized(b) && b.type == DataType::kInt8) return Ok{};
    return make_error(ErrorCode::kUnsupported,
                      fmt::format("slope is {}, expected quantised int8", to_string(b.type)));
}

}  // namespace

Expected<std::vector<TensorType>> infer_binary(const Graph &graph, const Node &node) {
    EMBARK_RETURN_IF_ERROR(check_inputs(graph, node, 2, 2));
    const TensorType &a = input_type(graph, node, 0);
    const TensorType &b = input_type(graph, node, 1);
    const Binary &binary = binary_of(node);
    if (is_quantized(a) || is_quantized(b)) {
        EMBARK_RETURN_IF_ERROR(check_quantized(graph, node));
    } else {
        const bool equal = binary.kind == Kind::kPower || a.type == b.type;
        if (!equal) return different_types(a.type, b.type);
        EMBARK_RETURN_IF_ERROR(kernel_of(node, a.type, b.type));
    }
    EMBARK_ASSIGN(const Shape shape, broadcast_shape({a.shape, b.shape}));
    EMBARK_RETURN_IF_ERROR(walk_of(shape, a.shape, b.shape));
    if (node.op == "prelu" && shape != a.shape) {
        return make_error(ErrorCode::kInvalid,
                          fmt::format("slope has shape {}, expected one that broadcasts to {}",
                                      to_string(b.shape), to_string(a.shape)));
    }
    return std::vector{TensorType{binary.test ? DataType::kBool : a.type, shape, {}}};
}

Expected<PortableCall> portable_binary(const Node &node, std::span<const TensorType *const> inputs,
                                       std::span<const TensorType> outputs) {
    if (is_quantized(*inputs[0])) return quantized_binary(node, inputs, outputs);
    const Binary &binary = binary_of(node);
    const Shape &out = outputs[0].shape;
    const size_t first = binary.swapped ? 1 : 0, second = 1 - first;
    EMBARK_ASSIGN(const Walk walk, walk_of(out, inputs[first]->shape, inputs[second]->shape));
    PortableCall call{.fields = {ints_of("shape", walk.shape), ints_of("a_stride", walk.strides[0]),
                                 ints_of("b_stride", walk.strides[1])},
                      .inputs = {static_cast<int>(first), static_cast<int>(second)}};
    EMBARK_ASSIGN(call.function, kernel_of(node, inputs[0]->type, inputs[1]->type));
    call.cycles = elementwise_cycles(element_count(out), binary.cycles, inputs[0]->type);
    return call;
}

int64_t macc_binary(const Graph &graph, const Node &node) {
    return output_elements(graph, node);
}

}  // namespace embark
