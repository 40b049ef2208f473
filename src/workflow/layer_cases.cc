#include "workflow/layer_cases.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <optional>

#include "ops/packed_weights.h"
#include "ops/registry.h"

namespace embark {

namespace {

using Ints = std::vector<int64_t>;

class CaseMaker {
  public:
    explicit CaseMaker(uint64_t seed) : random_(seed), extremes_(random_extremes(random_)) {
        made_.graph.name = "trial";
    }

    RandomNumbers &random() { return random_; }

    TensorId add_input(Shape shape, float scale) {
        Bytes bytes(static_cast<size_t>(element_count(shape)));
        for (uint8_t &byte : bytes) {
            byte = static_cast<uint8_t>(random_.byte());
            if (extremes_.weights) byte = random_.one_in(3) ? 0x80 : 0x7F;
        }
        made_.inputs.push_back(std::move(bytes));
        const std::string name = fmt::format("x{}", made_.inputs.size());
        const TensorId id = made_.graph.add_activation(name, quantized(std::move(shape), scale));
        made_.graph.inputs.push_back(id);
        return id;
    }

    /// Random values of another shape, with the scale and zero point of \p id.
    TensorId add_constant_like(TensorId id, Shape shape) {
        TensorType type = made_.graph.tensor(id).type;
        type.shape = std::move(shape);
        Bytes bytes(type.bytes());
        for (uint8_t &byte : bytes) byte = static_cast<uint8_t>(random_.byte());
        return made_.graph.add_constant("limit", type, std::move(bytes));
    }

    /// Weights of \p channels along \p axis and a bias; \p taps are summed for an output.
    std::vector<TensorId> add_weights(const Shape &shape, int axis, int64_t taps) {
        const int64_t channels = shape[static_cast<size_t>(axis)];
        Bytes bytes(static_cast<size_t>(element_count(shape)));
        for (uint8_t &byte : bytes) {
            byte = static_cast<uint8_t>(random_.between(-127, 127));
            if (extremes_.weights) byte = random_.one_in(4) ? 0x81 : 0x7F;
            if (extremes_.weights && random_.one_in(64)) byte = 0x80;
        }
        TensorType type{DataType::kInt8, shape, {}};
        type.quantization = {weight_scales(channels, taps), {}, axis};
        type.quantization.zero_points.assign(type.quantization.scales.size(), 0);
        std::vector<TensorId> ids = {made_.graph.add_constant("weights", type, std::move(bytes))};
        if (extremes_.no_bias) return ids;
        std::vector<int32_t> bias;
        for (int64_t c = 0; c < channels; ++c) {
            bias.push_back(static_cast<int32_t>(random_.between(-20000, 20000)));
        }
        const auto *raw = reinterpret_cast<const uint8_t *>(bias.data());
        ids.push_back(made_.graph.add_constant("bias", {DataType::kInt32, {channels}, {}},
                                               Bytes(raw, raw + 4 * bias.size())));
        return ids;
    }

    LayerCase finish(const std::string &op, std::vector<TensorId> inputs, Attributes attributes,
                     std::optional<float> out_scale, std::string text) {
        if (extremes_.clamp) {
            const int64_t low = random_.between(-128, 100);
            attributes["clamp_low"] = low;
            attributes["clamp_high"] = random_.between(low, 127);
        }
        Graph &graph = made_.graph;
        Node node;
        node.op = node.name = op;
        node.inputs = std::move(inputs);
        node.attributes = std::move(attributes);
        const TensorId out = append_node(graph, node).value();
        TensorType &type = graph.tensor(out).type;
        type.quantization = out_scale ? quantized({}, *out_scale).quantization
                                      : graph.tensor(graph.inputs[0]).type.quantization;
        // As behind a ReLU, which is what the fastest variants are for.
        if (out_scale && random_.one_in(2)) type.quantization.zero_points = {-128};
        graph.outputs = {out};
        made_.text = op + " " + std::move(text);
        return std::move(made_);
    }

  private:
    TensorType quantized(Shape shape, float scale) {
        int64_t zero = random_.between(-128, 127);
        if (extremes_.zero_points) zero = random_.one_in(2) ? -128 : 127;
        TensorType type{DataType::kInt8, std::move(shape), {}};
        type.quantization = {{scale}, {static_cast<int32_t>(zero)}, 0};
        return type;
    }

    /// For inputs of scale 1 and outputs of scale 1.
    std::vector<float> weight_scales(int64_t channels, int64_t taps) {
        const double spread = 70.0 * 75.0 * std::sqrt(static_cast<double>(taps));
        std::vector<float> scales;
        for (int64_t c = 0; c < (extremes_.per_tensor ? 1 : channels); ++c) {
            double factor = 12.8 / spread * static_cast<double>(random_.between(5, 30));
            if (extremes_.scales && random_.one_in(3)) {
                factor = std::ldexp(0.999, -static_cast<int>(random_.between(1, 21)));
            }
            scales.push_back(static_cast<float>(factor));
        }
        return scales;
    }

