// Planning and packing of emk_conv2d_q8_panel.

#include <fmt/format.h>

#include <algorithm>

#include "plan/kernels/conv_q8.h"

namespace embark {

namespace {

/// As EMK_PANEL_… in emk/conv_q8.h.
enum class Repetition : int { kShared = 0, kColumns = 1, kWindows = 2 };

/// How a convolution lies in its panel (emk_conv2d_q8_panel_args).
struct Panel {
    Repetition repetition = Repetition::kShared;
    int64_t run_words = 0, pixel_words = 0, reach_words = 0;
    int64_t strip_rows = 1;     ///< pointwise: pixels, across rows
    int64_t strip_columns = 0;  ///< fewer than all only in runs by rows, whose output lies apart
    bool copies_weights = false;
    int64_t row_bytes = 0;
};

/// Choices are made for a common chip: they must not depend on what lowering does not know.
const Board &reference_board() {
    static const Board kBoard = [] {
        Board board;
        board.flash = {.wait_states = 5, .data_cache_lines = 8};
        return board;
    }();
    return kBoard;
}

int64_t divide_up(int64_t a, int64_t b) {
    return (a + b - 1) / b;
}

/// Halves under one row of the filter: taps of a dilated one begin at words.
int64_t run_words(const ConvQ8 &conv) {
    const Window &w = conv.window;
    if (w.dilation_w == 1) return divide_up(w.kernel_w * conv.in_c, 2);
    return w.kernel_w * divide_up(conv.in_c, 2);
}

/// Columns must begin at words, and a filter row's taps lie one after another.
bool can_share(const ConvQ8 &conv) {
    const Window &w = conv.window;
    return w.dilation_w == 1 && w.stride_w * conv.in_c % 2 == 0;
}

/// Bytes of an input row with its padding; 0 when rows are read where they lie.
int64_t padded_row_bytes(const ConvQ8 &conv, Repetition repetition) {
    const Window &w = conv.window;
    const bool padded = w.top + w.bottom + w.left + w.right > 0;
    if (!padded && repetition != Repetition::kWindows) return 0;
    const int64_t columns = (w.out_w - 1) * w.stride_w + (w.kernel_w - 1) * w.dilation_w + 1;
    return divide_up(columns * conv.in_c, 4) * 4;
}

Panel make_panel(const ConvQ8 &conv, Repetition repetition) {
    const Window &w = conv.window;
    Panel panel;
    panel.repetition = repetition;
    panel.strip_columns = w.out_w;
    panel.run_words = run_words(conv);
    panel.reach_words = panel.pixel_words = panel.run_words;
    panel.row_bytes = padded_row_bytes(conv, repetition);
    if (repetition == Repetition::kShared) panel.pixel_words = w.stride_w * conv.in_c / 2;
    if (repetition == Repetition::kWindows) {
        panel.pixel_words = panel.reach_words = w.kernel_h * panel.run_words;
    }
    return panel;
}

bool is_pointwise(const ConvQ8 &conv, const Panel &panel) {
    const Window &w = conv.window;
    return panel.repetition == Repetition::kShared && w.kernel_h * w.kernel_w == 1 &&
           w.stride_h * w.stride_w == 1 && panel.row_bytes == 0;
}

int64_t pair_words(const ConvQ8 &conv, const Panel &panel) {
    return conv.window.kernel_h * panel.run_words;
}

/// Words of RAM for a pair's expanded weights: each run's length is made a multiple of eight.
int64_t expanded_words(const ConvQ8 &conv, const Panel &panel) {
    const int64_t runs = panel.repetition == Repetition::kWindows ? 1 : conv.window.kernel_h;
    return runs * divide_up(pair_words(conv, panel) / runs, 8) * 16;
}

/// What a call's strips divide: output rows, or pixels if pointwise.
int64_t call_rows(const ConvQ8 &conv, const Panel &panel, bool row_by_row) {
    const int64_t rows = row_by_row ? 1 : conv.window.out_h;
    return is_pointwise(conv, panel) ? rows * conv.window.out_w : rows;
}

/// Output rows and columns as the kernel sees a strip of \p rows, and its input rows.
struct Strip {
    int64_t columns, rows, input_rows;
};
Strip strip_of(const ConvQ8 &conv, const Panel &panel, int64_t rows) {
    const Window &w = conv.window;
    if (is_pointwise(conv, panel)) return {rows, 1, 1};
    const int64_t inputs = (rows - 1) * w.stride_h + (w.kernel_h - 1) * w.dilation_h + 1;
    if (panel.repetition == Repetition::kWindows) return {w.out_w * rows, 1, inputs};
    return {panel.strip_columns, rows, inputs};
}

int64_t row_words(const Panel &panel, int64_t columns) {
    const int64_t quarter = columns / 4;
    const int64_t main = quarter > 0 ? (quarter - 1) * panel.pixel_words + panel.reach_words : 0;
    return 4 * (main + (columns % 4 > 0 ? panel.reach_words : 0));
}

int64_t scratch_bytes(const ConvQ8 &conv, const Panel &panel) {
    const Strip strip = strip_of(conv, panel, panel.strip_rows);
    const bool windows = panel.repetition == Repetition::kWindows;
    const int64_t copied = panel.copies_weights ? expanded_words(conv, panel) : 0;
    const int64_t words = (windows ? 1 : strip.input_rows) * row_words(panel, strip.columns);
    return 4 * (copied + words) + (windows ? strip.input_rows : 1) * panel.row_bytes +
           unpacked_bytes(conv, pair_words(conv, panel));
}

/// Cycles of one block of \p lanes columns and a pair of outputs.
int64_t block_cycles(const ConvQ8 &conv, const Panel &panel, int64_t lanes) {
    constexpr int64_t kStep[] = {0, 7, 10, 13, 17};
    const bool windows = panel.repetition == Repetition::kWindows;
    const int64_t runs = windows ? 1 : conv.window.kernel_h;
    const int64_t steps = pair_words(conv, panel) / runs;
    const int64_t loops = divide_up(steps, lanes == 4 ? 8 : 4);
    const int64_t step = lanes == 4 && panel.copies_weights ? 16 : kStep[lanes];
    return runs * (steps * step + loops * 6 + 14) + 20 + 13 * lanes;
}

/// Cycles of expanding a pair's weights, and stalls of reading them again for each block of columns
/// that takes them from flash.
int64_t weight_cycles(const ConvQ8 &conv, const Panel &panel, const Strip &strip,
                      const Board &board) {
    const int64_t words = pair_words(conv, panel);
    if (conv.weight_bits > 0) {
        return unpack_cycles(conv, words) + (panel.copies_weights ? words * 9 + 40 : 0) +
               flash_stall(board, words * conv.weight_bits / 2);
    }
    const int64_t stall = flash_stall(board, 4 * words);
    const int64_t cache = int64_t{board.flash.data_cache_lines} * board.flash.cache_line_bytes;
    const int64_t rest = strip.columns % 4 > 0 ? 1 : 0;
    const int64_t expanding = panel.copies_weights ? stall + words * 12 + 60 : 0;
    const int64_t blocks = strip.rows * (panel.copies_weights ? rest : strip.columns / 4 + rest);
    if (4 * words <= cache * 3 / 4) return expanding + (blocks > 0 ? stall : 0);
    return expanding + blocks * stall;
}

/// Cycles of building the panel of a strip.
int64_t build_cycles(const ConvQ8 &conv, const Panel &panel, const Strip &strip) {
    const int64_t word = conv.in_c % 4 == 0 ? 4 : 10;
    const int64_t words = row_words(panel, strip.columns);
    if (panel.repetition == Repetition::kWindows) {
        const int64_t run = conv.in_c % 4 == 0 ? 12 : 22;
        return words * word + strip.columns * (conv.window.kernel_h * run + 25) +
               strip.input_rows * (panel.row_bytes + 60);
    }
    int64_t row = words * word + panel.row_bytes + 150;
    if (panel.repetition == Repetition::kColumns) {
        row += strip.columns * (conv.in_c % 4 == 0 ? 25 : 50);
    }
    return strip.input_rows * row;
}

/// Cycles of a strip of \p rows output rows.
int64_t strip_cycles(const ConvQ8 &conv, const Panel &panel, int64_t rows, const Board &board) {
    const Strip strip = strip_of(conv, panel, rows);
    const int64_t quarter = strip.columns / 4, rest = strip.columns % 4;
    int64_t pair = 280;
    if (quarter > 0) pair += strip.rows * (quarter * block_cycles(conv, panel, 4) + 12) + 250;
    if (rest > 0) pair += strip.rows * (block_cycles(conv, panel, rest) + 12) + 250;
    pair += weight_cycles(conv, panel, strip, board);
    return build_cycles(conv, panel, strip) + divide_up(conv.out_c, 2) * pair + 200;
}

int64_t panel_cycles(const ConvQ8 &conv, const Panel &panel, bool row_by_row, const Board &board) {
    const int64_t out_w = conv.window.out_w;
    if (panel.strip_columns < out_w) {
        Panel rest = panel;
        rest.strip_columns = out_w % panel.strip_columns;
        const int64_t last = rest.strip_columns > 0 ? strip_cycles(conv, rest, 1, board) : 0;
        const int64_t strips = out_w / panel.strip_columns;
        return conv.window.out_h * (strips * strip_cycles(conv, panel, 1, board) + last) + 150;
    }
    const int64_t calls = row_by_row ? conv.window.out_h : 1;
    const int64_t rows = call_rows(conv, panel, row_by_row);
    const int64_t whole = rows / panel.strip_rows, rest = rows % panel.strip_rows;
    return calls * (whole * strip_cycles(conv, panel, panel.strip_rows, board) +
                    (rest > 0 ? strip_cycles(conv, panel, rest, board) : 0)) +
           150;
}

/// All that fit, the one that wants least RAM first.
std::vector<Repetition> repetitions(const ConvQ8 &conv) {
    if (!can_share(conv)) return {Repetition::kColumns, Repetition::kWindows};
    return {Repetition::kShared, Repetition::kColumns, Repetition::kWindows};
}

/// The least rows or pixels that a strip is lengthened by: columns are made in fours.
int64_t strip_step(const ConvQ8 &conv, const Panel &panel) {
    return is_pointwise(conv, panel) ? 4 : 1;
}

/// Columns of the strips to try: all, or parts of a row that are made of whole fours.
std::vector<int64_t> strip_columns(const ConvQ8 &conv, const Panel &panel, bool row_by_row) {
    const int64_t all = conv.window.out_w;
    std::vector<int64_t> columns = {all};
    const bool parts =
        row_by_row && panel.repetition != Repetition::kWindows && !is_pointwise(conv, panel);
    for (int64_t n = 2; parts && columns.back() > 4; n *= 2) {
        columns.push_back(divide_up(divide_up(all, n), 4) * 4);
        if (columns.back() >= all) columns.pop_back();
        if (n > all) break;
    }
    return columns;
}

Panel smallest_panel(const ConvQ8 &conv, bool row_by_row) {
    Panel panel = make_panel(conv, repetitions(conv).front());
    panel.strip_columns = strip_columns(conv, panel, row_by_row).back();
    panel.strip_rows = std::min(strip_step(conv, panel), call_rows(conv, panel, row_by_row));
    return panel;
}

/// The fastest panel within \p scratch bytes.
Panel choose_panel(const ConvQ8 &conv, int64_t scratch, bool row_by_row) {
    std::optional<Panel> best;
    int64_t best_cycles = 0;
    const auto consider = [&](const Panel &panel) {
        if (scratch_bytes(conv, panel) > scratch) return false;
        const int64_t cycles = panel_cycles(conv, panel, row_by_row, reference_board());
        if (!best || cycles < best_cycles) {
            best = panel;
            best_cycles = cycles;
        }
        return true;
    };
    for (const Repetition repetition : repetitions(conv)) {
        for (const bool copies : {false, true}) {
            Panel panel = make_panel(conv, repetition);
            panel.copies_weights = copies;
            const int64_t step = strip_step(conv, panel);
            const int64_t most = call_rows(conv, panel, row_by_row);
            for (int64_t rows = step; rows < most + step; rows += step) {
                panel.strip_rows = std::min(rows, most);
                if (!consider(panel)) break;
            }
            panel.strip_rows = std::min(step, most);
            for (const int64_t columns : strip_columns(conv, panel, row_by_row)) {
                panel.strip_columns = columns;
                if (columns < conv.window.out_w) consider(panel);
            }
        }
    }
    return best.value_or(smallest_panel(conv, row_by_row));
}

/// Position of the input channel that half \p half of a run holds, as (kx, c); none for padding.
struct Tap {
    int64_t kx, c;
};
std::optional<Tap> tap_of(const ConvQ8 &conv, int64_t half) {
    const int64_t tap_halves =
        conv.window.dilation_w == 1 ? conv.in_c : divide_up(conv.in_c, 2) * 2;
    Tap tap{half / tap_halves, half % tap_halves};
    if (tap.kx >= conv.window.kernel_w || tap.c >= conv.in_c) return std::nullopt;
    if (conv.in_c % 4 == 0) {
        constexpr int64_t kOrder[] = {0, 2, 1, 3};
        tap.c = tap.c / 4 * 4 + kOrder[tap.c % 4];
    }
    return tap;
}

std::vector<uint32_t> pack_weights(const ConvQ8 &conv) {
    std::vector<uint32_t> words;
    const int64_t run = run_words(conv);
    const auto byte = [&](int64_t o, int64_t ky, int64_t half) -> uint32_t {
        const auto tap = tap_of(conv, half);
        return tap ? static_cast<uint8_t>(conv.weight(o, ky, tap->kx, tap->c)) : 0u;
    };
    for (int64_t pair = 0; 2 * pair < conv.out_c; ++pair) {
        const int64_t o = first_of_pair(conv, pair);
        for (int64_t ky = 0; ky < conv.window.kernel_h; ++ky) {
            for (int64_t i = 0; i < run; ++i) {
                words.push_back(byte(o, ky, 2 * i) | byte(o + 1, ky, 2 * i) << 8 |
                                byte(o, ky, 2 * i + 1) << 16 | byte(o + 1, ky, 2 * i + 1) << 24);
            }
        }
    }
    return words;
}

std::vector<ArgumentField> map_fields(const ConvQ8 &conv, const Step &step) {
    const Window &w = conv.window;
    std::vector<ArgumentField> fields;
    for (const auto &[name, value] :
         std::initializer_list<std::pair<const char *, int64_t>>{{"in_h", w.in_h},
                                                                 {"in_w", w.in_w},
                                                                 {"in_c", conv.in_c},
                                                                 {"in_ring", step.in_ring},
                                                                 {"in_zero", conv.in_zero},
                                                                 {"out_w", w.out_w},
                                                                 {"out_c", conv.out_c},
                                                                 {"out_ring", step.out_ring},
                                                                 {"low", conv.low},
                                                                 {"high", conv.high},
                                                                 {"kernel_h", w.kernel_h},
                                                                 {"kernel_w", w.kernel_w},
                                                                 {"stride_h", w.stride_h},
                                                                 {"stride_w", w.stride_w},
                                                                 {"dilation_h", w.dilation_h},
                                                                 {"dilation_w", w.dilation_w},
                                                                 {"pad_top", w.top},
                                                                 {"pad_left", w.left}}) {
        fields.push_back(int_field(name, value));
    }
    return fields;
}

}  // namespace

bool accepts_conv2d_q8_panel(const Graph &graph, const Node &node) {
    const auto conv = conv_q8_of(graph, node);
    if (!conv || conv->weight_bits == 0) return conv.has_value();
    // Halves that count for nothing are zeros, which then must be a level.
    const bool has_zero = std::count(conv->levels.begin(), conv->levels.end(), 0) > 0;
    const int64_t taps = conv->window.kernel_w * conv->in_c;
    return has_zero || 2 * run_words(*conv) == taps;
}

std::optional<RowMap> rows_conv2d_q8_panel(const Graph &graph, const Step &step) {
    return conv_q8_rows(graph, step);
}

int64_t needed_scratch_conv2d_q8_panel(const Graph &graph, const Step &step) {
    const ConvQ8 conv = *conv_q8_of(graph, base_node(graph, step));
    return scratch_bytes(conv, smallest_panel(conv, step.row_by_row));
}

std::optional<InputOverlap> overlap_conv2d_q8_panel(const Graph &graph, const Step &step) {
    return conv_q8_overlap(graph, step);
}

LoweredStep lower_conv2d_q8_panel(const Graph &graph, const Step &step) {
    const Node &node = base_node(graph, step);
    const ConvQ8 conv = *conv_q8_of(graph, node);
    const Panel panel = choose_panel(conv, step.scratch_bytes, step.row_by_row);
    std::vector<ArgumentField> fields = map_fields(conv, step);
    for (const auto &[name, value] : std::initializer_list<std::pair<const char *, int64_t>>{
             {"repetition", static_cast<int64_t>(panel.repetition)},
             {"run_words", panel.run_words},
             {"pixel_words", panel.pixel_words},
             {"reach_words", panel.reach_words},
             {"strip_rows", panel.strip_rows},
             {"strip_columns", panel.strip_columns},
             {"copied_words", panel.copies_weights ? expanded_words(conv, panel) : 0},
             {"row_bytes", panel.row_bytes}}) {
        fields.push_back(int_field(name, value));
    }
    const ConstantTable words =
        word_table("weights",
                   fmt::format("{}: filter {} as [out/2][kh][words of two outputs and two inputs]",
                               node.name, to_string(graph.tensor(node.inputs[1]).type.shape)),
                   pack_weights(conv));
    LoweredStep lowered = lower_conv_q8(conv, "emk_conv2d_q8_panel", words,
                                        channel_table(node, conv), std::move(fields));
    lowered.sources.push_back("conv2d/panel_q8_dsp.c");
    return lowered;
}

int64_t useful_scratch_conv2d_q8_panel(const Graph &graph, const Step &step) {
    const ConvQ8 conv = *conv_q8_of(graph, base_node(graph, step));
    std::optional<Panel> best;
    int64_t best_cycles = 0;
    for (const Repetition repetition : repetitions(conv)) {
        Panel panel = make_panel(conv, repetition);
        panel.copies_weights = true;
        // That many outputs a strip are worth expanding weights for.
        const int64_t outputs = is_pointwise(conv, panel) ? 1 : conv.window.out_w;
        panel.strip_rows =
            std::min(call_rows(conv, panel, step.row_by_row), divide_up(64, outputs));
        const int64_t cycles = panel_cycles(conv, panel, step.row_by_row, reference_board());
        // The later ones want more RAM.
        if (best && cycles > best_cycles * 97 / 100) continue;
        best = panel;
        best_cycles = cycles;
    }
    return scratch_bytes(conv, *best);
}

int64_t cycles_conv2d_q8_panel(const Graph &graph, const Step &step, const Board &board) {
    const ConvQ8 conv = *conv_q8_of(graph, base_node(graph, step));
    return panel_cycles(conv, choose_panel(conv, step.scratch_bytes, step.row_by_row),
                        step.row_by_row, board);
}

}  // namespace embark
