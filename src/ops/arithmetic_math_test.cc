// Accuracy of emk/arithmetic.h, emk/trigonometry.h and emk/math_f64.h against libm.

#include <emk/math_f64.h>
#include <emk/trigonometry.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace {

/// As in math_test.cc: error in units in the last place of the exact result.
double ulps(float found, double exact) {
    if (std::isnan(exact)) return std::isnan(found) ? 0.0 : 1e9;
    const float rounded = static_cast<float>(exact);
    if (std::isinf(rounded)) return found == rounded ? 0.0 : 1e9;
    int exponent = 0;
    std::frexp(rounded, &exponent);
    const double unit = std::ldexp(1.0, std::max(exponent - 24, -149));
    return std::fabs(static_cast<double>(found) - exact) / unit;
}

template <typename Found, typename Exact>
double worst(Found found, Exact exact) {
    double greatest = 0;
    for (uint64_t bits = 0; bits <= 0xFFFFFFFFull; bits += 2039) {
        const float x = emk_float_of(static_cast<uint32_t>(bits));
        greatest = std::max(greatest, ulps(found(x), exact(static_cast<double>(x))));
    }
    return greatest;
}

#define EMBARK_LIBM(function) [](double x) { return std::function(x); }

TEST(Math, SineAndCosineAreWithinThreeUlpEverywhere) {
    EXPECT_LE(worst(emk_sinf, EMBARK_LIBM(sin)), 3.0);
    EXPECT_LE(worst(emk_cosf, EMBARK_LIBM(cos)), 3.0);
}
TEST(Math, TangentIsWithinThreeAndAHalfUlpEverywhere) {
    EXPECT_LE(worst(emk_tanf, EMBARK_LIBM(tan)), 3.5);
}
TEST(Math, InverseCircularFunctionsAreWithinTwoAndAHalfUlp) {
    EXPECT_LE(worst(emk_asinf, EMBARK_LIBM(asin)), 2.5);
    EXPECT_LE(worst(emk_acosf, EMBARK_LIBM(acos)), 2.5);
    EXPECT_LE(worst(emk_atanf, EMBARK_LIBM(atan)), 2.5);
}
TEST(Math, HyperbolicFunctionsAreWithinThreeUlp) {
    EXPECT_LE(worst(emk_sinhf, EMBARK_LIBM(sinh)), 3.0);
    EXPECT_LE(worst(emk_coshf, EMBARK_LIBM(cosh)), 3.0);
}
TEST(Math, InverseHyperbolicFunctionsAreWithinFourUlp) {
    EXPECT_LE(worst(emk_asinhf, EMBARK_LIBM(asinh)), 4.0);
    EXPECT_LE(worst(emk_acoshf, EMBARK_LIBM(acosh)), 4.0);
    EXPECT_LE(worst(emk_atanhf, EMBARK_LIBM(atanh)), 4.0);
}
TEST(Math, RoundingAndSquareRootAreExact) {
    for (uint64_t bits = 0; bits <= 0xFFFFFFFFull; bits += 1021) {
        const float x = emk_float_of(static_cast<uint32_t>(bits));
        if (std::isnan(x)) continue;
        ASSERT_EQ(emk_bits_of(emk_floorf(x)), emk_bits_of(std::floor(x))) << x;
        ASSERT_EQ(emk_bits_of(emk_ceilf(x)), emk_bits_of(std::ceil(x))) << x;
        ASSERT_EQ(emk_bits_of(emk_roundf(x)), emk_bits_of(std::nearbyint(x))) << x;
        ASSERT_EQ(emk_bits_of(emk_truncf(x)), emk_bits_of(std::trunc(x))) << x;
        if (x < 0) continue;
        ASSERT_EQ(emk_bits_of(emk_sqrtf(x)), emk_bits_of(std::sqrt(x))) << x;
    }
    EXPECT_TRUE(std::isnan(emk_sqrtf(-1.0f)));
}

