// conv2d, depthwise_conv2d, dense and conv_transpose2d on quantised operands: one kernel with the
// layers' geometry, and one multiplier per output channel or for all of them.

#include <cmath>
#include <limits>

#include "ops/conv_transpose/conv_transpose.h"
#include "ops/quantized.h"
#include "ops/window.h"

namespace embark {

namespace {

/// A kernel's name by the types that it takes.
struct LayerKernels {
    std::string_view q8, qu8, q16, q16_wide;
};
constexpr LayerKernels kConv = {"emk_conv_q8", "emk_conv_qu8", "emk_conv_q16", "emk_conv_q16_wide"};
constexpr LayerKernels kConvTranspose = {"emk_conv_transpose_q8", "emk_conv_transpose_qu8",
                                         "emk_conv_transpose_q16", "emk_conv_transpose_q16_wide"};

/// How TensorFlow Lite treats what is left open by the operands' types.
struct LayerRules {
    bool wide_without_bias;  ///< int16 without a bias is summed in 64 bits
    /// With one scale for all weights, the product of the scales of input and weights is rounded to
    /// float32.
    bool float_product;
};

/// \p int16 sums are as wide as the bias.
bool sums_are_wide(PortableInputs inputs, LayerRules rules) {
    if (inputs.size() < 3 || inputs[2] == nullptr) return rules.wide_without_bias;
    return inputs[2]->type == DataType::kInt64;
}

std::string_view kernel_for(const LayerKernels &kernels, DataType type, bool wide) {
    if (type == DataType::kInt8) return kernels.q8;
    if (type == DataType::kUint8) return kernels.qu8;
    return wide ? kernels.q16_wide : kernels.q16;
}

/// One for each scale of the weights.
std::vector<double> output_multipliers(const TensorType &x, const TensorType &weights,
                                       const TensorType &out, bool float_product) {
    const float in = x.quantization.scales[0];
    const double out_scale = out.quantization.scales[0];
    std::vector<double> multipliers;
    for (const float scale : weights.quantization.scales) {
        const bool rounded = float_product && weights.quantization.scales.size() == 1;
        const double product =
            rounded ? static_cast<double>(in * scale) : static_cast<double>(in) * scale;
        multipliers.push_back(product / out_scale);
    }
    return multipliers;
}

Status check_weight_zero_points(const TensorType &x, const TensorType &weights) {
    for (const int32_t zero : weights.quantization.zero_points) {
        if (zero == 0 || x.type == DataType::kUint8) continue;
        return make_error(ErrorCode::kUnsupported,
                          "weights have the zero point " + std::to_string(zero) + ", expected 0");
    }
    return Ok{};
}

Expected<PortableCall> layer_call(const Node &node, PortableInputs inputs, PortableOutputs outputs,
                                  const LayerKernels &kernels, const ConvGeometry &geometry,
                                  LayerRules rules) {
    const TensorType &x = *inputs[0], &weights = *inputs[1], &out = outputs[0];
    EMBARK_RETURN_IF_ERROR(check_quantized_output(out, x.type));
    EMBARK_RETURN_IF_ERROR(check_weight_zero_points(x, weights));
    const bool wide = x.type == DataType::kInt16 && sums_are_wide(inputs, rules);
    const bool float_product = rules.float_product || x.type == DataType::kUint8;
    PortableCall call{.function = kernel_for(kernels, x.type, wide),
                      .inputs = {0, 1, optional_input(inputs, 2)}};
    Field conv{"conv", Field::Kind::kStruct};
    conv.fields = conv_fields(geometry);
    EMBARK_ASSIGN(
        Field rescale,
        rescale_field(call, node, out, output_multipliers(x, weights, out, float_product), wide));
    call.fields = {std::move(conv), int_of("in_zero", x.quantization.zero_points[0]),
                   int_of("weight_zero", weights.quantization.zero_points[0]), std::move(rescale)};
    const int64_t results = geometry.batch * geometry.window.positions() * geometry.out_channels;
    const int64_t depth = geometry.in_channels / geometry.groups;
    call.cycles = geometry.products() * (wide ? 9 : 7) +
                  results * (geometry.window.taps() * (depth > 1 ? 20 : 26) + 45) + 300;
    return call;
}

}  // namespace

Expected<PortableCall> quantized_conv2d(const Node &node, PortableInputs inputs,
                                        PortableOutputs outputs) {
    EMBARK_ASSIGN(const ConvGeometry geometry,
                  make_conv_geometry(node, inputs[0]->shape, inputs[1]->shape));
    return layer_call(node, inputs, outputs, kConv, geometry, {false, false});
}

Expected<PortableCall> quantized_depthwise_conv2d(const Node &node, PortableInputs inputs,
                                                  PortableOutputs outputs) {
    const Shape &x = inputs[0]->shape, &filter = inputs[1]->shape;
    ConvGeometry geometry;
    geometry.batch = x[0];
    geometry.in_channels = geometry.groups = x[3];
    geometry.out_channels = geometry.filter_tap = filter[2];
    EMBARK_ASSIGN(geometry.window, make_volume_window(node, x, {filter[0], filter[1]}));
    return layer_call(node, inputs, outputs, kConv, geometry, {true, false});
}

Expected<PortableCall> quantized_dense(const Node &node, PortableInputs inputs,
                                       PortableOutputs outputs) {
    const Shape &weights = inputs[1]->shape;
    ConvGeometry geometry;
    geometry.batch = element_count(inputs[0]->shape) / weights[1];
    geometry.in_channels = geometry.filter_out = weights[1];
    geometry.out_channels = weights[0];
    return layer_call(node, inputs, outputs, kConv, geometry, {true, true});
}

Expected<PortableCall> quantized_conv_transpose(const Node &node, PortableInputs inputs,
                                                PortableOutputs outputs) {
    EMBARK_ASSIGN(const ConvGeometry geometry,
                  make_conv_transpose_geometry(node, inputs[0]->shape, inputs[1]->shape));
    return layer_call(node, inputs, outputs, kConvTranspose, geometry, {true, false});
}

}  // namespace embark
