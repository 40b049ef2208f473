// Layers with weights, windows, normalisations and recurrence.
#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "base/bytes.h"
#include "export/onnx/writer.h"

namespace embark::onnx_file {

namespace {

/// [top, bottom, left, right, …] as [top, left, …, bottom, right, …].
Ints pads_of(const Ints &padding) {
    Ints pads;
    for (size_t i = 0; i < padding.size(); i += 2) pads.push_back(padding[i]);
    for (size_t i = 1; i < padding.size(); i += 2) pads.push_back(padding[i]);
    return pads;
}

/// `strides`, `dilations` and `pads` over \p axes spatial axes.
Attributes window_of(const Node &node, size_t axes) {
    return {{"strides", node.ints_or("strides", Ints(axes, 1))},
            {"dilations", node.ints_or("dilations", Ints(axes, 1))},
            {"pads", pads_of(node.ints_or("padding", Ints(2 * axes, 0)))}};
}

/// [out, k…, in] to [out, in, k…].
Name filter(const NodeContext &c, const Shape &shape) {
    const Ints perm = to_layout(Layout::kFirst, shape.size());
    Shape moved;
    for (const int64_t axis : perm) moved.push_back(shape[static_cast<size_t>(axis)]);
    return c.writer.weights(c.node.inputs[1], shape, perm, moved, 0);
}

Status expect_constant_weights(const NodeContext &c) {
    if (!c.has_input(1) || c.is_constant(1)) return Ok{};
    return not_in_format("has weights that are computed, expected constants");
}

/// The bias; integers of 64 bits, as sums of int16 have them, become 32 bits, which is what the
/// file can dequantise.
Expected<Name> bias(const NodeContext &c, size_t index) {
    if (!c.has_input(index)) return Name();
    const Tensor &tensor = c.graph.tensor(c.node.inputs[index]);
    if (tensor.type.type != DataType::kInt64) return c.in(index);
    Bytes narrow;
    for (const int64_t value : tensor.values<int64_t>()) {
        if (value != static_cast<int32_t>(value)) {
            return not_in_format(fmt::format("has a bias of {}, expected 32 bits", value));
        }
        append_le(narrow, static_cast<int32_t>(value));
    }
    TensorType type = tensor.type;
    type.type = DataType::kInt32;
    return c.writer.dequantized_constant(tensor.name, type, narrow);
}

}  // namespace

/// conv2d, conv3d
Status write_conv(const NodeContext &c) {
    EMBARK_RETURN_IF_ERROR(expect_constant_weights(c));
    Attributes attributes = window_of(c.node, c.type().shape.size() - 2);
    attributes["group"] = c.node.int_or("groups", 1);
    EMBARK_ASSIGN(const Name addend, bias(c, 2));
    c.writer.make(c.out(), "Conv", {c.in(0, Layout::kFirst), filter(c, c.type(1).shape), addend},
                  std::move(attributes), Layout::kFirst);
    return Ok{};
}

Status write_depthwise_conv(const NodeContext &c) {
    EMBARK_RETURN_IF_ERROR(expect_constant_weights(c));
    const Shape &shape = c.type(1).shape;  // [kh, kw, out]
    const Name weights =
        c.writer.weights(c.node.inputs[1], shape, {2, 0, 1}, {shape[2], 1, shape[0], shape[1]}, 0);
    Attributes attributes = window_of(c.node, 2);
    attributes["group"] = c.type().shape.back();
    EMBARK_ASSIGN(const Name addend, bias(c, 2));
    c.writer.make(c.out(), "Conv", {c.in(0, Layout::kFirst), weights, addend},
                  std::move(attributes), Layout::kFirst);
    return Ok{};
}

/// conv_transpose2d, conv_transpose3d: weights [out, k…, in/groups] become [in, out/groups, k…].
Status write_conv_transpose(const NodeContext &c) {
    EMBARK_RETURN_IF_ERROR(expect_constant_weights(c));
    const Shape &shape = c.type(1).shape;
    const int64_t groups = c.node.int_or("groups", 1);
    const size_t rank = shape.size();
    if (groups != 1 && c.type(1).quantization.scales.size() > 1) {
        return not_in_format("has groups and a scale per channel");
    }
    Shape split = {groups, shape[0] / groups};
    split.insert(split.end(), shape.begin() + 1, shape.end());
    Ints perm = {0, static_cast<int64_t>(rank), 1};
    Shape moved = {groups * shape.back(), shape[0] / groups};
    for (size_t i = 1; i + 1 < rank; ++i) {
        perm.push_back(static_cast<int64_t>(i) + 1);
        moved.push_back(shape[i]);
    }
    Attributes attributes = window_of(c.node, rank - 2);
    attributes["group"] = groups;
    attributes["output_padding"] = c.node.ints_or("output_padding", Ints(rank - 2, 0));
    EMBARK_ASSIGN(const Name addend, bias(c, 2));
    c.writer.make(c.out(), "ConvTranspose",
                  {c.in(0, Layout::kFirst),
                   c.writer.weights(c.node.inputs[1], split, perm, moved, 1), addend},
                  std::move(attributes), Layout::kFirst);
    return Ok{};
}

Status write_dense(const NodeContext &c) {
    EMBARK_RETURN_IF_ERROR(expect_constant_weights(c));
    const Shape &x = c.type().shape, &weights = c.type(1).shape;
    Name rows = c.in();
    if (x.size() != 2) {
        rows = c.writer.add("Reshape",
                            {rows, c.writer.ints(c.node.name + "/rows",
                                                 {element_count(x) / weights[1], weights[1]})});
    }
    EMBARK_ASSIGN(const Name addend, bias(c, 2));
    std::vector<Name> inputs = {rows, c.in(1), addend};
    if (x.size() == 2) {
        c.writer.make(c.out(), "Gemm", std::move(inputs), {{"transB", int64_t{1}}});
        return Ok{};
    }
    const Name product = c.writer.add("Gemm", std::move(inputs), {{"transB", int64_t{1}}});
    c.writer.make(c.out(), "Reshape",
                  {product, c.writer.ints(c.node.name + "/shape", c.output_type().shape)});
    return Ok{};
}

Status write_matmul(const NodeContext &c) {
    std::vector<Name> inputs;
    for (size_t i = 0; i < 2; ++i) {
        Name name = c.in(i);
        if (c.node.int_or(i == 0 ? "transpose_a" : "transpose_b", 0) != 0) {
            Ints perm;
            for (size_t axis = 0; axis < c.type(i).shape.size(); ++axis) {
                perm.push_back(static_cast<int64_t>(axis));
            }
            std::swap(perm[perm.size() - 1], perm[perm.size() - 2]);
            name = c.writer.add("Transpose", {name}, {{"perm", perm}});
        }
        inputs.push_back(std::move(name));
    }
    c.writer.make(c.out(), "MatMul", std::move(inputs));
    return Ok{};
}

/// max_pool2d, average_pool2d, lp_pool2d and those over volumes
Status write_pool(const NodeContext &c) {
    const size_t axes = c.type().shape.size() - 2;
    Attributes attributes = window_of(c.node, axes);
    attributes["kernel_shape"] = c.node.ints_or("kernel", Ints(axes, 1));
    const std::string_view op = find_node_writer(c.node.op)->onnx_op;
    if (op == "AveragePool") {
        const Ints padding = c.node.ints_or("padding", Ints(2 * axes, 0));
        const bool counts = c.node.int_or("count_padding", 0) != 0;
        if (counts && c.node.ints_or("counted_padding", padding) != padding) {
            return not_in_format("counts a part of its padding");
        }
        attributes["count_include_pad"] = int64_t{counts ? 1 : 0};
    }
    if (op == "LpPool") attributes["p"] = c.node.int_or("p", 2);
    c.writer.make(c.out(), op, {c.in(0, Layout::kFirst)}, std::move(attributes), Layout::kFirst);
    return Ok{};
}

Status write_global_pool(const NodeContext &c) {
    const std::string_view op = find_node_writer(c.node.op)->onnx_op;
    if (c.node.int_or("keep_dims", 0) != 0) {
        c.writer.make(c.out(), op, {c.in(0, Layout::kFirst)}, {}, Layout::kFirst);
        return Ok{};
    }
    const Name map = c.writer.add(op, {c.in(0, Layout::kFirst)});
    c.writer.make(c.out(), "Reshape",
                  {map, c.writer.ints(c.node.name + "/shape", c.output_type().shape)});
    return Ok{};
}

/// softmax, log_softmax, hardmax, lp_normalize: over the last axis
Status write_along_last(const NodeContext &c) {
    Attributes attributes = {{"axis", int64_t{-1}}};
    if (c.node.op == "lp_normalize") attributes["p"] = c.node.int_or("p", 2);
    Name x = c.in();
    if (const double beta = c.node.float_or("beta", 1.0); c.node.op == "softmax" && beta != 1.0) {
        x = c.writer.add("Mul",
                         {x, c.writer.number(c.node.name + "/beta", beta, DataType::kFloat32)});
    }
    c.writer.make(c.out(), find_node_writer(c.node.op)->onnx_op, {x}, std::move(attributes));
    return Ok{};
}

Status write_layer_norm(const NodeContext &c) {
    const auto last = static_cast<int64_t>(c.type().shape.size()) - 1;
    const int64_t axis = c.node.int_or("axis", last);
    if (c.node.outputs.size() != 1) return not_in_format("gives its statistics");
    Name scale = c.in(1);
    if (scale.empty()) {
        const Shape shape(c.type().shape.begin() + static_cast<long>(axis), c.type().shape.end());
        const std::vector<float> ones(static_cast<size_t>(element_count(shape)), 1.0f);
        scale = c.writer.floats(c.node.name + "/scale", shape, ones);
    }
    c.writer.make(c.out(), "LayerNormalization", {c.in(), scale, c.in(2)},
                  {{"axis", axis}, {"epsilon", c.node.float_or("epsilon", 1e-5)}});
    return Ok{};
}

/// x / sqrt(mean of the squares + epsilon) * scale; operator set 23 has an operator for it.
Status write_rms_norm(const NodeContext &c) {
    const auto rank = static_cast<int64_t>(c.type().shape.size());
    Ints axes;
    for (int64_t i = c.node.int_or("axis", rank - 1); i < rank; ++i) axes.push_back(i);
    const Name x = c.in(), list = c.writer.ints(c.node.name + "/axes", axes);
    const Name mean = c.writer.add("ReduceMean", {c.writer.add("Mul", {x, x}), list});
    const double epsilon = c.node.float_or("epsilon", 1e-5);
    const Name safe = c.writer.add(
        "Add", {mean, c.writer.number(c.node.name + "/epsilon", epsilon, DataType::kFloat32)});
    std::vector<Name> unit = {x, c.writer.add("Sqrt", {safe})};
    if (!c.has_input(1)) {
        c.writer.make(c.out(), "Div", std::move(unit));
        return Ok{};
    }
    c.writer.make(c.out(), "Mul", {c.writer.add("Div", std::move(unit)), c.in(1)});
    return Ok{};
}

/// x / max(norm, epsilon) over the last axis.
Status write_l2_normalize(const NodeContext &c) {
    const Name axes = c.writer.ints(c.node.name + "/axes", {-1});
    const Name norm = c.writer.add("ReduceL2", {c.in(), axes});
    const Name least = c.writer.number(c.node.name + "/epsilon", c.node.float_or("epsilon", 1e-6),
                                       DataType::kFloat32);
    c.writer.make(c.out(), "Div", {c.in(), c.writer.add("Max", {norm, least})});
    return Ok{};
}

/// group_norm, instance_norm
Status write_group_norm(const NodeContext &c) {
    Attributes attributes = {{"epsilon", c.node.float_or("epsilon", 1e-5)}};
    if (c.node.op == "group_norm") attributes["num_groups"] = c.node.int_or("groups", 1);
    c.writer.make(c.out(), find_node_writer(c.node.op)->onnx_op,
                  {c.in(0, Layout::kFirst), c.in(1), c.in(2)}, std::move(attributes),
                  Layout::kFirst);
    return Ok{};
}

Status write_lrn(const NodeContext &c) {
    if (c.type().shape.size() < 3) return not_in_format("has no map, expected three axes or more");
    c.writer.make(c.out(), "LRN", {c.in(0, Layout::kFirst)},
                  {{"size", c.node.int_or("size", 1)},
                   {"alpha", c.node.float_or("alpha", 1e-4)},
                   {"beta", c.node.float_or("beta", 0.75)},
                   {"bias", c.node.float_or("bias", 1.0)}},
                  Layout::kFirst);
    return Ok{};
}

namespace {

struct GateFunction {
    std::string_view name, onnx_name;
    bool alpha, beta;  ///< parameters that it has
};
constexpr GateFunction kGateFunctions[] = {
    {"affine", "Affine", true, true},
    {"elu", "Elu", true, false},
    {"hard_sigmoid", "HardSigmoid", true, true},
    {"leaky_relu", "LeakyRelu", true, false},
    {"relu", "Relu", false, false},
    {"scaled_tanh", "ScaledTanh", true, true},
    {"sigmoid", "Sigmoid", false, false},
    {"softplus", "Softplus", false, false},
    {"softsign", "Softsign", false, false},
    {"tanh", "Tanh", false, false},
    {"thresholded_relu", "ThresholdedRelu", true, false},
};

/// `activations` as ONNX spells them, and the parameters of those functions alone that have some.
void spell_functions(Attributes &attributes) {
    const auto found = attributes.find("activations");
    if (found == attributes.end()) return;
    const std::string list = std::get<std::string>(found->second);
    std::string spelled;
    std::vector<double> alphas, betas;
    size_t index = 0;
    for (size_t at = 0; at < list.size(); ++index) {
        const size_t comma = std::min(list.find(',', at), list.size());
        const std::string word = list.substr(at, comma - at);
        at = comma + 1;
        const auto *row = std::find_if(std::begin(kGateFunctions), std::end(kGateFunctions),
                                       [&](const GateFunction &f) { return f.name == word; });
        if (row == std::end(kGateFunctions)) continue;
        spelled += (spelled.empty() ? "" : ",") + std::string(row->onnx_name);
        const auto take = [&](std::string_view key, bool has, std::vector<double> &to) {
            const auto given = attributes.find(key);
            if (given == attributes.end() || !has) return;
            const auto *values = std::get_if<std::vector<double>>(&given->second);
            if (values != nullptr && index < values->size()) to.push_back((*values)[index]);
        };
        take("activation_alpha", row->alpha, alphas);
        take("activation_beta", row->beta, betas);
    }
    found->second = spelled;
    attributes.erase("activation_alpha");
    attributes.erase("activation_beta");
    if (!alphas.empty()) attributes["activation_alpha"] = alphas;
    if (!betas.empty()) attributes["activation_beta"] = betas;
}

}  // namespace

/// lstm, gru, rnn: x, w, r, b?, h0?, (lstm: c0?, p?), lengths? become X, W, R, B, lengths, h0, c0,
/// P.
Status write_recurrent(const NodeContext &c) {
    const bool lstm = c.node.op == "lstm";
    if (c.type(0).type != DataType::kFloat32) {
        return not_in_format("computes on integers, expected float32");
    }
    if (c.node.float_or("cell_clip", 0.0) != 0.0) {
        return not_in_format("clips its cells, which ONNX does not");
    }
    const size_t lengths = lstm ? 7 : 5;
    std::vector<Name> inputs = {c.in(0), c.in(1), c.in(2), c.in(3), c.in(lengths), c.in(4)};
    if (lstm) {
        inputs.push_back(c.in(5));
        inputs.push_back(c.in(6));
    }
    Attributes attributes = {{"hidden_size", c.type(2).shape.back()}};
    for (const auto &[key, value] : c.node.attributes) {
        if (key != "hidden") attributes[key] = value;
    }
    spell_functions(attributes);
    c.writer.make_all(c.node.outputs, find_node_writer(c.node.op)->onnx_op, std::move(inputs),
                      std::move(attributes));
    return Ok{};
}

}  // namespace embark::onnx_file
