// Accuracy of runtime/include/emk/math.h against libm in double, over floats of all exponents.

#include <emk/math.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace {

/// Error in units in the last place of the exact result; the subnormal grid has a unit of 2^-149.
double ulps(float found, double exact) {
    if (std::isnan(exact)) return std::isnan(found) ? 0.0 : 1e9;
    const float rounded = static_cast<float>(exact);
    if (std::isinf(rounded)) return found == rounded ? 0.0 : 1e9;
    int exponent = 0;
    std::frexp(rounded, &exponent);
    const double unit = std::ldexp(1.0, std::max(exponent - 24, -149));
    return std::fabs(static_cast<double>(found) - exact) / unit;
}

/// The greatest error over floats in [low, high], about 4 million of all bit patterns.
template <typename Found, typename Exact>
double worst(Found found, Exact exact, double low = -HUGE_VAL, double high = HUGE_VAL) {
    double greatest = 0;
    for (uint64_t bits = 0; bits <= 0xFFFFFFFFull; bits += 1021) {
        const float x = emk_float_of(static_cast<uint32_t>(bits));
        if (!(x >= low && x <= high)) continue;
        greatest = std::max(greatest, ulps(found(x), exact(static_cast<double>(x))));
    }
    return greatest;
}

#define EMBARK_LIBM(function) [](double x) { return std::function(x); }

TEST(Math, ExpIsWithinOneUlp) {
    EXPECT_LE(worst(emk_expf, EMBARK_LIBM(exp)), 1.0);
}
TEST(Math, Expm1IsWithinThreeAndAHalfUlp) {
    EXPECT_LE(worst(emk_expm1f, EMBARK_LIBM(expm1)), 3.5);
}
TEST(Math, LogIsWithinOneUlp) {
    EXPECT_LE(worst(emk_logf, EMBARK_LIBM(log)), 1.0);
}
TEST(Math, Log1pIsWithinOneAndAHalfUlp) {
    EXPECT_LE(worst(emk_log1pf, EMBARK_LIBM(log1p)), 1.5);
}
TEST(Math, TanhIsWithinOneAndAHalfUlp) {
    EXPECT_LE(worst(emk_tanhf, EMBARK_LIBM(tanh)), 1.5);
}
TEST(Math, ErfIsWithinOneAndAHalfUlp) {
    EXPECT_LE(worst(emk_erff, EMBARK_LIBM(erf)), 1.5);
}
TEST(Math, SigmoidIsWithinTwoAndAHalfUlp) {
    EXPECT_LE(worst(
                  emk_sigmoidf, [](double x) { return 1 / (1 + std::exp(-x)); }, -87),
              2.5);
}
TEST(Math, SoftplusIsWithinTwoUlp) {
    const auto softplus = [](double x) {
        return x > 0 ? x + std::log1p(std::exp(-x)) : std::log1p(std::exp(x));
    };
    EXPECT_LE(worst(emk_softplusf, softplus), 2.0);
}
TEST(Math, SwishIsWithinThreeUlp) {
    EXPECT_LE(worst(
                  emk_swishf, [](double x) { return x / (1 + std::exp(-x)); }, -80),
              3.0);
}

// Consecutive floats where the reductions switch from one part to the next.
TEST(Math, HasNoStepsAtTheSeams) {
    for (const float seam : {0.34f, 0.34657359f, 0.625f, 1.0f, 1.41421356f, 0.70710678f, 4.0f, 9.1f,
                             0.5f, 88.72f, 103.97f}) {
        const uint32_t middle = emk_bits_of(seam);
        for (uint32_t bits = middle - 20000; bits < middle + 20000; ++bits) {
            const float x = emk_float_of(bits);
            ASSERT_LE(ulps(emk_expf(x), std::exp(static_cast<double>(x))), 1.0) << x;
            ASSERT_LE(ulps(emk_expf(-x), std::exp(-static_cast<double>(x))), 1.0) << x;
            ASSERT_LE(ulps(emk_expm1f(-x), std::expm1(-static_cast<double>(x))), 3.5) << x;
            ASSERT_LE(ulps(emk_logf(x), std::log(static_cast<double>(x))), 1.0) << x;
            ASSERT_LE(ulps(emk_tanhf(x), std::tanh(static_cast<double>(x))), 1.5) << x;
            ASSERT_LE(ulps(emk_erff(x), std::erf(static_cast<double>(x))), 1.5) << x;
        }
    }
}

TEST(Math, IsDefinedAtTheEnds) {
    const float infinity = std::numeric_limits<float>::infinity();
    const float nan = std::numeric_limits<float>::quiet_NaN();
    for (float (*function)(float) :
         {emk_expf, emk_expm1f, emk_logf, emk_log1pf, emk_tanhf, emk_erff, emk_sigmoidf,
          emk_softplusf, emk_swishf, emk_seluf, emk_geluf, emk_gelu_tanhf, emk_reluf, emk_relu6f,
          emk_softsignf, emk_hard_sigmoidf, emk_hard_swishf}) {
        EXPECT_TRUE(std::isnan(function(nan)));
    }
    EXPECT_EQ(emk_expf(infinity), infinity);
    EXPECT_EQ(emk_expf(-infinity), 0.0f);
    EXPECT_EQ(emk_expf(0.0f), 1.0f);
    EXPECT_EQ(emk_expm1f(-infinity), -1.0f);
    EXPECT_EQ(emk_logf(0.0f), -infinity);
    EXPECT_EQ(emk_logf(-0.0f), -infinity);
    EXPECT_TRUE(std::isnan(emk_logf(-1.0f)));
    EXPECT_EQ(emk_logf(infinity), infinity);
    EXPECT_EQ(emk_log1pf(-1.0f), -infinity);
    EXPECT_EQ(emk_log1pf(infinity), infinity);
    EXPECT_EQ(emk_tanhf(infinity), 1.0f);
    EXPECT_EQ(emk_tanhf(-infinity), -1.0f);
    EXPECT_EQ(emk_erff(-infinity), -1.0f);
    EXPECT_EQ(emk_sigmoidf(-infinity), 0.0f);
    EXPECT_EQ(emk_sigmoidf(infinity), 1.0f);
    EXPECT_EQ(emk_softplusf(-infinity), 0.0f);
    EXPECT_EQ(emk_softplusf(infinity), infinity);
}

}  // namespace