/// Pairs of floats, from all exponents or around \p center.
template <typename Check>
void for_pairs(int count, Check check) {
    uint32_t seed = 1;
    const auto next = [&] { return seed = seed * 1664525u + 1013904223u; };
    for (int i = 0; i < count; ++i) {
        const uint32_t a = next() ^ (next() >> 16), b = next() ^ (next() >> 16);
        check(emk_float_of(a), emk_float_of(b));
        const float x = static_cast<float>(a >> 8) / 65536.0f;
        const float y = static_cast<float>(static_cast<int32_t>(b) >> 8) / 524288.0f;
        check(x, y);
        check(1.0f + x / 65536.0f, y * 64.0f);
        check(static_cast<float>(static_cast<int32_t>(a) >> 24), std::trunc(y));
    }
}

TEST(Math, RemainderIsExact) {
    for_pairs(300000, [](float x, float y) {
        const float found = emk_fmodf(x, y), exact = std::fmod(x, y);
        if (std::isnan(exact)) {
            ASSERT_TRUE(std::isnan(found)) << x << " " << y;
        } else {
            ASSERT_EQ(emk_bits_of(found), emk_bits_of(exact)) << x << " " << y;
        }
        const double wide = emk_fmod(static_cast<double>(x), static_cast<double>(y));
        if (!std::isnan(exact)) {
            ASSERT_EQ(wide, std::fmod(static_cast<double>(x), static_cast<double>(y)));
        }
    });
}

TEST(Math, PowerIsWithinOneAndAHalfUlp) {
    double greatest = 0;
    for_pairs(300000, [&](float x, float y) {
        const double exact = std::pow(static_cast<double>(x), static_cast<double>(y));
        const double error = ulps(emk_powf(x, y), exact);
        ASSERT_LE(error, 1.5) << x << " " << y;
        greatest = std::max(greatest, error);
    });
    EXPECT_GT(greatest, 0.4);
}

TEST(Math, PowerAndAngleAreDefinedAtTheEnds) {
    const float values[] = {0.0f,
                            -0.0f,
                            1.0f,
                            -1.0f,
                            2.0f,
                            -3.0f,
                            0.5f,
                            -0.5f,
                            16777215.0f,
                            1e30f,
                            -1e30f,
                            1e-40f,
                            std::numeric_limits<float>::infinity(),
                            -std::numeric_limits<float>::infinity(),
                            std::numeric_limits<float>::quiet_NaN()};
    for (const float x : values) {
        for (const float y : values) {
            EXPECT_LE(ulps(emk_powf(x, y), std::pow(double{x}, double{y})), 1.5) << x << " " << y;
            EXPECT_LE(ulps(emk_atan2f(x, y), std::atan2(double{x}, double{y})), 3.0)
                << x << " " << y;
            EXPECT_EQ(std::signbit(emk_powf(x, y)) || std::isnan(x + y),
                      std::signbit(std::pow(x, y)) || std::isnan(x + y))
                << x << " " << y;
            const double wide = emk_pow(double{x}, double{y}),
                         exact = std::pow(double{x}, double{y});
            EXPECT_TRUE((std::isnan(wide) && std::isnan(exact)) || wide == exact ||
                        std::fabs(wide - exact) <= 1e-12 * std::fabs(exact))
                << x << " " << y;
        }
    }
    double greatest = 0;
    for_pairs(100000, [&](float y, float x) {
        greatest = std::max(greatest, ulps(emk_atan2f(y, x), std::atan2(double{y}, double{x})));
    });
    EXPECT_LE(greatest, 3.0);
}

/// The greatest relative error over doubles in [low, high] and at the ends.
template <typename Found, typename Exact>
double worst_f64(Found found, Exact exact, double low, double high) {
    double greatest = 0;
    for (int i = 0; i <= 200000; ++i) {
        const double x = low + (high - low) * i / 200000;
        const double expected = exact(x);
        const double error = std::fabs(found(x) - expected);
        if (error == 0) continue;
        greatest = std::max(greatest, error / std::max(std::fabs(expected), 1e-3));
    }
    return greatest;
}

