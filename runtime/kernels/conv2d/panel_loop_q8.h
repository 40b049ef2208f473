/* emk_conv2d_q8_panel for weights that lie as they are read, or packed. Who includes this defines
 * EMK_FUNCTION, its name, EMK_ARGS, its arguments, and these two:
 *   pair_weights(op, pair, words)  the words of weights of a pair of outputs
 *   scratch_of(op)                 memory as emk_conv2d_q8_panel_args says */
#include "../conv2d/panel_q8.h"
#include "../conv2d/rows_q8.h"
#include "emk/conv_q8.h"

/* The lanes of a panel's row: four columns a quarter of the row apart, and up to three left over,
 * which are lanes of their own. Outputs whose windows do not overlap in the panel are one long row.
 */
typedef struct strip {
    const emk_conv2d_q8_panel_args *op;
    uint8_t *row; /* an input row with its padding; EMK_PANEL_WINDOWS: all of the strip */
    uint32_t *panel;
    int32_t columns, rows; /* of the output */
    int32_t quarter, rest;
    int32_t main_words; /* of a lane of the quarters */
    int32_t pitch;      /* words of a panel row */
} strip;

static int32_t input_rows(const emk_conv2d_q8_panel_args *op, int32_t rows) {
    return (rows - 1) * op->stride_h + (op->kernel_h - 1) * op->dilation_h + 1;
}

/* Windows are single pixels, which strips take as they lie, across rows. */
static int32_t is_pointwise(const emk_conv2d_q8_panel_args *op) {
    return op->repetition == EMK_PANEL_SHARED && op->kernel_h * op->kernel_w == 1 &&
           op->stride_h * op->stride_w == 1 && op->row_bytes == 0;
}

/* A strip of `rows` rows of `columns`, or so many pixels if pointwise. */
static strip make_strip(const emk_conv2d_q8_panel_args *op, int32_t rows, int32_t columns) {
    const int32_t windows = op->repetition == EMK_PANEL_WINDOWS;
    const int32_t flat = windows || is_pointwise(op);
    strip s;
    s.op = op;
    s.row = (uint8_t *)(scratch_of(op) + op->copied_words);
    s.panel = (uint32_t *)(void *)(s.row +
                                   op->row_bytes * (windows ? input_rows(op, op->strip_rows) : 1));
    s.columns = windows ? rows * op->out_w : flat ? rows : columns;
    s.rows = flat ? 1 : rows;
    s.quarter = s.columns / 4;
    s.rest = s.columns % 4;
    s.main_words = s.quarter > 0 ? (s.quarter - 1) * op->pixel_words + op->reach_words : 0;
    s.pitch = 4 * (s.main_words + (s.rest > 0 ? op->reach_words : 0));
    return s;
}

/* Halves of `bytes` neighbouring inputs for each lane, `at` bytes behind where it begins. */
static void expand(const emk_conv2d_q8_panel_args *op, const uint8_t *const from[4], int32_t lanes,
                   int32_t at, int32_t bytes, uint32_t *to) {
    if (op->in_c % 4 == 0) {
        emk_expand_quads_q8(from[0] + at, from[1] + at, from[2] + at, from[3] + at, bytes, to);
        return;
    }
    for (int32_t lane = 0; lane < lanes; ++lane) {
        emk_expand_pairs_q8(from[lane] + at, bytes, to + lane);
    }
}

/* One row of the filter's taps. */
static void expand_run(const emk_conv2d_q8_panel_args *op, const uint8_t *const from[4],
                       int32_t lanes, int32_t at, uint32_t *to) {
    if (op->dilation_w == 1) {
        expand(op, from, lanes, at, op->kernel_w * op->in_c, to);
        return;
    }
    for (int32_t kx = 0; kx < op->kernel_w; ++kx, to += 4 * ((op->in_c + 1) / 2)) {
        expand(op, from, lanes, at + kx * op->dilation_w * op->in_c, op->in_c, to);
    }
}

/* Lanes of `pixels` columns each from the input row at `row` on; unused lanes repeat the first. */
static void build_lanes(const strip *s, const uint8_t *row, int32_t distance, int32_t lanes,
                        int32_t pixels, uint32_t *to) {
    const emk_conv2d_q8_panel_args *op = s->op;
    const int32_t pixel = op->stride_w * op->in_c;
    const uint8_t *from[4];
    for (int32_t lane = 0; lane < 4; ++lane)
        from[lane] = row + (lane < lanes ? lane : 0) * distance;
    if (op->repetition == EMK_PANEL_SHARED) {
        const int32_t reach = (op->kernel_w - 1) * op->dilation_w * op->in_c + op->in_c;
        expand(op, from, lanes, 0, (pixels - 1) * pixel + reach, to);
        return;
    }
    for (int32_t x = 0; x < pixels; ++x) {
        expand_run(op, from, lanes, x * pixel, to + 4 * x * op->pixel_words);
    }
}

