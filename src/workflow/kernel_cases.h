#pragma once
// One-node networks of given shapes with random operands, for trials of kernels.

#include <cstdint>

#include "ir/graph.h"

namespace embark {

/// A small generator with the same numbers on every machine (xorshift*, Vigna 2016).
class RandomNumbers {
  public:
    explicit RandomNumbers(uint64_t seed) : state_(seed * 2 + 1) {}
    uint64_t next() {
        state_ ^= state_ >> 12;
        state_ ^= state_ << 25;
        state_ ^= state_ >> 27;
        return state_ * UINT64_C(0x2545F4914F6CDD1D);
    }
    /// In [low, high].
    int64_t between(int64_t low, int64_t high) {
        return low + static_cast<int64_t>((next() >> 33) % static_cast<uint64_t>(high - low + 1));
    }
    bool one_in(int64_t n) { return between(1, n) == 1; }
    int8_t byte() { return static_cast<int8_t>(next() >> 56); }

  private:
    uint64_t state_;
};

/// An int8 convolution of one image.
struct ConvCase {
    int64_t in_h = 1, in_w = 1, in_c = 1, out_c = 2;
    int64_t kernel_h = 1, kernel_w = 1, stride_h = 1, stride_w = 1;
    int64_t dilation_h = 1, dilation_w = 1;
    int64_t top = 0, bottom = 0, left = 0, right = 0;

    int64_t out_h() const {
        return (in_h + top + bottom - (kernel_h - 1) * dilation_h - 1) / stride_h + 1;
    }
    int64_t out_w() const {
        return (in_w + left + right - (kernel_w - 1) * dilation_w - 1) / stride_w + 1;
    }
    int64_t products() const { return out_h() * out_w() * out_c * kernel_h * kernel_w * in_c; }
};

/// What is unusual about a case's numbers.
struct Extremes {
    bool weights = false;      ///< only -127 and 127 (or -128), inputs at the ends of their range
    bool zero_points = false;  ///< at an end of int8
    bool scales = false;       ///< shifts at both ends of what fast kernels take, empty channels
    bool clamp = false;        ///< an output range narrower than int8
    bool per_tensor = false;   ///< one scale for all channels
    bool no_bias = false;
};

/// A network of one conv2d whose outputs use the range of int8 well, and bytes for its input.
Graph make_conv_case(const ConvCase &shape, const Extremes &extremes, uint64_t seed);
Bytes make_conv_input(const ConvCase &shape, const Extremes &extremes, uint64_t seed);

/// Cuts the weights of the network's node to a random number of values, at most 16, and marks them
/// for storage as indices (ops/packed_weights.h).
void store_as_indices(Graph &graph, uint64_t seed);

/// A shape with sides of 1 to 20, 1 to 300 channels, windows of 1 to 7, strides of 1 to 3,
/// dilation, any padding, and at most \p products multiplications.
ConvCase random_conv_case(RandomNumbers &random, int64_t products);
Extremes random_extremes(RandomNumbers &random);

}  // namespace embark
