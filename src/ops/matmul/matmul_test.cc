#include <gtest/gtest.h>

#include "ops/node_testing.h"

namespace embark {
namespace {

std::vector<float> counting(int64_t count) {
    std::vector<float> values(static_cast<size_t>(count));
    for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i);
    return values;
}

Operand counting_operand(Shape shape) {
    const auto values = counting(element_count(shape));
    return operand(std::move(shape), values);
}

TEST(MatMulInferShape, TreatsVectorsAsNumpyDoes) {
    const Operand vector = noise_operand({3}), matrix = noise_operand({3, 4});
    EXPECT_EQ(inferred("matmul", {vector, matrix}), "[4]");
    EXPECT_EQ(inferred("matmul", {noise_operand({5, 4, 3}), vector}), "[5,4]");
    EXPECT_EQ(inferred("matmul", {vector, vector}), "[]");
    EXPECT_EQ(inferred("matmul", {noise_operand({2, 1, 5, 3}), noise_operand({7, 3, 4})}),
              "[2,7,5,4]");
}

TEST(MatMulInferShape, ExplainsBadOperands) {
    EXPECT_EQ(inferred("matmul", {noise_operand({2, 3}), noise_operand({4, 5})}),
              "inputs have shapes [2,3] and [4,5], expected as many columns on the left (3) as "
              "rows on the right (4)");
    EXPECT_EQ(inferred("matmul", {noise_operand({2, 1, 3}), noise_operand({5, 3, 1})}),
              "inputs have shapes [2] and [5], expected batch axes that broadcast");
    EXPECT_EQ(inferred("matmul", {noise_operand({3}), operand<int32_t>({1}, {1})}),
              "inputs are float32 and int32, expected one type");
    EXPECT_EQ(inferred("matmul", {noise_operand({}), noise_operand({1})}),
              "input 0 is a scalar, expected a vector or matrices");
}

TEST(MatMul, MultipliesMatrices) {
    EXPECT_EQ(
        values_of(run_node("matmul", {counting_operand({2, 3}), counting_operand({3, 5})})[0]),
        (std::vector<float>{25, 28, 31, 34, 37, 70, 82, 94, 106, 118}));
}

TEST(MatMul, TransposesOperands) {
    // The same product from operands that lie the other way round.
    const auto plain = run_node("matmul", {noise_operand({3, 2}), noise_operand({2, 6}, 2)});
    const auto a = noise(6), b = noise(12, 2);
    std::vector<float> a_turned, b_turned;
    for (size_t k = 0; k < 2; ++k) {
        for (size_t m = 0; m < 3; ++m) a_turned.push_back(a[m * 2 + k]);
    }
    for (size_t n = 0; n < 6; ++n) {
        for (size_t k = 0; k < 2; ++k) b_turned.push_back(b[k * 6 + n]);
    }
    EXPECT_EQ(run_node("matmul", {operand({2, 3}, a_turned), operand({6, 2}, b_turned)},
                       {{"transpose_a", 1}, {"transpose_b", 1}}),
              plain);
}

TEST(MatMul, BroadcastsBatchAxes) {
    const auto out = values_of(
        run_node("matmul", {counting_operand({2, 1, 1, 2}), counting_operand({3, 2, 1})})[0]);
    // [0,1] and [2,3] times [0,1], [2,3], [4,5].
    EXPECT_EQ(out, (std::vector<float>{1, 3, 5, 3, 13, 23}));
    const auto vector = run_node("matmul", {counting_operand({2}), counting_operand({3, 2, 1})});
    EXPECT_EQ(values_of(vector[0]), (std::vector<float>{1, 3, 5}));
}

TEST(MatMul, IntegersWrap) {
    const auto small = run_node(
        "matmul", {operand<int32_t>({1, 2}, {INT32_MAX, -3}), operand<int32_t>({2, 1}, {2, 5})});
    EXPECT_EQ(values_of<int32_t>(small[0]), std::vector<int32_t>{-17});
    const auto big = run_node("matmul", {operand<int64_t>({2}, {int64_t{1} << 40, 3}),
                                         operand<int64_t>({2}, {1024, -4})});
    EXPECT_EQ(values_of<int64_t>(big[0]), std::vector<int64_t>{(int64_t{1} << 50) - 12});
    const auto doubles =
        run_node("matmul", {operand<double>({2}, {0.1, 3}), operand<double>({2}, {10, 0.5})});
    EXPECT_EQ(values_of<double>(doubles[0]), std::vector<double>{0.1 * 10 + 3 * 0.5});
}

TEST(MatMulInteger, SubtractsZeroPoints) {
    // ONNX's own example.
    const Operand a = operand<uint8_t>({4, 3}, {11, 7, 3, 10, 6, 2, 9, 5, 1, 8, 4, 0});
    const Operand b = operand<uint8_t>({3, 2}, {1, 4, 2, 5, 3, 6});
    const auto out =
        run_node("matmul_integer", {a, b, operand<uint8_t>({1}, {12}), operand<uint8_t>({1}, {0})});
    EXPECT_EQ(values_of<int32_t>(out[0]),
              (std::vector<int32_t>{-38, -83, -44, -98, -50, -113, -56, -128}));
}

TEST(MatMulInteger, TakesZeroPointsPerRowAndColumnAndBothSigns) {
    const Operand a = operand<int8_t>({2, 2}, {-128, 127, 5, -6});
    const Operand b = operand<uint8_t>({2, 2}, {255, 0, 3, 4});
    const auto out = run_node(
        "matmul_integer", {a, b, operand<int8_t>({2}, {-1, 2}), operand<uint8_t>({2}, {0, 200})});
    EXPECT_EQ(values_of<int32_t>(out[0]),
              (std::vector<int32_t>{-127 * 255 + 128 * 3, -127 * -200 + 128 * -196,
                                    3 * 255 + -8 * 3, 3 * -200 + -8 * -196}));
    EXPECT_EQ(
        inferred("matmul_integer", {a, b, absent_operand(), operand<uint8_t>({3}, {1, 2, 3})}),
        "zero point 1 is uint8 [3], expected uint8 with 1 or 2 elements");
}

}  // namespace
}  // namespace embark
