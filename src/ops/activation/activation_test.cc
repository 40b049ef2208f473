#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>

#include "ops/testing.h"

namespace embark {
namespace {

/// The definitions of Keras 3, in double.
struct Definition {
    std::string op;
    std::function<double(double)> value;
    int64_t macc;
    Attributes attributes = {};
};

double sigmoid(double x) {
    return 1 / (1 + std::exp(-x));
}
double relu6(double x) {
    return std::min(std::max(x, 0.0), 6.0);
}

const std::vector<Definition> &definitions() {
    static const std::vector<Definition> all = {
        {"relu", [](double x) { return std::max(x, 0.0); }, 1},
        {"relu6", relu6, 1},
        {"sigmoid", sigmoid, 10},
        {"tanh", [](double x) { return std::tanh(x); }, 10},
        {"softplus", [](double x) { return std::log1p(std::exp(x)); }, 10},
        {"softsign", [](double x) { return x / (1 + std::fabs(x)); }, 1},
        {"swish", [](double x) { return x * sigmoid(x); }, 10},
        {"selu",
         [](double x) {
             return 1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * std::expm1(x));
         },
         10},
        {"exp", [](double x) { return std::exp(x); }, 10},
        {"hard_sigmoid", [](double x) { return relu6(x + 3) / 6; }, 1},
        {"hard_swish", [](double x) { return x * relu6(x + 3) / 6; }, 1},
        {"leaky_relu", [](double x) { return x > 0 ? x : 0.25 * x; }, 1, {{"alpha", 0.25}}},
        {"elu", [](double x) { return x > 0 ? x : std::expm1(x); }, 10},
        {"elu", [](double x) { return x > 0 ? x : 0.5 * std::expm1(x); }, 10, {{"alpha", 0.5}}},
        {"gelu", [](double x) { return x / 2 * (1 + std::erf(x / std::sqrt(2.0))); }, 10},
        {"gelu",
         [](double x) {
             return x / 2 * (1 + std::tanh(0.7978845608028654 * (x + 0.044715 * x * x * x)));
         },
         10,
         {{"approximate", int64_t{1}}}},
        {"clip",
         [](double x) { return std::min(std::max(x, -1.0), 2.0); },
         1,
         {{"min", -1.0}, {"max", 2.0}}},
        {"clip", [](double x) { return std::min(x, 2.0); }, 1, {{"max", 2.0}}},
    };
    return all;
}

TEST(Activation, FollowsItsDefinition) {
    std::vector<float> x;
    for (int i = -4000; i <= 4000; ++i) x.push_back(static_cast<float>(i) / 200.0f);
    for (const Definition &definition : definitions()) {
        const OpCase test{
            definition.op, {1, static_cast<int64_t>(x.size())}, {}, definition.attributes};
        const auto y = test.run(x);
        for (size_t i = 0; i < x.size(); ++i) {
            const double expected = definition.value(x[i]);
            ASSERT_NEAR(y[i], expected, 5e-7 * std::max(1.0, std::fabs(expected)))
                << definition.op << "(" << x[i] << ")";
        }
    }
}

TEST(Activation, CoversEveryRowOfItsFamily) {
    for (const OpDefinition &op : all_ops()) {
        if (!op.has(kActivation)) continue;
        bool found = false;
        for (const Definition &definition : definitions()) found |= definition.op == op.name;
        EXPECT_TRUE(found) << op.name;
    }
}

TEST(Activation, CountsTenForThoseThatNeedExp) {
    for (const Definition &definition : definitions()) {
        const OpCase test{definition.op, {1, 2, 3}, {}, definition.attributes};
        EXPECT_EQ(test.macc(), 6 * definition.macc) << definition.op;
        EXPECT_EQ(test.inferred(), "[1,2,3]");
    }
}

TEST(Activation, ClampsKeepNotANumber) {
    const float nan = std::numeric_limits<float>::quiet_NaN();
    EXPECT_TRUE(std::isnan((OpCase{"relu", {1, 1}, {}}).run({nan})[0]));
    EXPECT_TRUE(std::isnan((OpCase{"relu6", {1, 1}, {}}).run({nan})[0]));
}

TEST(Activation, ExplainsBadOperands) {
    EXPECT_EQ((OpCase{"leaky_relu", {1, 1}, {}}).inferred(), "attribute alpha is missing");
    EXPECT_EQ((OpCase{"relu", {1, 1}, {{1, 1}}}).inferred(), "has 2 inputs, expected 1");
    EXPECT_EQ((OpCase{"relu", {1, 0}, {}}).inferred(),
              "input 0 has shape [1,0], expected extents of at least 1");
    EXPECT_EQ((OpCase{"clip", {1, 1}, {}, {{"min", 2.0}, {"max", 1.0}}}).inferred(),
              "clip from 2 to 1, expected min <= max");
    const Graph graph = graph_with_input({1, 1}, DataType::kInt8);
    EXPECT_EQ(find_op("tanh")->infer(graph, make_node("tanh", "n", {0})).error().message,
              "tanh is not supported for int8");
}

}  // namespace
}  // namespace embark