/* A panel row from the input row, or pixels of one, at `row`. */
static void build_row(const strip *s, const uint8_t *row, uint32_t *to) {
    const int32_t pixel = s->op->stride_w * s->op->in_c;
    if (s->quarter > 0) build_lanes(s, row, s->quarter * pixel, 4, s->quarter, to);
    if (s->rest > 0) {
        build_lanes(s, row + 4 * s->quarter * pixel, pixel, s->rest, 1, to + 4 * s->main_words);
    }
}

/* Whole windows of `lanes` outputs that are `distance` apart. */
static void build_windows(const strip *s, int32_t first, int32_t distance, int32_t lanes,
                          uint32_t *to) {
    const emk_conv2d_q8_panel_args *op = s->op;
    const uint8_t *from[4];
    for (int32_t lane = 0; lane < 4; ++lane) {
        const int32_t output = first + (lane < lanes ? lane : 0) * distance;
        from[lane] = s->row + output / op->out_w * op->stride_h * op->row_bytes +
                     output % op->out_w * op->stride_w * op->in_c;
    }
    for (int32_t ky = 0; ky < op->kernel_h; ++ky, to += 4 * op->run_words) {
        expand_run(op, from, lanes, ky * op->dilation_h * op->row_bytes, to);
    }
}

/* Whether an output row of the strip reads the strip's input row k. */
static int32_t is_read(const strip *s, int32_t k) {
    const emk_conv2d_q8_panel_args *op = s->op;
    for (int32_t ky = 0; ky < op->kernel_h; ++ky, k -= op->dilation_h) {
        if (k >= 0 && k % op->stride_h == 0 && k / op->stride_h < s->rows) return 1;
    }
    return 0;
}

/* The panel of `rows` output rows from y on, and of columns from x on. */
static void build_strip(const strip *s, const int8_t *in, int32_t y, int32_t rows, int32_t x) {
    const emk_conv2d_q8_panel_args *op = s->op;
    const int32_t top = y * op->stride_h - op->pad_top, left = x * op->stride_w * op->in_c;
    if (op->repetition != EMK_PANEL_WINDOWS) {
        for (int32_t k = 0; k < input_rows(op, s->rows); ++k) {
            if (!is_read(s, k)) continue;
            build_row(s, emk_padded_row_q8(op, in, top + k, s->row) + left,
                      s->panel + k * s->pitch);
        }
        return;
    }
    for (int32_t k = 0; k < input_rows(op, rows); ++k) {
        emk_copy_row_q8(op, in, top + k, s->row + k * op->row_bytes);
    }
    for (int32_t i = 0; i < s->quarter; ++i) {
        build_windows(s, i, s->quarter, 4, s->panel + 4 * i * op->pixel_words);
    }
    if (s->rest > 0) {
        build_windows(s, 4 * s->quarter, 1, s->rest, s->panel + 4 * s->main_words);
    }
}

/* A pair's weights as emk_panel_multiply_expanded_q8 reads them. */
static void expand_weights(const emk_panel_q8 *block, const uint32_t *end, uint32_t *to) {
    const int32_t gap = 2 * emk_panel_gap(block->words);
    const uint32_t *from = block->weights;
    while (from != end) {
        const uint32_t *run_end = from + block->words;
        for (to += gap; from != run_end; ++from, to += 2) {
            const uint32_t word = *from;
            to[0] = emk_sxtb16(word);
            to[1] = emk_sxtb16_8(word);
        }
    }
}

static void set_weights(emk_panel_q8 *block, const uint32_t *weights, int32_t run_words,
                        int32_t words) {
    block->weights = weights;
    block->run = 4 * run_words;
    block->first_end = block->first_end_again = weights + run_words;
    block->end = weights + words;
}

/* Blocks from `blocks` columns on, which are `distance` apart in a block. */
static void set_columns(const strip *s, emk_panel_q8 *block, int32_t blocks, int32_t distance) {
    const emk_conv2d_q8_panel_args *op = s->op;
    block->blocks = block->blocks_again = blocks;
    block->lane_step = distance * op->out_c;
    block->from_next = 4 * op->stride_h * s->pitch - (blocks - 1) * block->from_step;
    block->out_next = op->out_w * op->out_c - (blocks - 1) * block->out_step;
}

