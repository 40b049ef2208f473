#include "workflow/kernel_cases.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "ops/packed_weights.h"
#include "ops/registry.h"

namespace embark {

namespace {

constexpr float kInputScale = 0.05f;

Quantization one_scale(float scale, int64_t zero) {
    return {{scale}, {static_cast<int32_t>(zero)}, 0};
}

int64_t zero_point(const Extremes &extremes, RandomNumbers &random) {
    if (extremes.zero_points) return random.one_in(2) ? -128 : 127;
    return random.between(-128, 127);
}

Bytes weight_bytes(const ConvCase &shape, const Extremes &extremes, RandomNumbers &random) {
    const int64_t taps = shape.kernel_h * shape.kernel_w * shape.in_c;
    Bytes bytes;
    for (int64_t o = 0; o < shape.out_c; ++o) {
        const bool empty = extremes.scales && random.one_in(8);
        const int64_t sign = random.one_in(2) ? 1 : -1;
        for (int64_t i = 0; i < taps; ++i) {
            int64_t weight = random.between(-127, 127);
            if (extremes.weights) weight = random.one_in(4) ? -sign * 127 : sign * 127;
            if (extremes.weights && random.one_in(16)) weight = -128;
            bytes.push_back(static_cast<uint8_t>(empty ? 0 : weight));
        }
    }
    return bytes;
}

/// Scales of the weights that spread the outputs over about three times the range of int8.
std::vector<float> weight_scales(const ConvCase &shape, const Extremes &extremes,
                                 RandomNumbers &random) {
    const double taps = static_cast<double>(shape.kernel_h * shape.kernel_w * shape.in_c);
    const double spread = 70.0 * 75.0 * std::sqrt(taps);
    std::vector<float> scales;
    const int64_t count = extremes.per_tensor ? 1 : shape.out_c;
    for (int64_t o = 0; o < count; ++o) {
        double factor = 128.0 / spread * static_cast<double>(random.between(5, 30)) / 10;
        if (extremes.scales && random.one_in(3)) {
            factor = std::ldexp(0.999, -static_cast<int>(random.between(1, 24)));
        }
        scales.push_back(static_cast<float>(factor / kInputScale));
    }
    return scales;
}

std::vector<int32_t> bias_values(const ConvCase &shape, const Extremes &extremes,
                                 RandomNumbers &random) {
    std::vector<int32_t> values;
    for (int64_t o = 0; o < shape.out_c; ++o) {
        int64_t bias = random.between(-20000, 20000);
        if (extremes.scales && random.one_in(8)) bias = random.between(-100000000, 100000000);
        values.push_back(static_cast<int32_t>(bias));
    }
    return values;
}

}  // namespace

Graph make_conv_case(const ConvCase &shape, const Extremes &extremes, uint64_t seed) {
    RandomNumbers random(seed);
    Graph graph;
    graph.name = "trial";
    TensorType x{DataType::kInt8, {1, shape.in_h, shape.in_w, shape.in_c}, {}};
    x.quantization = one_scale(kInputScale, zero_point(extremes, random));
    graph.inputs = {graph.add_activation("x", x)};
    TensorType filter{
        DataType::kInt8, {shape.out_c, shape.kernel_h, shape.kernel_w, shape.in_c}, {}};
    filter.quantization.scales = weight_scales(shape, extremes, random);
    filter.quantization.zero_points.assign(filter.quantization.scales.size(), 0);
    Node node;
    node.op = "conv2d";
    node.name = "conv";
    node.inputs = {0, graph.add_constant("filter", filter, weight_bytes(shape, extremes, random))};
    if (!extremes.no_bias) {
        const std::vector<int32_t> bias = bias_values(shape, extremes, random);
        const auto *raw = reinterpret_cast<const uint8_t *>(bias.data());
        node.inputs.push_back(graph.add_constant("bias", {DataType::kInt32, {shape.out_c}, {}},
                                                 Bytes(raw, raw + 4 * bias.size())));
    }
    node.attributes["strides"] = std::vector<int64_t>{shape.stride_h, shape.stride_w};
    node.attributes["dilations"] = std::vector<int64_t>{shape.dilation_h, shape.dilation_w};
    node.attributes["padding"] =
        std::vector<int64_t>{shape.top, shape.bottom, shape.left, shape.right};
    if (extremes.clamp) {
        const int64_t low = random.between(-128, 100);
        node.attributes["clamp_low"] = low;
        node.attributes["clamp_high"] = random.between(low, 127);
    }
    const TensorId out = append_node(graph, node).value();
    graph.tensor(out).type.quantization = one_scale(1.0f, zero_point(extremes, random));
    graph.outputs = {out};
    return graph;
}

Bytes make_conv_input(const ConvCase &shape, const Extremes &extremes, uint64_t seed) {
    RandomNumbers random(seed + 1000003);
    Bytes bytes(static_cast<size_t>(shape.in_h * shape.in_w * shape.in_c));
    for (uint8_t &byte : bytes) {
        byte = static_cast<uint8_t>(random.byte());
        if (extremes.weights) byte = random.one_in(3) ? 0x80 : 0x7F;
    }
    return bytes;
}

void store_as_indices(Graph &graph, uint64_t seed) {
    RandomNumbers random(seed + 29);
    Node &node = graph.nodes[0];
    std::array<uint8_t, 16> values;
    const auto count = static_cast<size_t>(random.between(1, 16));
    for (uint8_t &value : values) value = static_cast<uint8_t>(random.between(-127, 127));
    const Tensor &weights = graph.tensor(node.inputs[1]);
    Bytes bytes = *weights.data;
    for (uint8_t &byte : bytes) byte = values[byte % count];
    node.inputs[1] = graph.add_constant("levels", weights.type, std::move(bytes));
    node.attributes.insert_or_assign(std::string(kWeightBits),
                                     int64_t{packable_bits(graph, node).value()});
}

ConvCase random_conv_case(RandomNumbers &random, int64_t products) {
    while (true) {
        ConvCase c;
        c.in_h = random.between(1, random.one_in(3) ? 20 : 9);
        c.in_w = random.between(1, random.one_in(3) ? 20 : 9);
        c.in_c = random.between(1, random.one_in(4) ? 300 : random.one_in(2) ? 40 : 8);
        c.out_c = random.between(2, random.one_in(6) ? 300 : 20);
        const int64_t kind = random.between(1, 6);
        c.kernel_h = kind < 3 ? 3 : kind == 3 ? 1 : random.between(1, 7);
        c.kernel_w = kind < 3 ? 3 : kind == 3 ? 1 : random.between(1, 7);
        if (random.one_in(2)) c.stride_h = c.stride_w = random.between(1, 3);
        if (random.one_in(6)) c.stride_w = random.between(1, 3);
        if (random.one_in(6)) c.dilation_h = random.between(1, 3);
        if (random.one_in(6)) c.dilation_w = random.between(1, 3);
        if (!random.one_in(3)) {
            c.top = random.between(0, 3), c.bottom = random.between(0, 3);
            c.left = random.between(0, 3), c.right = random.between(0, 3);
        }
        const bool fits = (c.kernel_h - 1) * c.dilation_h + 1 <= c.in_h + c.top + c.bottom &&
                          (c.kernel_w - 1) * c.dilation_w + 1 <= c.in_w + c.left + c.right;
        if (fits && c.products() <= products) return c;
    }
}

Extremes random_extremes(RandomNumbers &random) {
    Extremes extremes;
    extremes.weights = random.one_in(5);
    extremes.zero_points = random.one_in(4);
    extremes.scales = random.one_in(4);
    extremes.clamp = random.one_in(5);
    extremes.per_tensor = random.one_in(5);
    extremes.no_bias = random.one_in(6);
    return extremes;
}

}  // namespace embark
