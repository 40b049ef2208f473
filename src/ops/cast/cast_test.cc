#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "ops/node_testing.h"

namespace embark {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

template <typename From, typename To>
std::vector<To> cast(const std::vector<From> &x, std::string_view to) {
    const auto count = static_cast<int64_t>(x.size());
    return values_of<To>(run_node("cast", {operand({count}, x)}, {{"to", std::string(to)}})[0]);
}

template <typename From, typename To>
void expect_saturated(std::string_view name) {
    constexpr To kLeast = std::numeric_limits<To>::lowest(), kMost = std::numeric_limits<To>::max();
    const auto infinity = static_cast<From>(kInfinity);
    const std::vector<From> x = {1.9f, -0.5f, infinity, -infinity, static_cast<From>(kNan), 100.0f};
    EXPECT_EQ((cast<From, To>(x, name)), (std::vector<To>{1, 0, kMost, kLeast, 0, 100})) << name;
}

template <typename From>
void expect_all_saturated() {
    expect_saturated<From, int8_t>("int8");
    expect_saturated<From, uint8_t>("uint8");
    expect_saturated<From, int16_t>("int16");
    expect_saturated<From, uint16_t>("uint16");
    expect_saturated<From, int32_t>("int32");
    expect_saturated<From, uint32_t>("uint32");
    expect_saturated<From, int64_t>("int64");
    expect_saturated<From, uint64_t>("uint64");
}

TEST(Cast, SaturatesFloatingPointToIntegers) {
    expect_all_saturated<float>();
    expect_all_saturated<double>();
    EXPECT_EQ((cast<float, int8_t>({127.9f, 128, -128.9f, -129}, "int8")),
              (std::vector<int8_t>{127, 127, -128, -128}));
}

TEST(Cast, KeepsTheLowBitsOfIntegers) {
    EXPECT_EQ((cast<int32_t, int8_t>({257, -1, 200}, "int8")), (std::vector<int8_t>{1, -1, -56}));
    EXPECT_EQ((cast<int8_t, uint64_t>({-1, 5}, "uint64")),
              (std::vector<uint64_t>{std::numeric_limits<uint64_t>::max(), 5}));
    EXPECT_EQ((cast<uint8_t, int64_t>({255}, "int64")), (std::vector<int64_t>{255}));
    EXPECT_EQ((cast<uint8_t, int8_t>({255}, "int8")), (std::vector<int8_t>{-1}));
    EXPECT_EQ((cast<int64_t, float>({-3, int64_t{1} << 40}, "float32")),
              (std::vector<float>{-3, 1099511627776.0f}));
    EXPECT_EQ((cast<int64_t, int64_t>({-3}, "int64")), (std::vector<int64_t>{-3}));
}

TEST(Cast, AsksForTruth) {
    EXPECT_EQ((cast<float, uint8_t>({0, -0.0f, 0.1f, static_cast<float>(kNan)}, "bool")),
              (std::vector<uint8_t>{0, 0, 1, 1}));
    EXPECT_EQ((cast<int32_t, uint8_t>({0, 256}, "bool")), (std::vector<uint8_t>{0, 1}));
    Operand truths = operand({2}, std::vector<uint8_t>{0, 1});
    truths.type.type = DataType::kBool;
    EXPECT_EQ(values_of(run_node("cast", {truths}, {{"to", std::string("float32")}})[0]),
              (std::vector<float>{0, 1}));
    EXPECT_EQ(run_node("cast", {truths}, {{"to", std::string("int8")}})[0], (Bytes{0, 1}));
}

// Every float16 through float32 and float64 and back.
TEST(Cast, KeepsEveryHalf) {
    std::vector<uint16_t> all(65536);
    for (size_t i = 0; i < all.size(); ++i) all[i] = static_cast<uint16_t>(i);
    Operand halves = operand({65536}, all);
    halves.type.type = DataType::kFloat16;
    for (const std::string type : {"float32", "float64"}) {
        Operand wide{{parse_data_type(type).value(), {65536}, {}}, {}};
        wide.bytes = run_node("cast", {halves}, {{"to", type}})[0];
        const auto back =
            values_of<uint16_t>(run_node("cast", {wide}, {{"to", std::string("float16")}})[0]);
        for (size_t i = 0; i < all.size(); ++i) {
            const bool nan = (i & 0x7C00) == 0x7C00 && (i & 0x3FF) != 0;
            if (nan)
                EXPECT_EQ(back[i] & 0x7E00, 0x7E00);
            else
                ASSERT_EQ(back[i], all[i]);
        }
    }
}

TEST(Cast, RoundsToTheNearestHalf) {
    const auto halves = [](const std::vector<double> &x) {
        return cast<double, uint16_t>(x, "float16");
    };
    // 1 + 2^-11 lies between two: the even one; a trace more, and it is the upper one.
    EXPECT_EQ(halves({1 + 0x1p-11, 1 + 0x1p-11 + 0x1p-40, 1 + 3 * 0x1p-11}),
              (std::vector<uint16_t>{0x3C00, 0x3C01, 0x3C02}));
    EXPECT_EQ(halves({65519.99, 65520, -1e300, 0x1p-25, 0x1.01p-25, -0x1p-24}),
              (std::vector<uint16_t>{0x7BFF, 0x7C00, 0xFC00, 0, 1, 0x8001}));
    EXPECT_EQ((cast<int32_t, uint16_t>({2049, 2051, -1, 70000}, "float16")),
              (std::vector<uint16_t>{0x6800, 0x6802, 0xBC00, 0x7C00}));
}

TEST(Cast, ExplainsBadTargets) {
    EXPECT_EQ(inferred("cast", {noise_operand({1})}), "attribute to is missing");
    EXPECT_NE(inferred("cast", {noise_operand({1})}, {{"to", std::string("string")}}), "[1]");
}

}  // namespace
}  // namespace embark