    RandomNumbers random_;
    Extremes extremes_;
    LayerCase made_;
};

struct MapWindow {
    int64_t h, w, c;
    Ints kernel, strides, padding;

    bool fits() const {
        return kernel[0] <= h + padding[0] + padding[1] && kernel[1] <= w + padding[2] + padding[3];
    }
    std::string text() const {
        return fmt::format("{}x{}x{}, kernel {}x{}, strides {},{}, padding {},{},{},{}", h, w, c,
                           kernel[0], kernel[1], strides[0], strides[1], padding[0], padding[1],
                           padding[2], padding[3]);
    }
};

int64_t random_channels(RandomNumbers &random) {
    return random.between(1, random.one_in(4) ? 300 : random.one_in(2) ? 40 : 9);
}

MapWindow random_window(RandomNumbers &random, int64_t most_kernel) {
    while (true) {
        const auto side = [&] { return random.between(1, random.one_in(3) ? 33 : 9); };
        MapWindow map{side(), side(), random_channels(random), {}, {1, 1}, {0, 0, 0, 0}};
        map.kernel = {random.between(1, most_kernel), random.between(1, most_kernel)};
        if (random.one_in(2)) map.kernel = {3, 3};
        if (random.one_in(2)) map.strides.assign(2, random.between(1, 3));
        if (random.one_in(8)) map.strides[0] = random.between(1, 3);
        for (size_t i = 0; i < 4; ++i) {
            const int64_t most = map.kernel[i / 2] - 1;
            map.padding[i] = random.one_in(3) ? 0 : random.between(0, std::min<int64_t>(most, 2));
        }
        if (map.fits() && map.h * map.w * map.c <= 20000) return map;
    }
}

Attributes attributes_of(const MapWindow &map) {
    return {{"strides", map.strides}, {"padding", map.padding}};
}

}  // namespace

LayerCase make_depthwise_case(uint64_t seed) {
    CaseMaker maker(seed);
    MapWindow map = random_window(maker.random(), 5);
    if (maker.random().one_in(3)) {  // an output that may take the place of its input
        const int64_t top = maker.random().between(0, 2), left = maker.random().between(0, 2);
        map.kernel = {3, 3};
        map.strides = {1, 1};
        map.padding = {top, 2 - top, left, 2 - left};
        map.c = (map.c + 3) / 4 * 4;
    }
    std::vector<TensorId> inputs = {maker.add_input({1, map.h, map.w, map.c}, 1.0f)};
    const auto weights =
        maker.add_weights({map.kernel[0], map.kernel[1], map.c}, 2, map.kernel[0] * map.kernel[1]);
    inputs.insert(inputs.end(), weights.begin(), weights.end());
    return maker.finish("depthwise_conv2d", inputs, attributes_of(map), 1.0f, map.text());
}

LayerCase make_dense_case(uint64_t seed) {
    CaseMaker maker(seed);
    RandomNumbers &random = maker.random();
    const int64_t in = random.between(1, random.one_in(3) ? 300 : 40);
    const int64_t out = random.between(1, random.one_in(3) ? 300 : 40);
    const int64_t rows = random.one_in(4) ? random.between(1, 5) : 1;
    std::vector<TensorId> inputs = {maker.add_input({rows, in}, 1.0f)};
    const auto weights = maker.add_weights({out, in}, 0, in);
    inputs.insert(inputs.end(), weights.begin(), weights.end());
    return maker.finish("dense", inputs, {}, 1.0f, fmt::format("{}x{} -> {}", rows, in, out));
}

LayerCase make_add_case(uint64_t seed) {
    CaseMaker maker(seed);
    RandomNumbers &random = maker.random();
    const Shape shape = {1, random.between(1, 9), random.between(1, 9), random_channels(random)};
    const auto scale = [&] { return static_cast<float>(random.between(1, 100)) / 50.0f; };
    const float first = scale(), second = random.one_in(4) ? first : scale();
    const TensorId a = maker.add_input(shape, first), b = maker.add_input(shape, second);
    return maker.finish("add", {a, b}, {}, scale(), to_string(shape));
}

LayerCase make_limit_case(uint64_t seed) {
    CaseMaker maker(seed);
    RandomNumbers &random = maker.random();
    const Shape shape = {1, random.between(1, 9), random.between(1, 9), random_channels(random)};
    const TensorId x = maker.add_input(shape, 1.0f);
    return maker.finish(random.one_in(2) ? "maximum" : "minimum",
                        {x, maker.add_constant_like(x, {shape[3]})}, {}, std::nullopt,
                        to_string(shape));
}

LayerCase make_pool_case(uint64_t seed, const std::string &op) {
    CaseMaker maker(seed);
    MapWindow map = random_window(maker.random(), 7);
    if (maker.random().one_in(8)) {  // the whole map
        map.kernel = {map.h, map.w};
        map.padding.assign(4, 0);
    }
    Attributes attributes = attributes_of(map);
    attributes["kernel"] = map.kernel;
    const TensorId x = maker.add_input({1, map.h, map.w, map.c}, 1.0f);
    return maker.finish(op, {x}, attributes, std::nullopt, map.text());
}

namespace {

float real(RandomNumbers &random) {
    return static_cast<float>(random.between(-1000000, 1000000)) * 3.1e-6f;
}

TensorId add_floats(Graph &graph, const std::string &name, const Shape &shape,
                    const std::vector<float> &values) {
    const auto *raw = reinterpret_cast<const uint8_t *>(values.data());
    return graph.add_constant(name, {DataType::kFloat32, shape, {}},
                              Bytes(raw, raw + values.size() * sizeof(float)));
}

/// Weights [out, …] in one of the forms that packed_floats() finds.
std::vector<float> packable_weights(RandomNumbers &random, const Shape &shape) {
    const int64_t count = element_count(shape), depth = count / shape[0];
    const int64_t kind = random.between(0, 2);
    std::vector<float> levels(kind == 0 ? 16 : 200), values;
    for (float &level : levels) level = real(random);
    float scale = 1;
    for (int64_t i = 0; i < count; ++i) {
        if (i % depth == 0) scale = std::abs(real(random)) + 1e-3f;
        // The first one is the greatest of its row.
        const int64_t level = i % depth == 0 ? 127 : random.between(-127, 127);
        values.push_back(kind == 2 ? static_cast<float>(level) * scale
                                   : levels[static_cast<size_t>(level + 127) % levels.size()]);
    }
    return values;
}

LayerCase finish_floats(Node node, Shape in, const Shape &weights, RandomNumbers &random,
                        std::string text) {
    LayerCase made;
    Graph &graph = made.graph;
    graph.name = "trial";
    graph.inputs = {graph.add_activation("x", {DataType::kFloat32, std::move(in), {}})};
    node.name = node.op;
    node.inputs = {graph.inputs[0],
                   add_floats(graph, "weights", weights, packable_weights(random, weights))};
    if (!random.one_in(6)) {
        std::vector<float> bias(static_cast<size_t>(weights[0]));
        for (float &value : bias) value = real(random);
        node.inputs.push_back(add_floats(graph, "bias", {weights[0]}, bias));
    }
    graph.outputs = {append_node(graph, node).value()};
    Node &made_node = graph.nodes[0];
    made_node.attributes.insert_or_assign(std::string(kWeightBits),
                                          int64_t{packable_bits(graph, made_node).value()});
    Bytes bytes(graph.tensor(graph.inputs[0]).type.bytes());
    for (size_t at = 0; at < bytes.size(); at += sizeof(float)) {
        const float value = real(random);
        std::memcpy(&bytes[at], &value, sizeof value);
    }
    made.inputs = {std::move(bytes)};
    made.text = node.op + " " + std::move(text);
    return made;
}

}  // namespace

LayerCase make_packed_float_conv_case(uint64_t seed) {
    constexpr int64_t kProducts = 60000, kMostElements = 30000;
    RandomNumbers random(seed);
    const int64_t groups = random.one_in(3) ? random.between(1, 3) : 1;
    ConvCase c;
    do {
        c = random_conv_case(random, kProducts);
    } while ((c.in_h * c.in_w * c.in_c + c.out_h() * c.out_w() * c.out_c) * groups > kMostElements);
    Node node;
    node.op = "conv2d";
    node.attributes = {{"strides", Ints{c.stride_h, c.stride_w}},
                       {"dilations", Ints{c.dilation_h, c.dilation_w}},
                       {"padding", Ints{c.top, c.bottom, c.left, c.right}},
                       {"groups", groups}};
    return finish_floats(
        node, {1, c.in_h, c.in_w, c.in_c * groups},
        {c.out_c * groups, c.kernel_h, c.kernel_w, c.in_c}, random,
        fmt::format("{}x{}x{} -> {}, {} groups, kernel {}x{}, strides {},{}, dilations {},{}, "
                    "padding {},{},{},{}",
                    c.in_h, c.in_w, c.in_c * groups, c.out_c * groups, groups, c.kernel_h,
                    c.kernel_w, c.stride_h, c.stride_w, c.dilation_h, c.dilation_w, c.top, c.bottom,
                    c.left, c.right));
}

LayerCase make_packed_float_dense_case(uint64_t seed) {
    RandomNumbers random(seed);
    const int64_t in = random.between(1, random.one_in(3) ? 300 : 40);
    const int64_t out = random.between(1, random.one_in(3) ? 300 : 40);
    const int64_t rows = random.one_in(4) ? random.between(1, 5) : 1;
    Node node;
    node.op = "dense";
    return finish_floats(node, {rows, in}, {out, in}, random,
                         fmt::format("{}x{} -> {}", rows, in, out));
}

}  // namespace embark
