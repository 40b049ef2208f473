#include <emk/f32.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "ops/node_testing.h"
#include "ops/testing.h"

namespace embark {
namespace {

std::vector<float> apply(std::string op, Shape a, std::vector<float> left, Shape b,
                         std::vector<float> right) {
    OpCase test{std::move(op), std::move(a), {std::move(b)}};
    test.constant_values = {std::move(right)};
    return test.run(left);
}

using Floats = std::vector<float>;

TEST(Binary, CombinesElementByElement) {
    EXPECT_EQ(apply("add", {1, 2}, {1, 2}, {1, 2}, {10, 20}), (Floats{11, 22}));
    EXPECT_EQ(apply("subtract", {1, 2}, {1, 2}, {1, 2}, {10, 20}), (Floats{-9, -18}));
    EXPECT_EQ(apply("multiply", {1, 2}, {1, 2}, {1, 2}, {10, 20}), (Floats{10, 40}));
    EXPECT_EQ(apply("maximum", {1, 2}, {1, 20}, {1, 2}, {10, 2}), (Floats{10, 20}));
    EXPECT_EQ(apply("minimum", {1, 2}, {1, 20}, {1, 2}, {10, 2}), (Floats{1, 2}));
}

TEST(Binary, BroadcastsTheSecondOperand) {
    EXPECT_EQ(apply("add", {1, 2, 2}, {1, 2, 3, 4}, {2}, {10, 20}), (Floats{11, 22, 13, 24}));
    EXPECT_EQ(apply("add", {1, 2, 2}, {1, 2, 3, 4}, {1, 2, 1}, {10, 20}), (Floats{11, 12, 23, 24}));
    EXPECT_EQ(apply("add", {1, 2, 2}, {1, 2, 3, 4}, {}, {10}), (Floats{11, 12, 13, 14}));
    EXPECT_EQ(apply("add", {2, 1, 2, 1}, {1, 2, 3, 4}, {2, 1, 1, 1}, {10, 20}),
              (Floats{11, 12, 23, 24}));
}

TEST(Binary, BroadcastsBothOperands) {
    const auto sums = run_node("add", {operand({2, 1}, std::vector<float>{1, 2}),
                                       operand({3}, std::vector<float>{10, 20, 30})});
    EXPECT_EQ(values_of(sums[0]), (Floats{11, 21, 31, 12, 22, 32}));
    const auto tests = run_node("less", {operand({}, std::vector<int64_t>{2}),
                                         operand({2, 2}, std::vector<int64_t>{1, 2, 3, -4})});
    EXPECT_EQ(tests[0], (Bytes{0, 0, 1, 0}));
    EXPECT_EQ(inferred("add", {noise_operand({4, 1, 3}), noise_operand({2, 1})}), "[4,2,3]");
    EXPECT_EQ(inferred("add", {noise_operand({4}), noise_operand({1, 4})}), "[1,4]");
}

TEST(Binary, WalksSixAxesThatCannotBeMerged) {
    const Operand a = noise_operand({2, 1, 2, 1, 2, 1}), b = noise_operand({1, 2, 1, 2, 1, 2}, 5);
    const auto sums = values_of(run_node("subtract", {a, b})[0]);
    const auto left = values_of(a.bytes), right = values_of(b.bytes);
    ASSERT_EQ(sums.size(), 64u);
    for (size_t i = 0; i < 64; ++i) {
        const size_t x = (i >> 5 & 1) * 4 + (i >> 3 & 1) * 2 + (i >> 1 & 1);
        const size_t y = (i >> 4 & 1) * 4 + (i >> 2 & 1) * 2 + (i & 1);
        EXPECT_EQ(sums[i], left[x] - right[y]);
    }
    EXPECT_EQ(inferred("add", {noise_operand({2, 1, 2, 1, 2, 1, 2}),
                               noise_operand({1, 2, 1, 2, 1, 2, 1})}),
              "shape [2,2,2,2,2,2,2] needs a walk over 7 axes, expected at most 6");
}

TEST(Binary, ExplainsOperandsThatDoNotFit) {
    EXPECT_EQ((OpCase{"add", {1, 4}, {{3}}}).inferred(),
              "inputs have shapes [1,4] and [3], expected ones that broadcast to each other");
    EXPECT_EQ(inferred("add", {noise_operand({2}), operand({2}, std::vector<int32_t>{1, 2})}),
              "inputs are float32 and int32, expected one type for both");
    EXPECT_EQ(inferred("bitwise_and", {noise_operand({2}), noise_operand({2})}),
              "bitwise_and is not supported for float32");
    EXPECT_EQ(inferred("prelu", {noise_operand({2}), noise_operand({3, 2})}),
              "slope has shape [3,2], expected one that broadcasts to [2]");
}

/// One operator on integers of type T, element by element.
template <typename T>
std::vector<T> integers(const std::string &op, const std::vector<T> &a, const std::vector<T> &b) {
    const auto count = static_cast<int64_t>(a.size());
    return values_of<T>(run_node(op, {operand({count}, a), operand({count}, b)})[0]);
}

template <typename T>
class BinaryOnIntegers : public testing::Test {};
using SignedTypes = testing::Types<int8_t, int16_t, int32_t, int64_t>;
TYPED_TEST_SUITE(BinaryOnIntegers, SignedTypes);

TYPED_TEST(BinaryOnIntegers, NeverTraps) {
    using T = TypeParam;
    using V = std::vector<T>;
    constexpr T kLeast = std::numeric_limits<T>::min(), kMost = std::numeric_limits<T>::max();
    const V a = {7, -7, 7, -7, 5, kLeast, kLeast}, b = {2, 2, -2, -2, 0, -1, 0};
    EXPECT_EQ(integers<T>("divide", a, b), (V{3, -3, -3, 3, 0, kLeast, 0}));
    EXPECT_EQ(integers<T>("floor_divide", a, b), (V{3, -4, -4, 3, 0, kLeast, 0}));
    EXPECT_EQ(integers<T>("fmod", a, b), (V{1, -1, 1, -1, 0, 0, 0}));
    EXPECT_EQ(integers<T>("floor_mod", a, b), (V{1, 1, -1, -1, 0, 0, 0}));
    EXPECT_EQ(integers<T>("add", V{kMost, 1}, V{1, 2}), (V{kLeast, 3}));
    EXPECT_EQ(integers<T>("subtract", V{kLeast, 1}, V{1, 2}), (V{kMost, -1}));
    EXPECT_EQ(integers<T>("multiply", V{kLeast, -3}, V{-1, 5}), (V{kLeast, -15}));
    EXPECT_EQ(integers<T>("squared_difference", V{kMost, -3}, V{-1, 5}), (V{0, 64}));
    EXPECT_EQ(integers<T>("maximum", a, b), (V{7, 2, 7, -2, 5, -1, 0}));
    EXPECT_EQ(integers<T>("minimum", a, b), (V{2, -7, -2, -7, 0, kLeast, kLeast}));
    EXPECT_EQ(integers<T>("prelu", V{3, -3, kLeast}, V{5, 5, -1}), (V{3, -15, kLeast}));
    EXPECT_EQ(integers<T>("bitwise_xor", V{5, -1}, V{3, 0}), (V{6, -1}));
    EXPECT_EQ(integers<T>("shift_left", V{3, -1, 1, 1}, V{2, 1, 100, -1}), (V{12, -2, 0, 0}));
    EXPECT_EQ(integers<T>("shift_right", V{12, -5, -1, 1}, V{2, 1, 100, -1}), (V{3, -3, -1, 0}));
}

TEST(Binary, DividesUnsignedIntegers) {
    using V = std::vector<uint64_t>;
    constexpr uint64_t kMost = std::numeric_limits<uint64_t>::max();
    EXPECT_EQ(integers<uint64_t>("divide", V{kMost, 7}, V{2, 0}), (V{kMost / 2, 0}));
    EXPECT_EQ(integers<uint64_t>("floor_mod", V{kMost, 7}, V{10, 0}), (V{5, 0}));
    EXPECT_EQ(integers<uint64_t>("shift_right", V{kMost, 7}, V{63, 64}), (V{1, 0}));
    using Small = std::vector<uint16_t>;
    EXPECT_EQ(integers<uint16_t>("multiply", Small{65535}, Small{65535}), (Small{1}));
}

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

TEST(Binary, KeepsNanLikeNumpy) {
    const Operand a = operand({4}, Floats{kNan, 1, kNan, 3}),
                  b = operand({4}, Floats{1, kNan, kNan, 2});
    for (const char *op : {"maximum", "minimum"}) {
        const auto found = values_of(run_node(op, {a, b})[0]);
        for (size_t i = 0; i < 3; ++i) EXPECT_TRUE(std::isnan(found[i])) << op << i;
    }
    EXPECT_EQ(run_node("less", {a, b})[0], (Bytes{0, 0, 0, 0}));
    EXPECT_EQ(run_node("greater_equal", {a, b})[0], (Bytes{0, 0, 0, 1}));
    EXPECT_EQ(run_node("equal", {a, a})[0], (Bytes{0, 1, 0, 1}));
    EXPECT_EQ(run_node("not_equal", {a, a})[0], (Bytes{1, 0, 1, 0}));
}

TEST(Binary, DividesFloats) {
    const Operand a = operand({5}, Floats{7, -7, 7, -7, 1}),
                  b = operand({5}, Floats{2, 2, -2, -2, 0});
    EXPECT_EQ(values_of(run_node("divide", {a, b})[0]),
              (Floats{3.5f, -3.5f, -3.5f, 3.5f, kInfinity}));
    const auto python = values_of(run_node("floor_mod", {a, b})[0]);
    EXPECT_EQ(Floats(python.begin(), python.end() - 1), (Floats{1, 1, -1, -1}));
    EXPECT_TRUE(std::isnan(python[4]));
    const auto c = values_of(run_node("fmod", {a, b})[0]);
    EXPECT_EQ(Floats(c.begin(), c.end() - 1), (Floats{1, -1, 1, -1}));
    const auto quotient = values_of(run_node("floor_divide", {a, b})[0]);
    EXPECT_EQ(quotient, (Floats{3, -4, -4, 3, kInfinity}));
}

TEST(Binary, ComputesTruthValues) {
    Operand a = operand({4}, std::vector<uint8_t>{0, 0, 1, 2}), b = a;
    b.bytes = {0, 1, 0, 1};
    a.type.type = b.type.type = DataType::kBool;
    EXPECT_EQ(run_node("and", {a, b})[0], (Bytes{0, 0, 0, 1}));
    EXPECT_EQ(run_node("or", {a, b})[0], (Bytes{0, 1, 1, 1}));
    EXPECT_EQ(run_node("xor", {a, b})[0], (Bytes{0, 1, 1, 0}));
    EXPECT_EQ(run_node("equal", {a, b})[0], (Bytes{1, 0, 0, 0}));
    EXPECT_EQ(inferred("add", {a, b}), "add is not supported for bool");
    EXPECT_EQ(inferred("less", {a, b}), "less is not supported for bool");
    EXPECT_EQ(inferred("and", {noise_operand({2}), noise_operand({2})}),
              "and is not supported for float32");
}

TEST(Power, TakesExponentsOfAnotherType) {
    const Operand ints = operand({4}, std::vector<int64_t>{0, 2, 3, -1});
    EXPECT_EQ(values_of(run_node("power", {operand({4}, Floats{5, -3, 0.5f, 2}), ints})[0]),
              (Floats{1, 9, 0.125f, 0.5f}));
    EXPECT_EQ(values_of<int32_t>(
                  run_node("power", {operand({4}, std::vector<int32_t>{5, -3, 10, -1}), ints})[0]),
              (std::vector<int32_t>{1, 9, 1000, -1}));
    EXPECT_EQ(values_of<int32_t>(run_node("power", {operand({2}, std::vector<int32_t>{9, 2}),
                                                    operand({2}, Floats{0.5f, 40})})[0]),
              (std::vector<int32_t>{3, std::numeric_limits<int32_t>::max()}));
}

TEST(Binary, AgreesWithTheTunedKernelBitForBit) {
    Floats a = noise(200), b = noise(200, 9);
    a[3] = kNan, b[4] = kNan, a[5] = kInfinity, b[5] = -kInfinity, a[6] = 0.0f, b[6] = -0.0f;
    const char *names[] = {"add", "subtract", "multiply", "maximum", "minimum"};
    for (int32_t operation = EMK_ADD; operation <= EMK_MINIMUM; ++operation) {
        emk_binary_f32_args args = {};
        args.epilogue.low = -kInfinity, args.epilogue.high = kInfinity;
        args.operation = operation;
        const int32_t shape[4] = {1, 1, 10, 20};
        for (int axis = 0; axis < 4; ++axis) args.shape[axis] = shape[axis];
        args.a_stride[2] = args.b_stride[2] = 20;
        args.a_stride[3] = args.b_stride[3] = 1;
        Bytes tuned(800);
        emk_binary_f32(&args, a.data(), b.data(), reinterpret_cast<float *>(tuned.data()));
        EXPECT_EQ(run_node(names[operation], {operand({10, 20}, a), operand({10, 20}, b)})[0],
                  tuned)
            << names[operation];
    }
}

TEST(Binary, CostsOnePerOutput) {
    EXPECT_EQ((OpCase{"add", {1, 4, 5}, {{5}}}).macc(), 20);
}

}  // namespace
}  // namespace embark