TEST(MathF64, IsWithinAFewRoundings) {
    EXPECT_LE(worst_f64(emk_exp, EMBARK_LIBM(exp), -745, 709), 1e-14);
    EXPECT_LE(worst_f64(emk_expm1, EMBARK_LIBM(expm1), -3, 3), 1e-14);
    EXPECT_LE(worst_f64(emk_log, EMBARK_LIBM(log), 1e-3, 10), 1e-14);
    EXPECT_LE(worst_f64(emk_log1p, EMBARK_LIBM(log1p), -0.9, 3), 1e-14);
    EXPECT_LE(worst_f64(emk_sqrt, EMBARK_LIBM(sqrt), 0, 1e9), 1e-15);
    EXPECT_LE(worst_f64(emk_tanh, EMBARK_LIBM(tanh), -25, 25), 1e-14);
    EXPECT_LE(worst_f64(emk_sinh, EMBARK_LIBM(sinh), -5, 5), 1e-14);
    EXPECT_LE(worst_f64(emk_cosh, EMBARK_LIBM(cosh), -710, 710), 1e-13);
    EXPECT_LE(worst_f64(emk_asinh, EMBARK_LIBM(asinh), -10, 1e3), 1e-14);
    EXPECT_LE(worst_f64(emk_acosh, EMBARK_LIBM(acosh), 1, 1e3), 1e-14);
    EXPECT_LE(worst_f64(emk_atanh, EMBARK_LIBM(atanh), -0.999, 0.999), 1e-13);
    EXPECT_LE(worst_f64(emk_sin, EMBARK_LIBM(sin), -1e4, 1e4), 1e-13);
    EXPECT_LE(worst_f64(emk_cos, EMBARK_LIBM(cos), -1e4, 1e4), 1e-13);
    EXPECT_LE(worst_f64(emk_tan, EMBARK_LIBM(tan), -1.5, 1.5), 1e-13);
    EXPECT_LE(worst_f64(emk_atan, EMBARK_LIBM(atan), -50, 50), 1e-14);
    EXPECT_LE(worst_f64(emk_asin, EMBARK_LIBM(asin), -1, 1), 1e-13);
    EXPECT_LE(worst_f64(emk_acos, EMBARK_LIBM(acos), -1, 1), 1e-13);
    EXPECT_LE(worst_f64(emk_erf, EMBARK_LIBM(erf), -7, 7), 1e-14);
    EXPECT_LE(worst_f64(emk_round, EMBARK_LIBM(nearbyint), -10, 10), 0);
}

TEST(MathF64, IsDefinedAtTheEnds) {
    const double infinity = std::numeric_limits<double>::infinity();
    const double nan = std::numeric_limits<double>::quiet_NaN();
    for (double (*function)(double) :
         {emk_exp,  emk_expm1, emk_log,   emk_log1p, emk_tanh,  emk_erf,  emk_sqrt,
          emk_sin,  emk_cos,   emk_tan,   emk_asin,  emk_acos,  emk_atan, emk_sinh,
          emk_cosh, emk_asinh, emk_acosh, emk_atanh, emk_floor, emk_round}) {
        EXPECT_TRUE(std::isnan(function(nan)));
    }
    EXPECT_EQ(emk_exp(infinity), infinity);
    EXPECT_EQ(emk_exp(-infinity), 0.0);
    EXPECT_EQ(emk_log(0.0), -infinity);
    EXPECT_EQ(emk_sqrt(infinity), infinity);
    EXPECT_EQ(emk_atan(-infinity), -std::atan(infinity));
    EXPECT_EQ(emk_erf(infinity), 1.0);
    EXPECT_EQ(emk_sinh(-infinity), -infinity);
    EXPECT_EQ(emk_cosh(infinity), infinity);
    EXPECT_EQ(emk_asinh(-infinity), -infinity);
    EXPECT_EQ(emk_tanh(-infinity), -1.0);
    EXPECT_TRUE(std::isnan(emk_sin(infinity)));
    EXPECT_TRUE(std::fabs(emk_sin(1e300)) <= 1.0);
}

}  // namespace
