#include <gtest/gtest.h>

#include "ops/node_testing.h"

namespace embark {
namespace {

TEST(DenseInferShape, ActsOnTheLastAxis) {
    EXPECT_EQ((OpCase{"dense", {1, 6}, {{4, 6}, {4}}}).inferred(), "[1,4]");
    EXPECT_EQ((OpCase{"dense", {1, 3, 6}, {{4, 6}}}).inferred(), "[1,3,4]");
}

TEST(DenseInferShape, ExplainsBadOperands) {
    EXPECT_EQ((OpCase{"dense", {1, 6}, {{6, 4}}}).inferred(),
              "input 0 has shape [1,6], expected 4 features as in the weights [6,4]");
    EXPECT_EQ((OpCase{"dense", {6}, {{4, 6}}}).inferred(),
              "input 0 has shape [6], expected rank 2 or more (batch first)");
    EXPECT_EQ((OpCase{"dense", {1, 6}, {{4, 6}, {1, 4}}}).inferred(),
              "bias has shape [1,4], expected [4]");
}

TEST(DenseEvaluate, AddsProductsInOrderAndTheBiasLast) {
    for (const auto &[in, out] : {std::pair<int64_t, int64_t>{5, 3}, {700, 37}, {256, 16}}) {
        const OpCase test{"dense", {1, 2, in}, {{out, in}, {out}}};
        const Graph graph = test.operands();
        const auto weights = graph.tensor(1).values<float>(),
                   bias = graph.tensor(2).values<float>();
        const auto x = noise(2 * in, 9);
        std::vector<float> expected;
        for (int64_t row = 0; row < 2; ++row) {
            for (int64_t o = 0; o < out; ++o) {
                float sum = 0;
                for (int64_t i = 0; i < in; ++i) {
                    sum += x[static_cast<size_t>(row * in + i)] *
                           weights[static_cast<size_t>(o * in + i)];
                }
                expected.push_back(sum + bias[static_cast<size_t>(o)]);
            }
        }
        EXPECT_EQ(test.run(x), expected) << in << " to " << out;
    }
}

TEST(DenseMacc, IsInTimesOutPlusOutPerRow) {
    EXPECT_EQ((OpCase{"dense", {1, 512}, {{1024, 512}, {1024}}}).macc(), 525312);
    EXPECT_EQ((OpCase{"dense", {1, 3, 8}, {{4, 8}}}).macc(), 3 * 32);
}

TEST(DensePortable, GivesTheReferencesBits) {
    for (const int64_t out : {1, 4, 7, 21}) {
        const std::vector<Operand> operands = {
            noise_operand({3, 2, 300}, 1), noise_operand({out, 300}, 2), noise_operand({out}, 3)};
        EXPECT_EQ(run_portable_node("dense", operands), run_node("dense", operands));
    }
}

}  // namespace
}  // namespace embark
