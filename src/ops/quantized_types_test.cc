#include <emk/fixed.h>
#include <gtest/gtest.h>

#include <cmath>

#include <cmath>

#include "ops/quantized.h"
#include "ops/quantized_tables.h"
#include "ops/testing.h"

namespace embark {
namespace {

TensorType quantized_type(DataType type, Shape shape, std::vector<float> scales, int32_t zero = 0,
                          int axis = 0) {
    const size_t count = scales.size();
    return {type, std::move(shape), {std::move(scales), std::vector<int32_t>(count, zero), axis}};
}

/// A dense layer of 4 features and 2 outputs on int8, whose parts a test may change.
struct DenseCase {
    TensorType x = quantized_type(DataType::kInt8, {1, 4}, {0.5f}, 3);
    TensorType weights = quantized_type(DataType::kInt8, {2, 4}, {0.25f});
    TensorType bias = {DataType::kInt32, {2}, {}};
    TensorType out = quantized_type(DataType::kInt8, {1, 2}, {0.125f}, -1);

    Graph graph() const {
        Graph graph;
        graph.inputs = {graph.add_activation("x", x)};
        graph.add_constant("w", weights, Bytes(weights.bytes(), 1));
        graph.add_constant("b", bias, Bytes(bias.bytes(), 0));
        return graph;
    }
    std::string inferred() const {
        const Graph operands = graph();
        const auto types = find_op("dense")->infer(operands, make_node("dense", "n", {0, 1, 2}));
        return types.ok() ? std::string(to_string(types->at(0).type)) : types.error().message;
    }
    Expected<Bytes> run(const Bytes &input, Attributes attributes = {}) const {
        Graph built = graph();
        const auto id = append_node(built, make_node("dense", "n", {0, 1, 2}, attributes));
        built.tensor(id.value()).type.quantization = out.quantization;
        built.outputs = {id.value()};
        EMBARK_ASSIGN(const auto outputs, evaluate(built, std::vector<Bytes>{input}));
        return outputs.at(0);
    }
};

TEST(QuantizedTypes, NeedAnIntegerAndAScale) {
    EXPECT_TRUE(is_quantized(quantized_type(DataType::kInt8, {1}, {1.0f})));
    EXPECT_FALSE(is_quantized({DataType::kInt8, {1}, {}}));
    EXPECT_FALSE(is_quantized(quantized_type(DataType::kInt32, {1}, {1.0f})));
}

TEST(QuantizedTypes, LayersSayWhichWeightsAndBiasFit) {
    EXPECT_EQ(DenseCase{}.inferred(), "int8");
    DenseCase test;
    test.weights = {DataType::kFloat32, {2, 4}, {}};
    EXPECT_EQ(test.inferred(), "input 1 is float32, expected quantised int8 for int8 activations");
    test = {};
    test.bias.type = DataType::kInt64;
    EXPECT_EQ(test.inferred(), "input 2 is int64, expected int32");
    test.x.type = DataType::kInt16;
    EXPECT_EQ(test.inferred(), "int16");
    test = {};
    test.weights = quantized_type(DataType::kInt8, {2, 4}, {1, 1, 1, 1}, 0, 1);
    EXPECT_EQ(test.inferred(), "weights have 4 scales along axis 1, expected 1, or 2 along axis 0");
}

TEST(QuantizedTypes, OutputsNeedAScale) {
    DenseCase test;
    test.out.quantization = {};
    const auto result = test.run(Bytes(4, 0));
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(result.error().message,
              "output is int8 with 0 scales, expected int8 with a positive scale");
}

TEST(QuantizedTypes, ClampAttributesLimitTheOutput) {
    // 4 features of (3 + q - 3) * 1: the sum is 4 * q; times 0.5 * 0.25 / 0.125 it stays 4 * q.
    const Bytes input(4, 3 + 5);
    EXPECT_EQ(DenseCase{}.run(input).value(), Bytes(2, 20 - 1));
    EXPECT_EQ(DenseCase{}.run(input, {{"clamp_high", int64_t{7}}}).value(), Bytes(2, 7));
    EXPECT_EQ(DenseCase{}.run(input, {{"clamp_low", int64_t{50}}}).value(), Bytes(2, 50));
}

TEST(SplitMultiplier, KeepsThirtyOneBits) {
    EXPECT_EQ(split_multiplier(1.0).multiplier, 1 << 30);
    EXPECT_EQ(split_multiplier(1.0).shift, 1);
    EXPECT_EQ(split_multiplier(0.75).multiplier, 3 << 29);
    EXPECT_EQ(split_multiplier(0.75).shift, 0);
    // The fraction rounds up to 1 and is halved.
    EXPECT_EQ(split_multiplier(1.0 - 1e-12).multiplier, 1 << 30);
    EXPECT_EQ(split_multiplier(1.0 - 1e-12).shift, 1);
    EXPECT_EQ(split_multiplier(1e-12).multiplier, 0);
    EXPECT_EQ(split_multiplier(0.0).shift, 0);
}

TEST(FixedPoint, RoundsHalvesAsDocumented) {
    EXPECT_EQ(emk_divide_by_power(3, 1), 2);
    EXPECT_EQ(emk_divide_by_power(-3, 1), -2);
    EXPECT_EQ(emk_divide_by_power(5, 2), 1);
    EXPECT_EQ(emk_multiply_q31(1, 1 << 30), 1);
    EXPECT_EQ(emk_multiply_q31(-1, 1 << 30), 0);
    EXPECT_EQ(emk_multiply_q31(EMK_INT32_MIN, EMK_INT32_MIN), EMK_INT32_MAX);
    EXPECT_EQ(emk_multiply_by_power(3 << 29, 1), EMK_INT32_MAX);
    EXPECT_EQ(emk_multiply_by_power(-(3 << 29), 1), EMK_INT32_MIN);
    EXPECT_EQ(emk_scale(10, 1 << 30, 0), 5);
    EXPECT_EQ(emk_scale(10, 1 << 30, 3), 40);
    EXPECT_EQ(emk_scale_wide(int64_t{1} << 40, 1 << 30, -19), 1 << 20);
}

TEST(FixedPoint, FollowsTheRealFunctions) {
    for (double x = 0.01; x < 15; x *= 1.3) {
        const auto q5 = static_cast<int32_t>(-x * (1 << 26));
        EXPECT_NEAR(emk_exp_q0(q5, 5) / 2147483648.0, std::exp(q5 / 67108864.0), 2e-7) << x;
    }
    for (double x = 1; x < 2000; x *= 1.7) {
        const auto q12 = static_cast<int32_t>(x * (1 << 19));
        EXPECT_NEAR(emk_log_q5(q12) / 67108864.0, std::log(x), 1e-4) << x;
    }
    for (int64_t x = 2; x < (1 << 30); x = x * 3 + 1) {
        const emk_scaled root = emk_reciprocal_root(static_cast<int32_t>(x));
        const double found = std::ldexp(root.raw / 2147483648.0, root.exponent);
        EXPECT_NEAR(found * std::sqrt(static_cast<double>(x)), 1.0, 2e-6) << x;
    }
}

TEST(InterpolationTable, MeetsTheFunctionBetweenItsPoints) {
    const auto table = interpolation_table([](float v) { return std::exp(v); }, {-10, 0}, {-1, 1});
    ASSERT_EQ(table.size(), 513u);
    EXPECT_EQ(table.back(), 32767);
    for (int x = -32768; x < 32768; x += 97) {
        const double real = std::exp((x / 65536.0 - 0.5) * 10.0);
        EXPECT_NEAR(emk_interpolate_q16(table.data(), x), real * 32768, 2.5) << x;
    }
}

}  // namespace
}  // namespace embark
