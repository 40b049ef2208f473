#include "plan/kernels/conv_q8.h"

#include <emk/dsp.h>
#include <emk/fixed.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace embark {
namespace {

/// A generator of its own: the same numbers on every machine.
uint64_t next(uint64_t &state) {
    state ^= state << 13;
    state ^= state >> 7;
    return state ^= state << 17;
}

/// Sums at and around those whose scaled value is half an integer, where roundings differ.
std::vector<int32_t> sums_near_ties(int32_t multiplier, int32_t shift, uint64_t &state) {
    std::vector<int32_t> sums = {0, 1, -1, 2, -2, (1 << 30) - 1, 1 - (1 << 30)};
    for (int i = 0; i < 2000; ++i) {
        const double tie = static_cast<double>(2 * static_cast<int64_t>(next(state) % 600) - 599);
        const double sum = tie * std::ldexp(1.0, 30 + shift) / std::max(multiplier, 1);
        if (std::abs(sum) > std::ldexp(0.99, 30)) continue;
        for (int32_t around = -2; around <= 2; ++around) {
            sums.push_back(static_cast<int32_t>(sum) + around);
        }
    }
    for (int i = 0; i < 2000; ++i) {
        sums.push_back(static_cast<int32_t>(static_cast<uint32_t>(next(state))) >> (2 + i % 29));
    }
    return sums;
}

TEST(RescaleS8, EqualsTwoRoundingsForAllShiftsAndZeroPoints) {
    uint64_t state = 88172645463325252u;
    for (int32_t shift = 1; shift <= 22; ++shift) {
        for (const int32_t multiplier :
             {0, 1 << 30, (1 << 30) + 1, 0x7FFFFFFF, 0x5A827999, 1518500249}) {
            for (const int32_t sum : sums_near_ties(multiplier, shift, state)) {
                const auto zero = static_cast<int32_t>(next(state) % 256) - 128;
                const int32_t rounding = (1 << (shift - 1)) + zero * (1 << shift);
                const int32_t expected =
                    std::clamp(emk_scale(sum, multiplier, -shift) + zero, -128, 127);
                ASSERT_EQ(emk_rescale_s8(2 * sum, multiplier, rounding, shift), expected)
                    << sum << " * " << multiplier << ", shift " << shift << ", zero " << zero;
            }
        }
    }
}

TEST(RescaleS8, GivesAConstantForMultiplierZeroWhateverTheSumIs) {
    for (int32_t value = -128; value <= 127; ++value) {
        for (const int32_t doubled : {0, 2, -2, INT32_MIN, INT32_MAX}) {
            EXPECT_EQ(emk_rescale_s8(doubled, 0, 2 * value + 1, 1), value);
        }
    }
}

TEST(DspSelect, TakesTheGreaterAndTheLesserSignedBytes) {
    EXPECT_EQ(emk_max_s8(0x807F00FFu, 0x7F8001FEu), 0x7F7F01FFu);
    EXPECT_EQ(emk_min_s8(0x807F00FFu, 0x7F8001FEu), 0x808000FEu);
}

}  // namespace
}  // namespace embark
