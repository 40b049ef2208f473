// Convolutions and pooling.
#include <fmt/format.h>

#include <algorithm>

#include "import/tflite/operators.h"

namespace embark::tflite {

namespace {

using Ints = std::vector<int64_t>;

Error invalid(std::string message) {
    return make_error(ErrorCode::kInvalid, std::move(message));
}

/// [before, after] of each spatial axis, in a row: what the operators' `padding` is.
Ints explicit_padding(schema::Padding padding, const Shape &x, const Ints &kernel,
                      const Ints &strides, const Ints &dilations) {
    Ints result;
    for (size_t axis = 0; axis < kernel.size(); ++axis) {
        std::pair<int64_t, int64_t> margins{0, 0};
        if (padding == schema::Padding::SAME) {
            margins = same_padding(x[axis + 1], kernel[axis], strides[axis], dilations[axis]);
        }
        result.push_back(margins.first);
        result.push_back(margins.second);
    }
    return result;
}

struct Geometry {
    Ints strides, dilations, padding;
    Attributes attributes() const {
        return {{"strides", strides}, {"dilations", dilations}, {"padding", padding}};
    }
};

/// Checks the options, and takes those of a convolution that was spelled as three operators.
Status complete(Geometry &geometry, const OperatorContext &context, schema::Padding padding,
                const Shape &x, const Ints &kernel) {
    EMBARK_RETURN_IF_ERROR(check_window("stride", geometry.strides));
    EMBARK_RETURN_IF_ERROR(check_window("dilation", geometry.dilations));
    EMBARK_RETURN_IF_ERROR(check_window("filter extent", kernel));
    geometry.padding = explicit_padding(padding, x, kernel, geometry.strides, geometry.dilations);
    if (context.dilation != nullptr) {
        geometry.dilations = context.dilation->factors;
        geometry.padding = context.dilation->padding;
    }
    return Ok{};
}

Expected<TensorId> image_input(OperatorContext &context, size_t rank = 4) {
    TensorId x = kNoTensor;
    if (context.dilation != nullptr) {
        EMBARK_ASSIGN(x, context.tensors.value(context.dilation->input));
    } else {
        EMBARK_ASSIGN(x, input(context, 0));
    }
    EMBARK_RETURN_IF_ERROR(expect_rank(context, x, rank));
    return x;
}

/// The bias at an input, or none.
Status push_bias(OperatorContext &context, size_t position, TensorId x,
                 std::vector<TensorId> &inputs) {
    EMBARK_ASSIGN(const TensorId bias, weights_input(context, position, x, "bias"));
    if (bias != kNoTensor) inputs.push_back(bias);
    return Ok{};
}

/// [1,kh,kw,out] to [kh,kw,out], quantised along the channels still.
Expected<TensorId> depthwise_filter(OperatorContext &context, TensorId filter) {
    EMBARK_RETURN_IF_ERROR(expect_rank(context, filter, 4));
    const Tensor &tensor = context.graph.tensor(filter);
    const Shape &from = tensor.type.shape;
    if (from[0] != 1) {
        return invalid(fmt::format("filter has shape {}, expected 1 in front", to_string(from)));
    }
    Shape shape(from.begin() + 1, from.end());
    if (!tensor.is_constant()) return reshaped(context, "filter", filter, std::move(shape));
    const Quantization &quantization = tensor.type.quantization;
    if (quantization.scales.size() > 1 && quantization.axis != 3) {
        return invalid(
            fmt::format("filter is quantised along axis {}, expected 3", quantization.axis));
    }
    TensorType type = tensor.type;
    type.shape = std::move(shape);
    if (type.quantization.scales.size() > 1) type.quantization.axis = 2;
    // Nobody else has the constant yet: it was made for this operator.
    context.graph.tensor(filter).type = std::move(type);
    return filter;
}

}  // namespace

Expected<std::vector<TensorId>> convert_conv2d(OperatorContext &context) {
    EMBARK_ASSIGN(const auto *options, required(context.op.builtin_options_as_Conv2DOptions()));
    EMBARK_ASSIGN(const TensorId x, image_input(context));
    EMBARK_ASSIGN(const TensorId filter, weights_input(context, 1, x, "filter"));
    EMBARK_RETURN_IF_ERROR(expect_rank(context, filter, 4));
    const Shape in = context.shape(x), kernel = context.shape(filter);
    Geometry geometry{{options->stride_h(), options->stride_w()},
                      {options->dilation_h_factor(), options->dilation_w_factor()},
                      {}};
    EMBARK_RETURN_IF_ERROR(
        complete(geometry, context, options->padding(), in, {kernel[1], kernel[2]}));
    Attributes attributes = geometry.attributes();
    if (kernel[3] < 1 || in[3] % kernel[3] != 0) {
        return invalid(
            fmt::format("filter {} has {} input channels, expected a divisor of the "
                        "input's {}",
                        to_string(kernel), kernel[3], in[3]));
    }
    if (in[3] != kernel[3]) attributes.emplace("groups", in[3] / kernel[3]);
    std::vector<TensorId> inputs{x, filter};
    EMBARK_RETURN_IF_ERROR(push_bias(context, 2, x, inputs));
    EMBARK_ASSIGN(const TensorId y, append(context, "conv2d", "", inputs, std::move(attributes)));
    return one(activate(context, y, options->fused_activation_function()));
}

Expected<std::vector<TensorId>> convert_depthwise_conv2d(OperatorContext &context) {
    EMBARK_ASSIGN(const auto *options,
                  required(context.op.builtin_options_as_DepthwiseConv2DOptions()));
    EMBARK_ASSIGN(const TensorId x, image_input(context));
    EMBARK_ASSIGN(const TensorId given, weights_input(context, 1, x, "filter"));
    EMBARK_ASSIGN(const TensorId filter, depthwise_filter(context, given));
    const Shape kernel = context.shape(filter);
    Geometry geometry{{options->stride_h(), options->stride_w()},
                      {options->dilation_h_factor(), options->dilation_w_factor()},
                      {}};
    EMBARK_RETURN_IF_ERROR(
        complete(geometry, context, options->padding(), context.shape(x), {kernel[0], kernel[1]}));
    std::vector<TensorId> inputs{x, filter};
    EMBARK_RETURN_IF_ERROR(push_bias(context, 2, x, inputs));
    EMBARK_ASSIGN(const TensorId y,
                  append(context, "depthwise_conv2d", "", inputs, geometry.attributes()));
    return one(activate(context, y, options->fused_activation_function()));
}

Expected<std::vector<TensorId>> convert_conv3d(OperatorContext &context) {
    EMBARK_ASSIGN(const auto *options, required(context.op.builtin_options_as_Conv3DOptions()));
    EMBARK_ASSIGN(const TensorId x, image_input(context, 5));
    EMBARK_ASSIGN(const TensorId given, weights_input(context, 1, x, "filter"));
    EMBARK_RETURN_IF_ERROR(expect_rank(context, given, 5));
    // [depth,height,width,in,out] to [out,depth,height,width,in].
    EMBARK_ASSIGN(const TensorId filter, append_move(context, "transpose", "filter", given,
                                                     {{"perm", Ints{4, 0, 1, 2, 3}}}));
    const Shape kernel = context.shape(filter);
    Geometry geometry{
        {options->stride_d(), options->stride_h(), options->stride_w()},
        {options->dilation_d_factor(), options->dilation_h_factor(), options->dilation_w_factor()},
        {}};
    EMBARK_RETURN_IF_ERROR(complete(geometry, context, options->padding(), context.shape(x),
                                    {kernel[1], kernel[2], kernel[3]}));
    Attributes attributes = geometry.attributes();
    const int64_t channels = context.shape(x)[4];
    if (channels % kernel[4] == 0 && channels != kernel[4]) {
        attributes.emplace("groups", channels / kernel[4]);
    }
    std::vector<TensorId> inputs{x, filter};
    EMBARK_RETURN_IF_ERROR(push_bias(context, 2, x, inputs));
    EMBARK_ASSIGN(const TensorId y, append(context, "conv3d", "", inputs, std::move(attributes)));
    return one(activate(context, y, options->fused_activation_function()));
}

/// Inputs: shape of the output, filter [out,kh,kw,in], x, bias.
Expected<std::vector<TensorId>> convert_transpose_conv(OperatorContext &context) {
    EMBARK_ASSIGN(const auto *options,
                  required(context.op.builtin_options_as_TransposeConvOptions()));
    EMBARK_ASSIGN(const Ints shape, output_shape(context, 0));
    EMBARK_ASSIGN(const TensorId x, input(context, 2));
    EMBARK_ASSIGN(const TensorId filter, weights_input(context, 1, x, "filter"));
    EMBARK_RETURN_IF_ERROR(expect_rank(context, x, 4));
    EMBARK_RETURN_IF_ERROR(expect_rank(context, filter, 4));
    const Shape in = context.shape(x), kernel = context.shape(filter);
    const Ints strides{options->stride_h(), options->stride_w()};
    EMBARK_RETURN_IF_ERROR(check_window("stride", strides));
    if (shape.size() != 4 || shape[0] != in[0] || shape[3] != kernel[0]) {
        return invalid(fmt::format("output shape is {}, expected [{},height,width,{}]",
                                   to_string(shape), in[0], kernel[0]));
    }
    EMBARK_RETURN_IF_ERROR(check_window("output extent", std::span(shape).subspan(1, 2)));
    Ints padding, output_padding;
    for (size_t axis = 0; axis < 2; ++axis) {
        const int64_t out = shape[axis + 1], extent = kernel[axis + 1];
        // The padding of the convolution that this one transposes, from out to in.
        const bool same = options->padding() == schema::Padding::SAME;
        const int64_t before = same ? same_padding(out, extent, strides[axis], 1).first : 0;
        const int64_t after = (in[axis + 1] - 1) * strides[axis] + extent - before - out;
        padding.push_back(before);
        padding.push_back(std::max<int64_t>(after, 0));
        output_padding.push_back(std::max<int64_t>(-after, 0));
    }
    std::vector<TensorId> inputs{x, filter};
    EMBARK_RETURN_IF_ERROR(push_bias(context, 3, x, inputs));
    EMBARK_ASSIGN(
        const TensorId y,
        append(context, "conv_transpose2d", "", inputs,
               {{"strides", strides}, {"padding", padding}, {"output_padding", output_padding}}));
    return one(activate(context, y, options->fused_activation_function()));
}

namespace {

Expected<Attributes> pool_attributes(const OperatorContext &context, TensorId x,
                                     const schema::Pool2DOptions &options) {
    const Ints kernel{options.filter_height(), options.filter_width()};
    const Ints strides{options.stride_h(), options.stride_w()};
    EMBARK_RETURN_IF_ERROR(check_window("filter extent", kernel));
    EMBARK_RETURN_IF_ERROR(check_window("stride", strides));
    return Attributes{{"kernel", kernel},
                      {"strides", strides},
                      {"padding", explicit_padding(options.padding(), context.shape(x), kernel,
                                                   strides, {1, 1})}};
}

}  // namespace

Expected<std::vector<TensorId>> convert_pool(OperatorContext &context) {
    EMBARK_ASSIGN(const auto *options, required(context.op.builtin_options_as_Pool2DOptions()));
    EMBARK_ASSIGN(const TensorId x, image_input(context));
    EMBARK_ASSIGN(Attributes attributes, pool_attributes(context, x, *options));
    const bool average = context.source == "AVERAGE_POOL_2D";
    EMBARK_ASSIGN(const TensorId y, append(context, average ? "average_pool2d" : "max_pool2d", "",
                                           {x}, std::move(attributes)));
    return one(activate(context, y, options->fused_activation_function()));
}

/// The root of the mean of the squares.
Expected<std::vector<TensorId>> convert_l2_pool(OperatorContext &context) {
    EMBARK_ASSIGN(const auto *options, required(context.op.builtin_options_as_Pool2DOptions()));
    EMBARK_ASSIGN(const TensorId x, image_input(context));
    if (context.type(x).type != DataType::kFloat32) {
        return make_error(ErrorCode::kUnsupported, fmt::format("reads {}, expected float32",
                                                               to_string(context.type(x).type)));
    }
    EMBARK_ASSIGN(Attributes attributes, pool_attributes(context, x, *options));
    EMBARK_ASSIGN(const TensorId squares, append(context, "square", "square", {x}));
    EMBARK_ASSIGN(const TensorId means,
                  append(context, "average_pool2d", "mean", {squares}, std::move(attributes)));
    EMBARK_ASSIGN(const TensorId y, append(context, "sqrt", "", {means}));
    return one(activate(context, y, options->fused_activation_function()));
}

}  // namespace embark::tflite
