// Layers with weights and windows.
#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "export/tflite/writer.h"

namespace embark::tflite {

namespace {

using Code = schema::BuiltinOperator;
using Ints = std::vector<int64_t>;

/// One axis of a window: how the format's padding says it, and what it cannot say.
struct AxisPadding {
    bool same = false, valid = false;
    int64_t before = 0, after = 0;  ///< for a PAD in front
};

AxisPadding axis_padding(int64_t in, int64_t out, int64_t reach, int64_t stride, int64_t before) {
    // What is read behind the end; the graph's padding may be larger than that.
    const int64_t after = std::max<int64_t>((out - 1) * stride + reach - in - before, 0);
    const int64_t total = std::max<int64_t>((out - 1) * stride + reach - in, 0);
    AxisPadding result{false, before == 0 && after == 0, before, after};
    result.same = out == (in + stride - 1) / stride && before == total / 2;
    return result;
}

struct WindowPlan {
    schema::Padding padding = schema::Padding::VALID;
    bool needs_pad = false;
    Ints before, after;  ///< of all axes of the input
};

/// \p kernel, \p strides, \p dilations, \p padding (before, after …) of the axes behind the batch.
WindowPlan plan_window(const Shape &in, const Shape &out, const Ints &kernel, const Ints &strides,
                       const Ints &dilations, const Ints &padding) {
    WindowPlan plan{schema::Padding::VALID, false, Ints(in.size(), 0), Ints(in.size(), 0)};
    bool same = true, valid = true;
    for (size_t i = 0; i < kernel.size(); ++i) {
        const int64_t reach = (kernel[i] - 1) * dilations[i] + 1;
        const AxisPadding axis =
            axis_padding(in[i + 1], out[i + 1], reach, strides[i], padding[2 * i]);
        same = same && axis.same;
        valid = valid && axis.valid;
        plan.before[i + 1] = axis.before;
        plan.after[i + 1] = axis.after;
    }
    if (same && !valid) plan.padding = schema::Padding::SAME;
    plan.needs_pad = !same && !valid;
    return plan;
}

/// The file's tensor of input 0, surrounded where the format's padding cannot say it. \p lowest:
/// with the smallest value instead of zero, so that a maximum does not see it.
int32_t windowed_input(const NodeContext &c, const WindowPlan &plan, bool lowest) {
    if (!plan.needs_pad) return c.in(0);
    TensorType type = c.type(0);
    Ints margins;
    for (size_t i = 0; i < type.shape.size(); ++i) {
        margins.push_back(plan.before[i]);
        margins.push_back(plan.after[i]);
        type.shape[i] += plan.before[i] + plan.after[i];
    }
    Bytes raw;
    for (const int64_t margin : margins) {
        const auto *at = reinterpret_cast<const uint8_t *>(&margin);
        raw.insert(raw.end(), at, at + sizeof(int32_t));
    }
    const TensorType list{DataType::kInt32, {static_cast<int64_t>(type.shape.size()), 2}, {}};
    std::vector<int32_t> inputs{c.in(0), c.writer.add_constant(c.name("margins"), list, raw)};
    if (lowest) {
        const float least = std::numeric_limits<float>::lowest();
        inputs.push_back(c.writer.add_floats(c.name("lowest"), {}, {&least, 1}));
    }
    const int32_t padded = c.writer.add_tensor(c.name("pad"), type);
    c.writer.add_operator(lowest ? Code::PADV2 : Code::PAD, std::move(inputs), {padded});
    return padded;
}

std::vector<int32_t> layer_inputs(const NodeContext &c, int32_t x, int32_t weights) {
    std::vector<int32_t> inputs{x, weights};
    if (c.has_input(2)) inputs.push_back(c.in(2));
    return inputs;
}

int narrow(int64_t value) {
    return static_cast<int>(value);
}

template <typename Options>
void set_plane(Options &options, const NodeContext &c, const WindowPlan &plan,
               const Ints &strides) {
    options.padding = plan.padding;
    options.stride_h = narrow(strides[0]);
    options.stride_w = narrow(strides[1]);
    options.fused_activation_function = c.activation;
}

/// A float32 constant with its axes in another order.
Expected<int32_t> permuted(const NodeContext &c, TensorId id, const Ints &perm) {
    const Tensor &tensor = c.graph.tensor(id);
    if (!tensor.is_constant() || tensor.type.type != DataType::kFloat32) {
        return not_in_format("its filter is not a float32 constant");
    }
    const Shape &from = tensor.type.shape;
    Ints strides(from.size(), 1);
    for (size_t i = from.size() - 1; i-- > 0;) strides[i] = strides[i + 1] * from[i + 1];
    Shape shape;
    for (const int64_t axis : perm) shape.push_back(from[static_cast<size_t>(axis)]);
    const auto values = tensor.values<float>();
    std::vector<float> result(values.size());
    for (size_t i = 0; i < result.size(); ++i) {
        int64_t rest = static_cast<int64_t>(i), at = 0;
        for (size_t k = shape.size(); k-- > 0;) {
            at += rest % shape[k] * strides[static_cast<size_t>(perm[k])];
            rest /= shape[k];
        }
        result[i] = values[static_cast<size_t>(at)];
    }
    return c.writer.add_floats(tensor.name, std::move(shape), result);
}

}  // namespace

Status write_conv2d(const NodeContext &c) {
    const Ints strides = c.node.ints_or("strides", {1, 1});
    const Ints dilations = c.node.ints_or("dilations", {1, 1});
    const Shape &filter = c.type(1).shape;
    const WindowPlan plan =
        plan_window(c.type(0).shape, c.output_type().shape, {filter[1], filter[2]}, strides,
                    dilations, c.node.ints_or("padding", {0, 0, 0, 0}));
    schema::Conv2DOptionsT options;
    set_plane(options, c, plan, strides);
    options.dilation_h_factor = narrow(dilations[0]);
    options.dilation_w_factor = narrow(dilations[1]);
    c.writer.add_operator(Code::CONV_2D, layer_inputs(c, windowed_input(c, plan, false), c.in(1)),
                          {c.out()}, with(options));
    return Ok{};
}

Status write_depthwise_conv2d(const NodeContext &c) {
    const Ints strides = c.node.ints_or("strides", {1, 1});
    const Ints dilations = c.node.ints_or("dilations", {1, 1});
    const Tensor &filter = c.graph.tensor(c.node.inputs[1]);
    if (!filter.is_constant()) return not_in_format("its filter is computed");
    const Shape &in = c.type(0).shape;
    const WindowPlan plan =
        plan_window(in, c.output_type().shape, {filter.type.shape[0], filter.type.shape[1]},
                    strides, dilations, c.node.ints_or("padding", {0, 0, 0, 0}));
    // [kh,kw,out] to [1,kh,kw,out].
    TensorType type = filter.type;
    type.shape.insert(type.shape.begin(), 1);
    if (type.quantization.scales.size() > 1) ++type.quantization.axis;
    const int32_t weights = c.writer.add_constant(filter.name, type, *filter.data);
    schema::DepthwiseConv2DOptionsT options;
    set_plane(options, c, plan, strides);
    options.dilation_h_factor = narrow(dilations[0]);
    options.dilation_w_factor = narrow(dilations[1]);
    options.depth_multiplier = narrow(filter.type.shape[2] / in[3]);
    c.writer.add_operator(Code::DEPTHWISE_CONV_2D,
                          layer_inputs(c, windowed_input(c, plan, false), weights), {c.out()},
                          with(options));
    return Ok{};
}

Status write_conv3d(const NodeContext &c) {
    const Ints strides = c.node.ints_or("strides", {1, 1, 1});
    const Ints dilations = c.node.ints_or("dilations", {1, 1, 1});
    const Shape &filter = c.type(1).shape;
    const WindowPlan plan =
        plan_window(c.type(0).shape, c.output_type().shape, {filter[1], filter[2], filter[3]},
                    strides, dilations, c.node.ints_or("padding", {0, 0, 0, 0, 0, 0}));
    // [out,depth,height,width,in] to [depth,height,width,in,out].
    EMBARK_ASSIGN(const int32_t weights, permuted(c, c.node.inputs[1], {1, 2, 3, 4, 0}));
    schema::Conv3DOptionsT options;
    options.padding = plan.padding;
    options.stride_d = narrow(strides[0]);
    options.stride_h = narrow(strides[1]);
    options.stride_w = narrow(strides[2]);
    options.dilation_d_factor = narrow(dilations[0]);
    options.dilation_h_factor = narrow(dilations[1]);
    options.dilation_w_factor = narrow(dilations[2]);
    options.fused_activation_function = c.activation;
    c.writer.add_operator(Code::CONV_3D, layer_inputs(c, windowed_input(c, plan, false), weights),
                          {c.out()}, with(options));
    return Ok{};
}

/// Inputs of the format: shape of the output, filter, x, bias.
Status write_conv_transpose2d(const NodeContext &c) {
    const Ints strides = c.node.ints_or("strides", {1, 1});
    const Ints padding = c.node.ints_or("padding", {0, 0, 0, 0});
    const Shape &filter = c.type(1).shape, &out = c.output_type().shape;
    if (c.node.int_or("groups", 1) != 1 || c.node.ints_or("dilations", {1, 1}) != Ints{1, 1}) {
        return not_in_format("has groups or dilations, expected none");
    }
    bool same = true;
    for (size_t i = 0; i < 2; ++i) {
        const int64_t positions = (out[i + 1] + strides[i] - 1) / strides[i];
        const int64_t total =
            std::max<int64_t>((positions - 1) * strides[i] + filter[i + 1] - out[i + 1], 0);
        same = same && padding[2 * i] == total / 2;
    }
    const bool valid = padding[0] == 0 && padding[2] == 0;
    if (!same && !valid) {
        return not_in_format(
            fmt::format("has the padding {}, expected SAME or VALID", to_string(padding)));
    }
    schema::TransposeConvOptionsT options;
    options.padding = valid ? schema::Padding::VALID : schema::Padding::SAME;
    options.stride_h = narrow(strides[0]);
    options.stride_w = narrow(strides[1]);
    std::vector<int32_t> inputs{c.writer.add_ints(c.name("shape"), out), c.in(1), c.in(0)};
    if (c.has_input(2)) inputs.push_back(c.in(2));
    c.writer.add_operator(Code::TRANSPOSE_CONV, std::move(inputs), {c.out()}, with(options));
    return Ok{};
}

Status write_dense(const NodeContext &c) {
    schema::FullyConnectedOptionsT options;
    options.fused_activation_function = c.activation;
    options.keep_num_dims = c.type(0).shape.size() != 2;
    c.writer.add_operator(Code::FULLY_CONNECTED, layer_inputs(c, c.in(0), c.in(1)), {c.out()},
                          with(options));
    return Ok{};
}

Status write_matmul(const NodeContext &c) {
    if (c.type(0).shape.size() < 2 || c.type(1).shape.size() < 2) {
        return not_in_format("multiplies vectors, expected rank 2 or more");
    }
    schema::BatchMatMulOptionsT options;
    options.adj_x = c.node.int_or("transpose_a", 0) != 0;
    options.adj_y = c.node.int_or("transpose_b", 0) != 0;
    c.writer.add_operator(Code::BATCH_MATMUL, {c.in(0), c.in(1)}, {c.out()}, with(options));
    return Ok{};
}

Status write_pool(const NodeContext &c) {
    const bool average = c.node.op == "average_pool2d";
    const Ints kernel = c.node.ints_or("kernel", {1, 1});
    const Ints strides = c.node.ints_or("strides", kernel);
    const Ints padding = c.node.ints_or("padding", {0, 0, 0, 0});
    if (c.node.ints_or("dilations", {1, 1}) != Ints{1, 1}) {
        return not_in_format("has dilations, expected none");
    }
    const WindowPlan plan =
        plan_window(c.type(0).shape, c.output_type().shape, kernel, strides, {1, 1}, padding);
    const bool padded = plan.padding == schema::Padding::SAME || plan.needs_pad;
    if (average && padded && (plan.needs_pad || c.node.int_or("count_padding", 0) != 0)) {
        return not_in_format(
            fmt::format("averages with the padding {}, expected SAME or VALID "
                        "without counting it",
                        to_string(padding)));
    }
    if (plan.needs_pad && c.type(0).type != DataType::kFloat32) {
        return not_in_format(fmt::format("has the padding {} on {}, expected SAME or VALID",
                                         to_string(padding), to_string(c.type(0).type)));
    }
    schema::Pool2DOptionsT options;
    set_plane(options, c, plan, strides);
    options.filter_height = narrow(kernel[0]);
    options.filter_width = narrow(kernel[1]);
    c.writer.add_operator(average ? Code::AVERAGE_POOL_2D : Code::MAX_POOL_2D,
                          {windowed_input(c, plan, true)}, {c.out()}, with(options));
    return Ok{};
}

Status write_global_pool(const NodeContext &c) {
    if (c.type(0).type != DataType::kFloat32 && c.type(0).type != DataType::kInt8) {
        return not_in_format(
            fmt::format("pools {}, expected float32 or int8", to_string(c.type(0).type)));
    }
    schema::ReducerOptionsT options;
    options.keep_dims = c.node.int_or("keep_dims", 0) != 0;
    const Ints axes{1, 2};
    c.writer.add_operator(c.node.op == "global_average_pool" ? Code::MEAN : Code::REDUCE_MAX,
                          {c.in(0), c.writer.add_ints(c.name("axes"), axes)}, {c.out()},
                          with(options));
    return Ok{};
}

/// The product is rounded, then the sum, as in the graph.
Status write_batch_norm(const NodeContext &c) {
    const int32_t product = c.writer.add_tensor(c.name("product"), c.output_type());
    c.writer.add_operator(Code::MUL, {c.in(0), c.in(1)}, {product}, with(schema::MulOptionsT{}));
    c.writer.add_operator(Code::ADD, {product, c.in(2)}, {c.out()}, with(schema::AddOptionsT{}));
    return Ok{};
}

}  // namespace embark::tflite
