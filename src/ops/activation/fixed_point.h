#pragma once
// Activations that TensorFlow Lite Micro computes in fixed point on eight-bit values; they map one
// quantised value to another, which the caller clamps.

#include <emk/fixed.h>

#include <algorithm>
#include <cmath>

#include "ops/quantized.h"

namespace embark {

/// sigmoid and tanh of int8 in fixed point: the argument in Q4, the result in Q0.
class FixedCurve {
  public:
    explicit FixedCurve(float in_scale) {
        split_ = split_multiplier(static_cast<double>(in_scale) * (1 << 27));
        const double most = 15.0 * (1 << 27) / std::ldexp(1.0, split_.shift);
        radius_ = static_cast<int64_t>(std::floor(most));
    }

    int64_t sigmoid(int64_t x) const {
        if (std::abs(x) >= radius_) return x < 0 ? -128 : 127;
        const int32_t q4 = argument(x);
        const int32_t tail = emk_reciprocal_q0(emk_exp_q0(q4 > 0 ? -q4 : q4, 4));
        const int32_t q0 = q4 == 0 ? 1 << 30 : q4 > 0 ? tail : EMK_INT32_MAX - tail;
        return std::clamp(emk_divide_by_power(q0, 23) - 128, -128, 127);
    }

    int64_t tanh(int64_t x) const {
        if (std::abs(x) >= radius_) return x < 0 ? -128 : 127;
        const int32_t q4 = argument(x);
        // (1 - e) / (1 + e) = 2 / (1 + e) - 1 with e = exp(-2 |x|); twice Q4 is Q5 as it stands.
        const int32_t twice = emk_twice_reciprocal_q2(emk_exp_q0(q4 > 0 ? -q4 : q4, 5));
        const int32_t magnitude = emk_multiply_by_power(twice - (1 << 29), 2);
        const int32_t q0 = q4 == 0 ? 0 : q4 > 0 ? magnitude : -magnitude;
        return std::clamp(emk_divide_by_power(q0, 24), -128, 127);
    }

  private:
    int32_t argument(int64_t x) const {
        return emk_scale(static_cast<int32_t>(x), split_.multiplier, split_.shift);
    }

    Multiplier split_;
    int64_t radius_ = 0;
};

/// hard_swish in 16-bit fixed point: x * relu6(x + 3) / 6, both factors with 15 bits.
class HardSwish {
  public:
    HardSwish(const TensorType &x, const TensorType &out) {
        const float fine = (1.0f / 128.0f) * x.quantization.scales[0];
        output_ = short_multiplier(fine / out.quantization.scales[0]);
        reluish_ = short_multiplier(fine / (3.0f / 32768.0f));
        in_zero_ = x.quantization.zero_points[0];
        out_zero_ = out.quantization.zero_points[0];
    }

    bool fits() const { return output_.shift <= 0 && reluish_.shift <= 15; }

    int64_t operator()(int64_t q) const {
        const int32_t fine = static_cast<int16_t>((q - in_zero_) * 128);
        const int32_t value = multiply_q15(fine, output_.multiplier);
        int32_t reluish = fine;
        if (reluish_.shift > 0) reluish = saturated(reluish, reluish_.shift - 1);
        reluish = multiply_q15(reluish, reluish_.multiplier);
        if (reluish_.shift > 0) reluish = saturated(reluish, 1);
        if (reluish_.shift < 0) reluish = emk_divide_by_power(reluish, -reluish_.shift);
        reluish = (reluish + (1 << 15)) >> 1;
        const int32_t product = reluish * value / (1 << 15);  // towards zero
        return emk_divide_by_power(product, -output_.shift) + out_zero_;
    }

  private:
    static Multiplier short_multiplier(double real) {
        const Multiplier split = split_multiplier(real);
        return {std::min((split.multiplier + (1 << 15)) >> 16, 32767), split.shift};
    }
    static int32_t multiply_q15(int32_t a, int32_t b) {
        const int32_t product = a * b;
        return (product + (product >= 0 ? 1 << 14 : 1 - (1 << 14))) / (1 << 15);
    }
    static int32_t saturated(int32_t x, int32_t left) {
        return static_cast<int32_t>(
            std::clamp<int64_t>(static_cast<int64_t>(x) * (int64_t{1} << left), -32768, 32767));
    }

    Multiplier output_, reluish_;
    int64_t in_zero_ = 0, out_zero_ = 0;
};

/// 1 / sqrt(x) by emk_reciprocal_root; values below the zero point count as it.
class ReciprocalRoot {
  public:
    ReciprocalRoot(const TensorType &x, const TensorType &out) {
        const double root = std::sqrt(static_cast<double>(x.quantization.scales[0]));
        split_ = split_multiplier(1.0 / (root * static_cast<double>(out.quantization.scales[0])));
        in_zero_ = x.quantization.zero_points[0];
        out_zero_ = out.quantization.zero_points[0];
        most_ = range_of(out.type).high;
    }

    bool fits() const { return split_.shift <= 30; }

    int64_t operator()(int64_t q) const {
        constexpr int32_t kBits = 20;
        const int64_t x = q - in_zero_;
        if (x <= 0) return most_;
        const emk_scaled root = emk_reciprocal_root(static_cast<int32_t>(x));
        const int32_t value = emk_scale(1, root.raw, root.exponent + kBits);
        return emk_scale(value, split_.multiplier, split_.shift - kBits) + out_zero_;
    }

  private:
    Multiplier split_;
    int64_t in_zero_ = 0, out_zero_ = 0, most_ = 0;
};

}  // namespace embark
