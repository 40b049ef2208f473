#include "evaluate/metrics.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace embark {
namespace {

using Floats = std::vector<float>;

TEST(Metrics, PredictsTheFirstOfTheGreatest) {
    EXPECT_EQ(predicted_class(Floats{0.2f, 0.4f, 0.4f}), 1);
    EXPECT_EQ(predicted_class(Floats{0.4f}), 0);
    EXPECT_EQ(predicted_class(Floats{0.6f}), 1);
}

TEST(Classification, CountsAndAveragesLoss) {
    Classification figures(3);
    EXPECT_EQ(figures.accuracy(), 0);
    EXPECT_EQ(figures.loss(), std::nullopt);
    figures.add(Floats{0.5f, 0.25f, 0.25f}, 0);
    figures.add(Floats{0.5f, 0.25f, 0.25f}, 2);
    EXPECT_EQ(figures.accuracy(), 0.5);
    EXPECT_NEAR(*figures.loss(), (std::log(2.0) + std::log(4.0)) / 2, 1e-12);
    EXPECT_EQ(figures.confusion(), (std::vector<int64_t>{1, 0, 0, 0, 0, 0, 1, 0, 0}));
}

TEST(Classification, ClipsProbabilitiesAsKerasDoes) {
    Classification figures(2);
    figures.add(Floats{1, 0}, 1);
    EXPECT_NEAR(*figures.loss(), -std::log(1e-7), 1e-9);
}

TEST(Classification, DividesScoresByTheirSum) {
    Classification figures(2);
    figures.add(Floats{0.5f, 0.4375f}, 0);
    EXPECT_NEAR(*figures.loss(), -std::log(0.5 / 0.9375), 1e-12);
}

TEST(Classification, HasNoLossForLogits) {
    Classification figures(2);
    figures.add(Floats{3, -1}, 0);
    EXPECT_EQ(figures.accuracy(), 1);
    EXPECT_EQ(figures.loss(), std::nullopt);
}

TEST(Classification, TakesOneOutputAsTwoClasses) {
    Classification figures(1);
    EXPECT_EQ(figures.classes(), 2);
    figures.add(Floats{0.75f}, 1);
    figures.add(Floats{0.75f}, 0);
    EXPECT_EQ(figures.accuracy(), 0.5);
    EXPECT_NEAR(*figures.loss(), -(std::log(0.75) + std::log(0.25)) / 2, 1e-12);
}

TEST(Differences, FollowTheirDefinitions) {
    Differences figures;
    figures.add(Floats{1, 2}, Floats{1, 4});
    figures.add(Floats{5, 2}, Floats{4, 3});
    // e = 0, -2, 1, -1; reference 1, 4, 4, 3 with mean 3
    EXPECT_EQ(figures.images(), 2);
    EXPECT_EQ(figures.elements(), 4);
    EXPECT_DOUBLE_EQ(figures.rmse(), std::sqrt(6.0 / 4));
    EXPECT_DOUBLE_EQ(figures.mae(), 1);
    EXPECT_DOUBLE_EQ(figures.l2r(), std::sqrt(6.0 / 42));
    EXPECT_DOUBLE_EQ(figures.mean(), -0.5);
    EXPECT_DOUBLE_EQ(figures.stddev(), std::sqrt(1.5 - 0.25));
    EXPECT_DOUBLE_EQ(figures.nse(), 1 - 6.0 / 6);
    EXPECT_DOUBLE_EQ(figures.cos(), 35 / std::sqrt(34.0 * 42.0));
    EXPECT_EQ(figures.max_abs_error(), 2);
    EXPECT_EQ(figures.agreement(), 1);
    EXPECT_FALSE(figures.bit_equal());
}

TEST(Differences, ArePerfectForEqualOutputs) {
    Differences figures;
    figures.add(Floats{0.1f, 0.9f}, Floats{0.1f, 0.9f});
    EXPECT_EQ(figures.rmse(), 0);
    EXPECT_EQ(figures.l2r(), 0);
    EXPECT_EQ(figures.nse(), 1);
    EXPECT_NEAR(figures.cos(), 1, 1e-15);
    EXPECT_TRUE(figures.bit_equal());
}

TEST(Differences, AreDefinedForZeros) {
    Differences figures;
    EXPECT_EQ(figures.agreement(), 0);
    EXPECT_EQ(figures.rmse(), 0);
    figures.add(Floats{0, 0}, Floats{0, 0});
    EXPECT_EQ(figures.l2r(), 0);
    EXPECT_EQ(figures.nse(), 1);
    EXPECT_EQ(figures.cos(), 1);
}

TEST(Differences, DoNotHideNotANumber) {
    Differences figures;
    figures.add(Floats{std::numeric_limits<float>::quiet_NaN(), 1}, Floats{0, 1});
    figures.add(Floats{5, 1}, Floats{0, 1});
    EXPECT_TRUE(std::isnan(figures.max_abs_error()));
    EXPECT_TRUE(std::isnan(figures.rmse()));
}

}  // namespace
}  // namespace embark
