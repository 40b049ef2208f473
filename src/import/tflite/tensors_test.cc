#include "import/tflite/tensors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "import/tflite/test_file.h"

namespace embark::tflite {
namespace {

using schema::BuiltinOperator;
using testing::ElementsAre;
using testing::HasSubstr;

TEST(HalfToFloat, IsExactForAllKindsOfNumbers) {
    EXPECT_EQ(half_to_float(0x3c00), 1.0f);
    EXPECT_EQ(half_to_float(0xc000), -2.0f);
    EXPECT_EQ(half_to_float(0x7bff), 65504.0f);
    EXPECT_EQ(half_to_float(0x0400), 0x1p-14f);
    EXPECT_EQ(half_to_float(0x0001), 0x1p-24f);
    EXPECT_EQ(half_to_float(0x83ff), -1023 * 0x1p-24f);
    EXPECT_EQ(half_to_float(0x0000), 0.0f);
    EXPECT_TRUE(std::signbit(half_to_float(0x8000)));
    EXPECT_TRUE(std::isinf(half_to_float(0x7c00)));
    EXPECT_TRUE(std::isnan(half_to_float(0x7e00)));
}

/// x + constant, with the constant of any type through DEQUANTIZE.
struct DequantizedConstant {
    TestModel model;
    int constant = 0;
    template <typename T>
    DequantizedConstant(schema::TensorType type, std::vector<T> values) {
        const int x = model.add_input("x", {2, 2}), y = model.add_output("y", {2, 2});
        constant = model.add_constant("c", {2, 2}, type, values);
        const int f = model.add_tensor("f", {2, 2});
        model.add_operator(BuiltinOperator::DEQUANTIZE, {constant}, {f});
        model.add_operator(BuiltinOperator::ADD, {x, f}, {y});
    }
    std::vector<float> values() const {
        const Graph graph = model.graph();
        EXPECT_EQ(operators_of(graph), "add");
        if (graph.nodes.size() != 1) return {};
        const auto values = graph.tensor(graph.nodes[0].inputs[1]).values<float>();
        return {values.begin(), values.end()};
    }
};

TEST(TfliteTensors, Float16ConstantsBecomeFloat32) {
    const DequantizedConstant test(schema::TensorType::FLOAT16,
                                   std::vector<uint16_t>{0x3c00, 0xc000, 0, 0x3800});
    EXPECT_THAT(test.values(), ElementsAre(1.0f, -2.0f, 0.0f, 0.5f));
}

TEST(TfliteTensors, IntegerConstantsAreDequantizedPerChannel) {
    DequantizedConstant test(schema::TensorType::INT8, std::vector<int8_t>{10, -10, 20, 127});
    test.model.tensor(test.constant).quantization = quantized({0.5f, 2.0f}, {0, 7}, 1);
    EXPECT_THAT(test.values(), ElementsAre(5.0f, -34.0f, 10.0f, 240.0f));
    test.model.tensor(test.constant).quantization = quantized({0.5f, 2.0f}, {}, 0);
    EXPECT_THAT(test.values(), ElementsAre(5.0f, -5.0f, 40.0f, 254.0f));
}

TEST(TfliteTensors, Int4IsUnpackedLowerHalfFirst) {
    DequantizedConstant test(schema::TensorType::INT4, std::vector<uint8_t>{0x8f, 0x70});
    test.model.tensor(test.constant).quantization = quantized({1.0f}, {0});
    EXPECT_THAT(test.values(), ElementsAre(-1.0f, -8.0f, 0.0f, 7.0f));
}

TEST(TfliteTensors, Int4WeightsOfQuantizedLayersBecomeInt8) {
    TestModel model;
    const int x = model.add_input("x", {1, 3}, schema::TensorType::INT8);
    const int y = model.add_output("y", {1, 3}, schema::TensorType::INT8);
    const int w = model.add_constant("w", {3, 3}, schema::TensorType::INT4,
                                     std::vector<uint8_t>{0x21, 0x43, 0x65, 0xf7, 0x08});
    model.tensor(x).quantization = quantized({0.5f}, {1});
    model.tensor(y).quantization = quantized({0.25f}, {-3});
    model.tensor(w).quantization = quantized({1, 2, 3}, {0, 0, 0}, 0);
    model.add_operator(BuiltinOperator::FULLY_CONNECTED, {x, w}, {y},
                       schema::FullyConnectedOptionsT{});
    const Graph graph = model.graph();
    ASSERT_EQ(operators_of(graph), "dense");
    const Tensor &weights = graph.tensor(graph.nodes[0].inputs[1]);
    EXPECT_EQ(weights.type.type, DataType::kInt8);
    EXPECT_EQ(weights.type.quantization.scales.size(), 3u);
    const auto values = weights.values<int8_t>();
    EXPECT_THAT(std::vector<int>(values.begin(), values.end()),
                ElementsAre(1, 2, 3, 4, 5, 6, 7, -1, -8));
    EXPECT_EQ(graph.tensor(graph.outputs[0]).type.quantization.zero_points[0], -3);
}

/// The fault of a network whose input has such quantisation.
std::string fault_of(std::unique_ptr<schema::QuantizationParametersT> parameters,
                     schema::TensorType type = schema::TensorType::INT8) {
    TestModel model;
    const int x = model.add_input("x", {1, 3}, type), y = model.add_output("y", {1, 3}, type);
    model.tensor(x).quantization = std::move(parameters);
    model.add_operator(BuiltinOperator::RELU, {x}, {y});
    return model.fault();
}

TEST(TfliteTensors, QuantizationThatCannotBeIsNamed) {
    EXPECT_THAT(fault_of(quantized({0.0f}, {0})),
                HasSubstr("input 0 'x': has the scale 0, expected a positive number"));
    EXPECT_THAT(fault_of(quantized({NAN}, {0})), HasSubstr("has the scale nan"));
    EXPECT_THAT(fault_of(quantized({1.0f}, {300})),
                HasSubstr("has the zero point 300, expected -128 to 127"));
    EXPECT_THAT(fault_of(quantized({1.0f}, {-1}), schema::TensorType::UINT8),
                HasSubstr("has the zero point -1, expected 0 to 255"));
    EXPECT_THAT(fault_of(quantized({1.0f, 1.0f}, {0, 0}, 1)),
                HasSubstr("has 2 scales along axis 1 of shape [1,3]"));
    EXPECT_THAT(fault_of(quantized({1.0f, 1.0f, 1.0f}, {0, 0}, 1)),
                HasSubstr("has 3 scales and 2 zero points"));
}

TEST(TfliteTensors, TypesWithoutArithmeticAreNamed) {
    EXPECT_THAT(fault_of(nullptr, schema::TensorType::STRING),
                HasSubstr("input 0 'x': has the type STRING, expected numbers or booleans"));
    EXPECT_THAT(fault_of(nullptr, schema::TensorType::INT4), HasSubstr("is int4, expected int8"));
    EXPECT_THAT(fault_of(nullptr, static_cast<schema::TensorType>(99)),
                HasSubstr("has the type 99"));
}

TEST(TfliteTensors, ConstantsAreSharedAndCountedOnce) {
    TestModel model;
    const int x = model.add_input("x", {4}), a = model.add_tensor("a", {4});
    const int y = model.add_output("y", {4}), c = model.add_floats("c", {4});
    model.add_operator(BuiltinOperator::ADD, {x, c}, {a});
    model.add_operator(BuiltinOperator::MUL, {a, c}, {y});
    const Graph graph = model.graph();
    ASSERT_EQ(graph.nodes.size(), 2u);
    EXPECT_EQ(graph.nodes[0].inputs[1], graph.nodes[1].inputs[1]);
    EXPECT_EQ(graph.source.parameters, 4);
    EXPECT_EQ(graph.source.weights_bytes, 16u);
}

TEST(TfliteTensors, BuffersOutsideOfTheFileAreRefused) {
    TestModel model;
    const int x = model.add_input("x", {4}), y = model.add_output("y", {4});
    const int c = model.add_tensor("c", {4});
    model.tensor(c).buffer = 1;
    model.model().buffers.push_back(std::make_unique<schema::BufferT>());
    model.model().buffers.back()->offset = 5000;
    model.add_operator(BuiltinOperator::ADD, {x, c}, {y});
    EXPECT_THAT(model.fault(), HasSubstr("tensor 2 'c' lies outside of the FlatBuffer"));
}

}  // namespace
}  // namespace embark::tflite
