#pragma once
// What the fast int8 convolutions (emk/conv_q8.h) share: operands, and the proof that their short
// arithmetic equals the portable kernel's.

#include <optional>
#include <span>
#include <vector>

#include "ops/operands.h"
#include "plan/kernels/lowering.h"

namespace embark {

/// One output channel: its sums are sum(x * w) + bias over inputs from which the zero point has
/// been taken; emk_rescale_s8 makes outputs of them by multiplier, rounding and shift.
struct ChannelQ8 {
    int32_t bias = 0;
    int64_t weight_sum = 0;
    int64_t least = 0, greatest = 0;  ///< of its sums, whatever the inputs are
    int32_t multiplier = 0, rounding = 0, shift = 1;
};

/// An int8 convolution of one image with groups = 1 and constant operands.
struct ConvQ8 {
    Window window;
    int64_t in_c = 0, out_c = 0;
    int64_t in_zero = 0, out_zero = 0;
    int64_t low = 0, high = 0;       ///< of the output
    std::span<const int8_t> filter;  ///< [out][kh][kw][in]
    std::vector<ChannelQ8> channels;
    int64_t weight_bits = 0;     ///< of each weight's index (ops/packed_weights.h); 0: no indices
    std::vector<int8_t> levels;  ///< that the indices stand for, at most 1 << weight_bits

    int64_t products() const {
        return window.out_h * window.out_w * out_c * window.kernel_h * window.kernel_w * in_c;
    }
    int8_t weight(int64_t o, int64_t ky, int64_t kx, int64_t c) const {
        return filter[static_cast<size_t>(
            ((o * window.kernel_h + ky) * window.kernel_w + kx) * in_c + c)];
    }
};

/// The operands of \p node, or none when a fast kernel may not take it: other types, several
/// images, groups, operands that are no constants, a single output channel, or a channel whose
/// output varies while its sums may leave 30 bits or its factor is none for emk_rescale_s8 (1/2 and
/// more, or less than 2^-23).
std::optional<ConvQ8> conv_q8_of(const Graph &graph, const Node &node);

/// Rows of a step with such a base node.
std::optional<RowMap> conv_q8_rows(const Graph &graph, const Step &step);

/// Overlap of a kernel that reads all input of some rows before it writes the first of them, then
/// goes on to the next rows.
std::optional<InputOverlap> conv_q8_overlap(const Graph &graph, const Step &step);

/// The first channel of pair \p pair: the last pair overlaps when their number is odd.
int64_t first_of_pair(const ConvQ8 &conv, int64_t pair);

/// The table `channels` of emk_conv2d_q8_panel_args and its kin, by pairs of outputs: two doubled
/// biases for inputs x + 128, then multiplier, rounding and shift of each.
ConstantTable channel_table(const Node &node, const ConvQ8 &conv);

ConstantTable word_table(std::string name, std::string comment, const std::vector<uint32_t> &words);

/// Gives \p call of a function (\p name) of emk/conv_q8.h the arguments \p fields, and its weights:
/// the table \p words, all its pairs of outputs alike, or, for layers with packed weights, indices
/// into levels (emk_packed_words) by the kernel's variant for these.
LoweredStep lower_conv_q8(const ConvQ8 &conv, const std::string &name, const ConstantTable &words,
                          const ConstantTable &channels, std::vector<ArgumentField> fields);
/// Modelled cycles of unpacking \p words words of weights; 0 when they are not packed.
int64_t unpack_cycles(const ConvQ8 &conv, int64_t words);
/// Bytes of scratch memory for \p words words of unpacked weights; 0 when they are not packed.
int64_t unpacked_bytes(const ConvQ8 &conv, int64_t words);

}  // namespace embark
