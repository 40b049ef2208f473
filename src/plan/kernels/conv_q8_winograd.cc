// Planning and packing of emk_conv2d_q8_winograd.

#include <fmt/format.h>

#include <algorithm>

#include "plan/kernels/conv_q8.h"

namespace embark {

namespace {

constexpr int64_t kPositions = 36;      // EMK_WINOGRAD_POSITIONS
constexpr int64_t kTemporaries = 72;    // EMK_WINOGRAD_TEMPORARIES
constexpr int64_t kSumLimit = 1 << 25;  // 64 times a sum must not wrap
constexpr int64_t kMostTiles = 32;      // of a batch: more gain less than 1 %

int64_t divide_up(int64_t a, int64_t b) {
    return (a + b - 1) / b;
}

int64_t tile_count(const ConvQ8 &conv) {
    return divide_up(conv.window.out_h, 4) * divide_up(conv.window.out_w, 4);
}

/// What does not grow with the batch, and what does, in bytes.
int64_t fixed_bytes(const ConvQ8 &conv) {
    const int64_t band = 6 * conv.in_c / 4 * (4 * divide_up(conv.window.out_w, 4) + 2);
    return 4 * (kTemporaries + kPositions * conv.in_c + band) +
           unpacked_bytes(conv, 9 * conv.in_c / 2);
}
int64_t tile_bytes(const ConvQ8 &conv) {
    return 4 * (2 * kPositions + kPositions / 2 * conv.in_c);
}

int64_t whole_batch(const ConvQ8 &conv) {
    return std::min(kMostTiles, divide_up(tile_count(conv), 4) * 4);
}

int64_t batch_for(const ConvQ8 &conv, int64_t scratch) {
    const int64_t tiles = (scratch - fixed_bytes(conv)) / tile_bytes(conv) / 4 * 4;
    return std::clamp<int64_t>(tiles, 4, whole_batch(conv));
}

int64_t winograd_cycles(const ConvQ8 &conv, int64_t batch, const Board &board) {
    const Window &w = conv.window;
    const int64_t tiles = tile_count(conv), batches = divide_up(tiles, batch);
    const int64_t quads = tiles / batch * (batch / 4) + divide_up(tiles % batch, 4);
    const int64_t blocks = conv.in_c / 4, words = conv.in_c / 2;
    const int64_t pairs = divide_up(conv.out_c, 2);
    const int64_t bands =
        divide_up(w.out_h, 4) + (batch % divide_up(w.out_w, 4) != 0 ? batches : 0);
    const int64_t band = 6 * (4 * divide_up(w.out_w, 4) + 2) * (blocks * 10 + 12);
    const int64_t input = tiles * (blocks * 835 + 60);
    const int64_t block = words * 16 + divide_up(words, 8) * 8 + 29;
    const int64_t product = kPositions * (quads * block + batches * 22) + 100 * batches;
    const int64_t bits = conv.weight_bits > 0 ? conv.weight_bits : 8;
    const int64_t weights = batches * (blocks * 800 + flash_stall(board, 9 * blocks * bits) + 60 +
                                       unpack_cycles(conv, 18 * blocks));
    const int64_t partial = tiles - w.out_h / 4 * (w.out_w / 4);
    const int64_t output = 2 * (tiles * 420 + partial * 190 + batches * 90);
    return bands * band + input + pairs * (product + weights + output) + 300;
}

/// [pairs][in / 4][2][9 taps] words of four channels.
std::vector<uint32_t> pack_weights(const ConvQ8 &conv) {
    std::vector<uint32_t> words;
    for (int64_t pair = 0; 2 * pair < conv.out_c; ++pair) {
        const int64_t first = first_of_pair(conv, pair);
        for (int64_t c = 0; c < conv.in_c; c += 4) {
            for (int64_t tap = 0; tap < 18; ++tap) {
                uint32_t word = 0;
                for (int64_t i = 0; i < 4; ++i) {
                    const int8_t weight = conv.weight(first + tap / 9, tap % 9 / 3, tap % 3, c + i);
                    word |= uint32_t{static_cast<uint8_t>(weight)} << 8 * i;
                }
                words.push_back(word);
            }
        }
    }
    return words;
}

bool sums_are_small(const ConvQ8 &conv) {
    return std::all_of(conv.channels.begin(), conv.channels.end(), [](const ChannelQ8 &channel) {
        return channel.multiplier == 0 ||
               (channel.least > -kSumLimit && channel.greatest < kSumLimit);
    });
}

}  // namespace

bool accepts_conv2d_q8_winograd(const Graph &graph, const Node &node) {
    const auto conv = conv_q8_of(graph, node);
    if (!conv) return false;
    const Window &w = conv->window;
    return w.kernel_h == 3 && w.kernel_w == 3 && w.stride_h * w.stride_w == 1 &&
           w.dilation_h * w.dilation_w == 1 && conv->in_c % 4 == 0 && sums_are_small(*conv);
}

std::optional<RowMap> rows_conv2d_q8_winograd(const Graph &, const Step &) {
    return std::nullopt;
}

int64_t needed_scratch_conv2d_q8_winograd(const Graph &graph, const Step &step) {
    const ConvQ8 conv = *conv_q8_of(graph, base_node(graph, step));
    return fixed_bytes(conv) + 4 * tile_bytes(conv);
}

int64_t useful_scratch_conv2d_q8_winograd(const Graph &graph, const Step &step) {
    const ConvQ8 conv = *conv_q8_of(graph, base_node(graph, step));
    return fixed_bytes(conv) + whole_batch(conv) * tile_bytes(conv);
}

int64_t cycles_conv2d_q8_winograd(const Graph &graph, const Step &step, const Board &board) {
    const ConvQ8 conv = *conv_q8_of(graph, base_node(graph, step));
    return winograd_cycles(conv, batch_for(conv, step.scratch_bytes), board);
}

std::optional<InputOverlap> overlap_conv2d_q8_winograd(const Graph &graph, const Step &step) {
    return conv_q8_overlap(graph, step);
}

LoweredStep lower_conv2d_q8_winograd(const Graph &graph, const Step &step) {
    const Node &node = base_node(graph, step);
    const ConvQ8 conv = *conv_q8_of(graph, node);
    const Window &w = conv.window;
    std::vector<ArgumentField> fields;
    for (const auto &[name, value] : std::initializer_list<std::pair<const char *, int64_t>>{
             {"in_h", w.in_h},
             {"in_w", w.in_w},
             {"in_c", conv.in_c},
             {"in_zero", conv.in_zero},
             {"out_h", w.out_h},
             {"out_w", w.out_w},
             {"out_c", conv.out_c},
             {"low", conv.low},
             {"high", conv.high},
             {"pad_top", w.top},
             {"pad_left", w.left},
             {"batch", batch_for(conv, step.scratch_bytes)}}) {
        fields.push_back(int_field(name, value));
    }
    const ConstantTable words =
        word_table("weights",
                   fmt::format("{}: filter {} as [out/2][in/4][2][kh][kw][4]", node.name,
                               to_string(graph.tensor(node.inputs[1]).type.shape)),
                   pack_weights(conv));
    LoweredStep lowered = lower_conv_q8(conv, "emk_conv2d_q8_winograd", words,
                                        channel_table(node, conv), std::move(fields));
    lowered.sources.push_back("conv2d/winograd_q8_dsp.c");
    return lowered;
}

}  // namespace embark
