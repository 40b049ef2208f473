// Operators that work element by element.
#include <fmt/format.h>

#include <limits>

#include "export/onnx/writer.h"
#include "ops/quantized.h"

namespace embark::onnx_file {

namespace {

/// Input \p index as an operand of an elementwise operator in that layout: constants of fewer axes
/// get ones in front before their channels are moved.
Name operand(const NodeContext &c, size_t index, Layout layout) {
    const TensorType &type = c.type(index);
    const size_t rank = c.output_type().shape.size();
    if (layout == Layout::kLast || type.shape.size() == rank) return c.in(index, layout);
    Shape full(rank - type.shape.size(), 1);
    full.insert(full.end(), type.shape.begin(), type.shape.end());
    const Ints perm = to_layout(layout, rank);
    Shape shape;
    for (const int64_t axis : perm) shape.push_back(full[static_cast<size_t>(axis)]);
    return c.writer.weights(c.node.inputs[index], full, perm, shape, 0);
}

std::vector<Name> operands(const NodeContext &c, Layout layout) {
    std::vector<Name> names;
    for (size_t i = 0; i < c.node.inputs.size(); ++i) names.push_back(operand(c, i, layout));
    return names;
}

/// A quantised output may be held in a narrower range than its type's: clamp_low, clamp_high.
Status refuse_clamp(const NodeContext &c) {
    if (c.node.attributes.contains("clamp_low") || c.node.attributes.contains("clamp_high")) {
        return not_in_format("has a clamp of integers, expected one of real numbers");
    }
    return Ok{};
}

}  // namespace

Status write_elementwise(const NodeContext &c) {
    EMBARK_RETURN_IF_ERROR(refuse_clamp(c));
    const Layout layout = cheapest_layout(c);
    c.writer.make(c.out(), find_node_writer(c.node.op)->onnx_op, operands(c, layout),
                  c.node.attributes, layout);
    return Ok{};
}

Status write_leaky_relu(const NodeContext &c) {
    const Layout layout = cheapest_layout(c);
    c.writer.make(c.out(), "LeakyRelu", {c.in(0, layout)},
                  {{"alpha", c.node.float_or("alpha", 0.2)}}, layout);
    return Ok{};
}

Status write_gelu(const NodeContext &c) {
    const Layout layout = cheapest_layout(c);
    const bool tanh = c.node.int_or("approximate", 0) != 0;
    c.writer.make(c.out(), "Gelu", {c.in(0, layout)},
                  {{"approximate", std::string(tanh ? "tanh" : "none")}}, layout);
    return Ok{};
}

/// As Keras and TensorFlow Lite define it: max(0, min(1, x / 6 + 0.5)).
Status write_hard_sigmoid(const NodeContext &c) {
    const Layout layout = cheapest_layout(c);
    c.writer.make(c.out(), "HardSigmoid", {c.in(0, layout)}, {{"alpha", 1.0 / 6.0}, {"beta", 0.5}},
                  layout);
    return Ok{};
}

Status write_fmod(const NodeContext &c) {
    const Layout layout = cheapest_layout(c);
    c.writer.make(c.out(), "Mod", operands(c, layout), {{"fmod", int64_t{1}}}, layout);
    return Ok{};
}

Status write_shift(const NodeContext &c) {
    const Layout layout = cheapest_layout(c);
    const bool left = c.node.op == "shift_left";
    c.writer.make(c.out(), "BitShift", operands(c, layout),
                  {{"direction", std::string(left ? "LEFT" : "RIGHT")}}, layout);
    return Ok{};
}

Status write_not_equal(const NodeContext &c) {
    const Layout layout = cheapest_layout(c);
    c.writer.make(c.out(), "Not", {c.writer.add("Equal", operands(c, layout))}, {}, layout);
    return Ok{};
}

Status write_rsqrt(const NodeContext &c) {
    const Layout layout = cheapest_layout(c);
    c.writer.make(c.out(), "Reciprocal", {c.writer.add("Sqrt", {c.in(0, layout)})}, {}, layout);
    return Ok{};
}

Status write_swish(const NodeContext &c) {
    const Layout layout = cheapest_layout(c);
    const Name x = c.in(0, layout);
    c.writer.make(c.out(), "Mul", {x, c.writer.add("Sigmoid", {x})}, {}, layout);
    return Ok{};
}

/// square, squared_difference
Status write_square(const NodeContext &c) {
    EMBARK_RETURN_IF_ERROR(refuse_clamp(c));
    const Layout layout = cheapest_layout(c);
    const Name x =
        c.node.inputs.size() == 1 ? c.in(0, layout) : c.writer.add("Sub", operands(c, layout));
    c.writer.make(c.out(), "Mul", {x, x}, {}, layout);
    return Ok{};
}

/// One value per channel: the product is rounded, then the sum.
Status write_batch_norm(const NodeContext &c) {
    const Layout layout = cheapest_layout(c);
    const Name product = c.writer.add("Mul", {operand(c, 0, layout), operand(c, 1, layout)});
    c.writer.make(c.out(), "Add", {product, operand(c, 2, layout)}, {}, layout);
    return Ok{};
}

/// clip, relu6
Status write_clip(const NodeContext &c) {
    const bool relu6 = c.node.op == "relu6";
    const double low = relu6 ? 0 : c.node.float_or("min", -std::numeric_limits<double>::infinity());
    const double high = relu6 ? 6 : c.node.float_or("max", std::numeric_limits<double>::infinity());
    const bool real = !c.type().quantization.empty();
    const DataType type = real ? DataType::kFloat32 : c.type().type;
    const bool integers = type != DataType::kFloat32 && type != DataType::kFloat64;
    if (integers && !(low > -1e9 && high < 1e9)) {
        return not_in_format(fmt::format("clips to {} and {}, expected integers", low, high));
    }
    const Layout layout = cheapest_layout(c);
    c.writer.make(c.out(), "Clip",
                  {c.in(0, layout), c.writer.number(c.node.name + "/min", low, type),
                   c.writer.number(c.node.name + "/max", high, type)},
                  {}, layout);
    return Ok{};
}

Status write_cast(const NodeContext &c) {
    const Layout layout = cheapest_layout(c);
    if (!c.type().quantization.empty()) return not_in_format("casts quantised values");
    c.writer.make(c.out(), "Cast", {c.in(0, layout)}, {{"to", element_type(c.output_type().type)}},
                  layout);
    return Ok{};
}

/// quantize, requantize
Status write_quantize(const NodeContext &c) {
    if (c.output_type().quantization.scales.size() != 1) {
        return not_in_format("makes several scales, expected one");
    }
    const Layout layout = cheapest_layout(c);
    c.writer.quantize(c.out(), c.in(0, layout), layout);
    return Ok{};
}

Status write_dequantize(const NodeContext &c) {
    const Layout layout = cheapest_layout(c);
    if (c.type().type == DataType::kFloat16) {
        c.writer.make(c.out(), "Cast", {c.in(0, layout)},
                      {{"to", element_type(DataType::kFloat32)}}, layout);
        return Ok{};
    }
    c.writer.alias(c.out(), c.in(0, layout), layout);
    return Ok{};
}

}  // namespace embark::onnx_file
