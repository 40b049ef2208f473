#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "ops/node_testing.h"

namespace embark {
namespace {

using Ints = std::vector<int64_t>;
using Floats = std::vector<float>;
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinity = std::numeric_limits<float>::infinity();

template <typename T>
std::vector<T> reduce(const std::string &op, Shape shape, const std::vector<T> &x, Ints axes) {
    return values_of<T>(
        run_node(op, {operand(std::move(shape), x)}, {{"axes", std::move(axes)}})[0]);
}

TEST(Reduce, TakesAnyAxes) {
    const Floats x = {1, 2, 3, 4, 5, 6, 7, 8};
    EXPECT_EQ(reduce("reduce_sum", {2, 2, 2}, x, {0}), (Floats{6, 8, 10, 12}));
    EXPECT_EQ(reduce("reduce_sum", {2, 2, 2}, x, {1}), (Floats{4, 6, 12, 14}));
    EXPECT_EQ(reduce("reduce_sum", {2, 2, 2}, x, {2}), (Floats{3, 7, 11, 15}));
    EXPECT_EQ(reduce("reduce_sum", {2, 2, 2}, x, {0, 2}), (Floats{14, 22}));
    EXPECT_EQ(reduce("reduce_sum", {2, 2, 2}, x, {0, 1, 2}), (Floats{36}));
    EXPECT_EQ(reduce("reduce_sum", {2, 2, 2}, x, {}), x);
    EXPECT_EQ(inferred("reduce_sum", {noise_operand({2, 3, 4})}), "[]");
    EXPECT_EQ(inferred("reduce_sum", {noise_operand({2, 3, 4})},
                       {{"axes", Ints{1}}, {"keep_dims", int64_t{1}}}),
              "[2,1,4]");
    EXPECT_EQ(inferred("reduce_sum", {noise_operand({2, 3, 4})}, {{"axes", Ints{3}}}),
              "attribute axes is [3], expected axes from 0 to 2");
}

TEST(Reduce, ComputesWhatItsNameSays) {
    const Floats x = {1, -2, 3, -4};
    const auto once = [&](const std::string &op) { return reduce(op, {4}, x, {0})[0]; };
    EXPECT_EQ(once("reduce_mean"), -0.5f);
    EXPECT_EQ(once("reduce_max"), 3.0f);
    EXPECT_EQ(once("reduce_min"), -4.0f);
    EXPECT_EQ(once("reduce_prod"), 24.0f);
    EXPECT_EQ(once("reduce_l1"), 10.0f);
    EXPECT_FLOAT_EQ(once("reduce_l2"), std::sqrt(30.0f));
    EXPECT_EQ(once("reduce_sum_square"), 30.0f);
    EXPECT_TRUE(std::isnan(once("reduce_log_sum")));
    EXPECT_FLOAT_EQ(once("reduce_log_sum_exp"),
                    std::log(std::exp(1.0f) + std::exp(-2.0f) + std::exp(3.0f) + std::exp(-4.0f)));
    EXPECT_FLOAT_EQ(reduce<float>("reduce_log_sum", {2}, {1, 2}, {0})[0], std::log(3.0f));
    EXPECT_DOUBLE_EQ(reduce<double>("reduce_l2", {2}, {3, 4}, {0})[0], 5.0);
    EXPECT_NEAR(reduce<double>("reduce_log_sum_exp", {2}, {1000, 1000}, {0})[0],
                1000 + std::log(2.0), 1e-10);
}

TEST(Reduce, KeepsNanAndInfinity) {
    for (const std::string op : {"reduce_max", "reduce_min", "reduce_log_sum_exp", "reduce_l1"}) {
        EXPECT_TRUE(std::isnan(reduce<float>(op, {3}, {1, kNan, 2}, {0})[0])) << op;
        EXPECT_TRUE(std::isnan(reduce<float>(op, {2}, {kNan, 2}, {0})[0])) << op;
    }
    EXPECT_EQ(reduce<float>("reduce_log_sum_exp", {2}, {-kInfinity, -kInfinity}, {0})[0],
              -kInfinity);
    EXPECT_EQ(reduce<float>("reduce_log_sum_exp", {2}, {kInfinity, 1}, {0})[0], kInfinity);
}

TEST(Reduce, TakesIntegersAndTruthValues) {
    using V = std::vector<int32_t>;
    const V x = {7, -9, 4, -8};
    EXPECT_EQ(reduce("reduce_sum", {4}, x, {0}), (V{-6}));
    EXPECT_EQ(reduce("reduce_mean", {4}, x, {0}), (V{-1}));
    EXPECT_EQ(reduce("reduce_prod", {4}, x, {0}), (V{2016}));
    EXPECT_EQ(reduce("reduce_l1", {4}, x, {0}), (V{28}));
    EXPECT_EQ(reduce<int32_t>("reduce_l2", {2}, {3, -4}, {0}), (V{5}));
    EXPECT_EQ(reduce("reduce_sum_square", {4}, x, {0}), (V{210}));
    EXPECT_EQ(reduce<int8_t>("reduce_max", {3}, {-5, -3, -9}, {0}), (std::vector<int8_t>{-3}));
    EXPECT_EQ(reduce<uint8_t>("reduce_min", {3}, {200, 100, 255}, {0}),
              (std::vector<uint8_t>{100}));
    Operand truths = operand({2, 2}, std::vector<uint8_t>{0, 1, 1, 1});
    truths.type.type = DataType::kBool;
    EXPECT_EQ(run_node("reduce_any", {truths}, {{"axes", Ints{0}}})[0], (Bytes{1, 1}));
    EXPECT_EQ(run_node("reduce_all", {truths}, {{"axes", Ints{0}}})[0], (Bytes{0, 1}));
    EXPECT_EQ(run_node("reduce_max", {truths}, {{"axes", Ints{0}}})[0], (Bytes{1, 1}));
    EXPECT_EQ(inferred("reduce_sum", {truths}), "reduce_sum is not supported for bool");
}

TEST(Arg, FindsTheFirstOrLastExtreme) {
    const Operand x = operand({2, 3}, Floats{1, 5, 5, -2, -2, 4});
    EXPECT_EQ(values_of<int64_t>(run_node("arg_max", {x}, {{"axis", int64_t{1}}})[0]),
              (Ints{1, 2}));
    EXPECT_EQ(values_of<int64_t>(
                  run_node("arg_max", {x}, {{"axis", int64_t{1}}, {"select_last", int64_t{1}}})[0]),
              (Ints{2, 2}));
    EXPECT_EQ(values_of<int32_t>(run_node("arg_min", {x},
                                          {{"axis", int64_t{1}}, {"to", std::string("int32")}})[0]),
              (std::vector<int32_t>{0, 0}));
    EXPECT_EQ(values_of<int64_t>(run_node("arg_max", {x}, {{"axis", int64_t{0}}})[0]),
              (Ints{0, 0, 0}));
    EXPECT_EQ(inferred("arg_max", {x}, {{"axis", int64_t{1}}, {"keep_dims", int64_t{1}}}), "[2,1]");
    EXPECT_EQ(inferred("arg_max", {x}, {{"axis", int64_t{2}}}),
              "attribute axis is 2, expected 0 to 1");
    const Operand odd = operand({3}, Floats{kInfinity, kNan, kNan});
    EXPECT_EQ(values_of<int64_t>(run_node("arg_max", {odd}, {{"axis", int64_t{0}}})[0]), (Ints{1}));
    EXPECT_EQ(values_of<int64_t>(run_node("arg_min", {odd}, {{"axis", int64_t{0}}})[0]), (Ints{1}));
}

TEST(TopK, SortsValuesAndIndices) {
    const Operand x = operand({2, 4}, Floats{3, 1, 3, 2, -1, kNan, -3, 7});
    auto out = run_node("top_k", {x}, {{"k", int64_t{3}}, {"axis", int64_t{1}}});
    auto values = values_of(out[0]);
    EXPECT_EQ(Floats(values.begin(), values.begin() + 3), (Floats{3, 3, 2}));
    EXPECT_TRUE(std::isnan(values[3]));
    EXPECT_EQ(Floats(values.begin() + 4, values.end()), (Floats{7, -1}));
    EXPECT_EQ(values_of<int64_t>(out[1]), (Ints{0, 2, 3, 1, 3, 0}));
    out = run_node("top_k", {x},
                   {{"k", int64_t{2}},
                    {"axis", int64_t{0}},
                    {"largest", int64_t{0}},
                    {"to", std::string("int32")}});
    EXPECT_EQ(values_of<int32_t>(out[1]), (std::vector<int32_t>{1, 0, 1, 0, 0, 1, 0, 1}));
    EXPECT_EQ(inferred("top_k", {x}, {{"k", int64_t{5}}, {"axis", int64_t{1}}}),
              "attribute k is 5, expected 1 to 4");
}

TEST(Cumulate, RunsBothWays) {
    const Operand x = operand({2, 3}, Floats{1, 2, 3, 4, 5, 6});
    const auto run = [&](const std::string &op, int64_t axis, int64_t exclusive, int64_t reverse) {
        return values_of(
            run_node(op, {x}, {{"axis", axis}, {"exclusive", exclusive}, {"reverse", reverse}})[0]);
    };
    EXPECT_EQ(run("cumsum", 1, 0, 0), (Floats{1, 3, 6, 4, 9, 15}));
    EXPECT_EQ(run("cumsum", 1, 1, 0), (Floats{0, 1, 3, 0, 4, 9}));
    EXPECT_EQ(run("cumsum", 1, 0, 1), (Floats{6, 5, 3, 15, 11, 6}));
    EXPECT_EQ(run("cumsum", 1, 1, 1), (Floats{5, 3, 0, 11, 6, 0}));
    EXPECT_EQ(run("cumsum", 0, 0, 0), (Floats{1, 2, 3, 5, 7, 9}));
    EXPECT_EQ(run("cumprod", 1, 0, 0), (Floats{1, 2, 6, 4, 20, 120}));
    EXPECT_EQ(run("cumprod", 1, 1, 1), (Floats{6, 3, 1, 30, 6, 1}));
    EXPECT_EQ(values_of<int64_t>(
                  run_node("cumsum", {operand({3}, Ints{1, -5, 2})}, {{"axis", int64_t{0}}})[0]),
              (Ints{1, -4, -2}));
}

}  // namespace
}  // namespace embark