/* Two channels of all outputs of the strip: first the quarters of all rows, then what is left. */
static void multiply_pair(const strip *s, emk_panel_q8 *block, const uint32_t *weights,
                          int8_t *out) {
    const emk_conv2d_q8_panel_args *op = s->op;
    const int32_t words = op->kernel_h * op->run_words;
    set_weights(block, weights, block->words, words);
    block->from = s->panel;
    block->out = out;
    if (s->quarter > 0) {
        set_columns(s, block, s->quarter, s->quarter);
        if (op->copied_words > 0) {
            uint32_t *expanded = scratch_of(op);
            expand_weights(block, block->end, expanded);
            set_weights(block, expanded, 2 * (block->words + emk_panel_gap(block->words)),
                        op->copied_words);
            emk_panel_multiply_expanded_q8(block);
            set_weights(block, weights, block->words, words);
        } else {
            emk_panel_multiply_q8(block, 4);
        }
    }
    if (s->rest > 0) {
        block->from = s->panel + 4 * s->main_words;
        block->out = out + 4 * s->quarter * op->out_c;
        set_columns(s, block, 1, 1);
        emk_panel_multiply_q8(block, s->rest);
    }
}

/* All channels of the strip, whose first output row is at `out`. */
static void multiply_strip(const strip *s, int8_t *out) {
    const emk_conv2d_q8_panel_args *op = s->op;
    const int32_t windows = op->repetition == EMK_PANEL_WINDOWS;
    const int32_t words = op->kernel_h * op->run_words;
    const int32_t *channels = op->channels;
    emk_panel_q8 block;
    block.words = windows ? words : op->run_words;
    block.jump = 4 * (op->dilation_h * s->pitch - 4 * op->run_words);
    block.from_step = 16 * op->pixel_words;
    block.out_step = op->out_c;
    block.rows = s->rows;
    for (int32_t o = 0; o < op->out_c; o += 2) {
        const uint32_t *weights = pair_weights(op, o / 2, words);
        for (int32_t i = 0; i < 8; ++i) block.channels[i] = *channels++;
        multiply_pair(s, &block, weights, out + (o + 1 < op->out_c ? o : o - 1));
    }
}

static int32_t before_wrap(int32_t at, int32_t ring, int32_t count) {
    return emk_least(ring - at % ring, count);
}

static void multiply_pixels(const emk_conv2d_q8_panel_args *op, const int8_t *in, int8_t *out,
                            int32_t first, int32_t end) {
    const int32_t in_ring = op->in_ring * op->in_w, out_ring = op->out_ring * op->out_w;
    while (first < end) {
        int8_t *const to = out + first % out_ring * op->out_c;
        int32_t pixels = before_wrap(first, out_ring, emk_least(op->strip_rows, end - first));
        strip s;
        pixels = before_wrap(first, in_ring, pixels);
        s = make_strip(op, pixels, op->out_w);
        build_row(&s, (const uint8_t *)in + first % in_ring * op->in_c, s.panel);
        multiply_strip(&s, to);
        emk_clamp_q8(to, pixels * op->out_c, op->low, op->high);
        first += pixels;
    }
}

void EMK_FUNCTION(const EMK_ARGS *arguments, const int8_t *in, int8_t *out, int32_t y0,
                  int32_t y1) {
    const emk_conv2d_q8_panel_args *op = EMK_LAYER(arguments);
    const int32_t row_bytes = op->out_w * op->out_c;
    if (is_pointwise(op)) {
        multiply_pixels(op, in, out, y0 * op->out_w, y1 * op->out_w);
        return;
    }
    while (y0 < y1) {
        int8_t *first = out + y0 % op->out_ring * row_bytes;
        const int32_t rows = before_wrap(y0, op->out_ring, emk_least(op->strip_rows, y1 - y0));
        for (int32_t x = 0; x < op->out_w; x += op->strip_columns) {
            const strip s = make_strip(op, rows, emk_least(op->strip_columns, op->out_w - x));
            build_strip(&s, in, y0, rows, x);
            multiply_strip(&s, first + x * op->out_c);
        }
        emk_clamp_q8(first, rows * row_bytes, op->low, op->high);
        y0 += rows;
    }
}
