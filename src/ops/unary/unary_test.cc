#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>

#include "ops/node_testing.h"

namespace embark {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

struct Definition {
    std::string op;
    std::function<double(double)> value;
    Attributes attributes = {};
};

double sign(double x) {
    return x > 0 ? 1 : x < 0 ? -1 : x;
}

const std::vector<Definition> &definitions() {
    static const std::vector<Definition> all = {
        {"abs", [](double x) { return std::fabs(x); }},
        {"neg", [](double x) { return -x; }},
        {"ceil", [](double x) { return std::ceil(x); }},
        {"floor", [](double x) { return std::floor(x); }},
        {"round", [](double x) { return std::nearbyint(x); }},
        {"sqrt", [](double x) { return std::sqrt(x); }},
        {"rsqrt", [](double x) { return 1 / std::sqrt(x); }},
        {"reciprocal", [](double x) { return 1 / x; }},
        {"square", [](double x) { return x * x; }},
        {"log", [](double x) { return std::log(x); }},
        {"sin", [](double x) { return std::sin(x); }},
        {"cos", [](double x) { return std::cos(x); }},
        {"tan", [](double x) { return std::tan(x); }},
        {"asin", [](double x) { return std::asin(x); }},
        {"acos", [](double x) { return std::acos(x); }},
        {"atan", [](double x) { return std::atan(x); }},
        {"sinh", [](double x) { return std::sinh(x); }},
        {"cosh", [](double x) { return std::cosh(x); }},
        {"asinh", [](double x) { return std::asinh(x); }},
        {"acosh", [](double x) { return std::acosh(x); }},
        {"atanh", [](double x) { return std::atanh(x); }},
        {"erf", [](double x) { return std::erf(x); }},
        {"sign", sign},
        {"mish", [](double x) { return x * std::tanh(std::log1p(std::exp(x))); }},
        {"thresholded_relu",
         [](double x) { return x > 0.5  ? x
                               : x != x ? x
                                        : 0; },
         {{"alpha", 0.5}}},
        {"shrink",
         [](double x) {
             return x < -1.5 ? x + 0.25 : x > 1.5 ? x - 0.25 : x != x ? x : 0;
         },
         {{"bias", 0.25}, {"lambd", 1.5}}},
        {"celu", [](double x) { return x > 0 ? x : 2 * std::expm1(x / 2); }, {{"alpha", 2.0}}},
        {"sigmoid", [](double x) { return 1 / (1 + std::exp(-x)); }},
        {"tanh", [](double x) { return std::tanh(x); }},
        {"softplus", [](double x) { return std::log1p(std::exp(x)); }},
        {"softsign", [](double x) { return x / (1 + std::fabs(x)); }},
        {"swish", [](double x) { return x / (1 + std::exp(-x)); }},
        {"exp", [](double x) { return std::exp(x); }},
        {"hard_sigmoid", [](double x) { return std::fmin(std::fmax(x + 3, 0), 6) / 6; }},
        {"leaky_relu", [](double x) { return x > 0 ? x : 0.25 * x; }, {{"alpha", 0.25}}},
        {"elu", [](double x) { return x > 0 ? x : std::expm1(x); }},
        {"gelu", [](double x) { return x / 2 * (1 + std::erf(x / std::sqrt(2.0))); }},
        {"relu", [](double x) { return x < 0 ? 0 : x; }},
        {"clip",
         [](double x) { return x < -1    ? -1
                               : x > 0.5 ? 0.5
                                         : x; },
         {{"min", -1.0}, {"max", 0.5}}},
    };
    return all;
}

template <typename T>
void expect_definition(const Definition &definition, double tolerance) {
    std::vector<T> x;
    for (int i = -160; i <= 160; ++i) x.push_back(static_cast<T>(i) / 32);
    const auto found = values_of<T>(run_node(
        definition.op, {operand({static_cast<int64_t>(x.size())}, x)}, definition.attributes)[0]);
    ASSERT_EQ(found.size(), x.size());
    for (size_t i = 0; i < x.size(); ++i) {
        const double expected = definition.value(static_cast<double>(x[i]));
        const auto value = static_cast<double>(found[i]);
        if (std::isnan(expected)) {
            EXPECT_TRUE(std::isnan(value)) << definition.op << " " << x[i];
        } else if (std::isinf(expected)) {
            EXPECT_EQ(value, expected) << definition.op << " " << x[i];
        } else {
            EXPECT_NEAR(value, expected, tolerance * std::fmax(1, std::fabs(expected)))
                << definition.op << " " << x[i];
        }
    }
}

TEST(Unary, ComputesWhatItsNameSays) {
    for (const Definition &definition : definitions()) {
        expect_definition<float>(definition, 1e-6);
        expect_definition<double>(definition, 1e-13);
    }
}

template <typename T>
std::vector<T> apply(const std::string &op, const std::vector<T> &x, Attributes attributes = {}) {
    const auto count = static_cast<int64_t>(x.size());
    return values_of<T>(run_node(op, {operand({count}, x)}, std::move(attributes))[0]);
}

template <typename T>
class UnaryOnIntegers : public testing::Test {};
using SignedTypes = testing::Types<int8_t, int16_t, int32_t, int64_t>;
TYPED_TEST_SUITE(UnaryOnIntegers, SignedTypes);

TYPED_TEST(UnaryOnIntegers, WrapsAtTheLeast) {
    using T = TypeParam;
    using V = std::vector<T>;
    constexpr T kLeast = std::numeric_limits<T>::min(), kMost = std::numeric_limits<T>::max();
    const V x = {3, -4, 0, kLeast, kMost};
    EXPECT_EQ(apply<T>("abs", x), (V{3, 4, 0, kLeast, kMost}));
    EXPECT_EQ(apply<T>("neg", x), (V{-3, 4, 0, kLeast, -kMost}));
    EXPECT_EQ(apply<T>("sign", x), (V{1, -1, 0, -1, 1}));
    EXPECT_EQ(apply<T>("square", x), (V{9, 16, 0, 0, 1}));
    EXPECT_EQ(apply<T>("bitwise_not", x), (V{-4, 3, -1, kMost, kLeast}));
    EXPECT_EQ(apply<T>("relu", x), (V{3, 0, 0, 0, kMost}));
    EXPECT_EQ(apply<T>("relu6", x), (V{3, 0, 0, 0, 6}));
    EXPECT_EQ(apply<T>("clip", x, {{"min", -3.0}}), (V{3, -3, 0, -3, kMost}));
    EXPECT_EQ(apply<T>("clip", x, {{"max", 2.0}}), (V{2, -4, 0, kLeast, 2}));
}

TEST(Unary, LeavesUnsignedIntegersPositive) {
    using V = std::vector<uint8_t>;
    EXPECT_EQ(apply<uint8_t>("abs", V{0, 200}), (V{0, 200}));
    EXPECT_EQ(apply<uint8_t>("sign", V{0, 200}), (V{0, 1}));
    EXPECT_EQ(inferred("neg", {operand({1}, V{1})}), "neg is not supported for uint8");
}

TEST(Unary, FindsWhatIsNoNumber) {
    const Operand x = operand({4}, std::vector<double>{kNan, kInfinity, -kInfinity, 1});
    EXPECT_EQ(run_node("is_nan", {x})[0], (Bytes{1, 0, 0, 0}));
    EXPECT_EQ(run_node("is_inf", {x})[0], (Bytes{0, 1, 1, 0}));
    EXPECT_EQ(run_node("is_inf", {x}, {{"detect_negative", int64_t{0}}})[0], (Bytes{0, 1, 0, 0}));
    EXPECT_EQ(run_node("is_inf", {x}, {{"detect_positive", int64_t{0}}})[0], (Bytes{0, 0, 1, 0}));
}

TEST(Unary, KeepsNan) {
    for (const Definition &definition : definitions()) {
        for (const float value :
             apply<float>(definition.op, {static_cast<float>(kNan)}, definition.attributes)) {
            EXPECT_TRUE(std::isnan(value)) << definition.op;
        }
        for (const double value : apply<double>(definition.op, {kNan}, definition.attributes)) {
            EXPECT_TRUE(std::isnan(value)) << definition.op;
        }
    }
}

TEST(Unary, ExplainsTypesThatItLacks) {
    EXPECT_EQ(inferred("sin", {operand({1}, std::vector<int32_t>{1})}),
              "sin is not supported for int32");
    EXPECT_EQ(inferred("not", {noise_operand({1})}), "not is not supported for float32");
    EXPECT_EQ(inferred("sigmoid", {operand({1}, std::vector<int32_t>{1})}),
              "sigmoid is not supported for int32");
    EXPECT_EQ(inferred("celu", {noise_operand({1})}, {{"alpha", 0.0}}),
              "alpha is 0, expected another number");
}

}  // namespace
}  // namespace embark
