#include "ops/packed_weights.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "ops/testing.h"

namespace embark {
namespace {

using Ints = std::vector<int64_t>;

/// A layer whose weights take \p count values.
Graph layer(const std::string &op, Shape input, Shape filter, int count, bool bias) {
    Graph graph;
    graph.name = "test";
    graph.inputs = {graph.add_activation("x", {DataType::kInt8, input, {{0.1f}, {-7}, 0}})};
    const auto outs = static_cast<size_t>(filter[0]);
    Bytes weights;
    for (const float value : noise(element_count(filter), 9)) {
        weights.push_back(static_cast<uint8_t>(
            static_cast<int>((value + 1) / 2 * static_cast<float>(count)) * 9 - 60));
    }
    TensorType type{DataType::kInt8,
                    filter,
                    {std::vector<float>(outs, 0.02f), std::vector<int32_t>(outs, 0), 0}};
    std::vector<TensorId> inputs = {0, graph.add_constant("w", type, weights)};
    if (bias) {
        Bytes values(outs * 4, 0);
        for (size_t i = 0; i < outs; ++i) values[i * 4] = static_cast<uint8_t>(i * 7);
        inputs.push_back(graph.add_constant("b", {DataType::kInt32, {filter[0]}, {}}, values));
    }
    Node node = make_node(op, "n", inputs);
    if (op == "conv2d") {
        node.attributes = {{"padding", Ints{1, 0, 1, 1}},
                           {"strides", Ints{1, 2}},
                           {"groups", input[3] / filter[3]}};
    }
    graph.outputs = {append_node(graph, node).value()};
    graph.tensor(graph.outputs[0]).type.quantization = {{0.4f}, {3}, 0};
    return graph;
}

TEST(PackedWeights, GiveTheBytesOfTheUnpackedLayer) {
    for (const int count : {2, 4, 7, 16}) {
        for (const bool bias : {true, false}) {
            for (Graph graph : {layer("conv2d", {2, 6, 7, 4}, {6, 3, 2, 2}, count, bias),
                                layer("conv2d", {1, 5, 5, 3}, {4, 3, 3, 3}, count, bias),
                                layer("dense", {3, 37}, {9, 37}, count, bias)}) {
                Node &node = graph.nodes[0];
                const auto bits = packable_bits(graph, node);
                ASSERT_TRUE(bits.has_value());
                EXPECT_EQ(*bits, count == 2 ? 1 : count == 4 ? 2 : count == 7 ? 3 : 4);
                node.attributes.insert_or_assign(std::string(kWeightBits), int64_t{*bits});
                const auto call = packed_call(graph, node);
                ASSERT_TRUE(call.ok()) << to_string(call.error());
                Bytes input(graph.tensor(0).type.bytes());
                for (size_t i = 0; i < input.size(); ++i) input[i] = static_cast<uint8_t>(i * 91);
                const auto expected = evaluate(graph, std::vector<Bytes>{input}).value();
                std::vector<ConstTensorView> inputs = {{&graph.tensor(0).type, input.data()}};
                for (size_t i = 1; i < node.inputs.size(); ++i) {
                    const Tensor &tensor = graph.tensor(node.inputs[i]);
                    inputs.push_back({&tensor.type, tensor.data->data()});
                }
                Bytes found(expected[0].size());
                const TensorView output{&graph.tensor(graph.outputs[0]).type, found.data()};
                run_portable(*call, inputs, std::span(&output, 1));
                EXPECT_EQ(found, expected[0]);
            }
        }
    }
}

TEST(PackedWeights, RefusesWeightsOfMoreValues) {
    Graph graph = layer("dense", {1, 40}, {9, 40}, 17, true);
    EXPECT_FALSE(packable_bits(graph, graph.nodes[0]).has_value());
    graph.nodes[0].attributes.insert_or_assign(std::string(kWeightBits), int64_t{4});
    EXPECT_FALSE(packed_call(graph, graph.nodes[0]).ok());
}

Tensor floats(Shape shape, const std::vector<float> &values) {
    Graph graph;
    const auto *raw = reinterpret_cast<const uint8_t *>(values.data());
    return graph.tensor(graph.add_constant("w", {DataType::kFloat32, std::move(shape), {}},
                                           Bytes(raw, raw + values.size() * sizeof(float))));
}

std::vector<float> unpacked(const PackedFloats &packed, size_t depth) {
    std::vector<float> values;
    for (size_t i = 0; i < packed.indices.size(); ++i) {
        const float level = packed.levels.empty()
                                ? static_cast<float>(static_cast<int8_t>(packed.indices[i]))
                                : packed.levels[packed.indices[i]];
        values.push_back(level * (packed.scales.empty() ? 1.0f : packed.scales[i / depth]));
    }
    return values;
}

TEST(PackedFloats, AreLevelsOfFourOrEightBits) {
    for (const int count : {3, 16, 17, 256}) {
        std::vector<float> values;
        for (int i = 0; i < 600; ++i) {
            values.push_back(std::sin(static_cast<float>(i * 7 % count) * 1.7f));
        }
        values[0] = -0.0f;  // one of the values, since it stands for sin 0
        for (float &value : values) value = value == 0 ? -0.0f : value;
        const auto packed = packed_floats(floats({6, 100}, values));
        ASSERT_TRUE(packed.has_value());
        EXPECT_EQ(packed->bits, count <= 16 ? 4 : 8);
        EXPECT_TRUE(packed->scales.empty());
        EXPECT_EQ(unpacked(*packed, 100), values);
        EXPECT_TRUE(std::signbit(unpacked(*packed, 100)[0]));
    }
}

TEST(PackedFloats, AreIntegersTimesAScaleForEachRow) {
    std::vector<float> values;
    const float scales[] = {0.3f, 1e-20f, 7.77f, 0.0f, 3.3e-39f};
    for (const float scale : scales) {
        for (int i = -127; i <= 127; ++i)
            values.push_back(scale > 0 ? (static_cast<float>(i) + 0.0f) * scale : 0.0f);
    }
    const auto packed = packed_floats(floats({5, 255}, values));
    ASSERT_TRUE(packed.has_value());
    EXPECT_EQ(packed->bits, 8);
    EXPECT_TRUE(packed->levels.empty());
    EXPECT_EQ(unpacked(*packed, 255), values);
}

TEST(PackedFloats, AreNotFoundInOtherWeights) {
    std::vector<float> values = noise(600, 5);
    EXPECT_FALSE(packed_floats(floats({6, 100}, values)).has_value());
    for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i % 300) * 0.25f;
    EXPECT_FALSE(packed_floats(floats({1, 600}, values)).has_value());
    values[7] = std::numeric_limits<float>::quiet_NaN();
    EXPECT_FALSE(packed_floats(floats({1, 600}, values)).has_value());
}

}  // namespace
}  // namespace embark
