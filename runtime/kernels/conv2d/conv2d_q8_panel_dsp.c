#include "../conv2d/panel_q8.h"
#include "../conv2d/rows_q8.h"
#include "emk/conv_q8.h"

/* The lanes of a panel's row: four columns a quarter of the row apart, and up to three left over,
 * which are lanes of their own. */
typedef struct strip {
    const emk_conv2d_q8_panel_args *op;
    uint8_t *row; /* row_bytes: an input row with its padding */
    uint32_t *panel;
    int32_t columns, rows; /* of the output */
    int32_t quarter, rest;
    int32_t main_words; /* of a lane of the quarters */
    int32_t pitch;      /* words of a panel row */
} strip;

static strip make_strip(const emk_conv2d_q8_panel_args *op, int32_t columns, int32_t rows) {
    strip s;
    s.op = op;
    s.row = (uint8_t *)op->scratch + 4 * op->copied_words;
    s.panel = (uint32_t *)(void *)(s.row + op->row_bytes);
    s.columns = columns;
    s.rows = rows;
    s.quarter = columns / 4;
    s.rest = columns % 4;
    s.main_words = s.quarter > 0 ? (s.quarter - 1) * op->pixel_words + op->reach_words : 0;
    s.pitch = 4 * (s.main_words + (s.rest > 0 ? op->reach_words : 0));
    return s;
}

/* Halves of `bytes` neighbouring inputs, for lanes that begin `distance` bytes apart. */
static void expand(const emk_conv2d_q8_panel_args *op, const uint8_t *from, int32_t distance,
                   int32_t lanes, int32_t bytes, uint32_t *to) {
    if (op->in_c % 4 == 0) {
        const uint8_t *second = lanes > 1 ? from + distance : from;
        const uint8_t *third = lanes > 2 ? second + distance : from;
        emk_expand_quads_q8(from, second, third, lanes > 3 ? third + distance : from, bytes, to);
        return;
    }
    for (int32_t lane = 0; lane < lanes; ++lane) {
        emk_expand_pairs_q8(from + lane * distance, bytes, to + lane);
    }
}

/* Lanes of `pixels` columns each. */
static void build_lanes(const strip *s, const uint8_t *row, int32_t distance, int32_t lanes,
                        int32_t pixels, uint32_t *to) {
    const emk_conv2d_q8_panel_args *op = s->op;
    const int32_t pixel = op->stride_w * op->in_c;
    const int32_t tap = op->dilation_w * op->in_c;
    if (op->repetition == EMK_PANEL_SHARED) {
        const int32_t bytes = (pixels - 1) * pixel + (op->kernel_w - 1) * tap + op->in_c;
        expand(op, row, distance, lanes, bytes, to);
        return;
    }
    for (int32_t x = 0; x < pixels; ++x) {
        uint32_t *column = to + 4 * x * op->pixel_words;
        if (op->dilation_w == 1) {
            expand(op, row + x * pixel, distance, lanes, op->kernel_w * op->in_c, column);
            continue;
        }
        for (int32_t kx = 0; kx < op->kernel_w; ++kx) {
            expand(op, row + x * pixel + kx * tap, distance, lanes, op->in_c,
                   column + 4 * kx * ((op->in_c + 1) / 2));
        }
    }
}

static void build_row(const strip *s, const int8_t *in, int32_t y, uint32_t *to) {
    const emk_conv2d_q8_panel_args *op = s->op;
    const int32_t pixel = op->stride_w * op->in_c;
    const uint8_t *row = emk_padded_row_q8(op, in, y, s->row);
    if (s->quarter > 0) build_lanes(s, row, s->quarter * pixel, 4, s->quarter, to);
    if (s->rest > 0) {
        build_lanes(s, row + 4 * s->quarter * pixel, pixel, s->rest, 1, to + 4 * s->main_words);
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

/* The panel of output rows from y on. */
static void build_strip(const strip *s, const int8_t *in, int32_t y) {
    const emk_conv2d_q8_panel_args *op = s->op;
    const int32_t reach = (op->kernel_h - 1) * op->dilation_h;
    const int32_t top = y * op->stride_h - op->pad_top;
    if (op->repetition != EMK_PANEL_WINDOWS) {
        for (int32_t k = 0; k <= (s->rows - 1) * op->stride_h + reach; ++k) {
            if (is_read(s, k)) build_row(s, in, top + k, s->panel + k * s->pitch);
        }
        return;
    }
    for (int32_t r = 0; r < s->rows; ++r) {
        for (int32_t ky = 0; ky < op->kernel_h; ++ky) {
            build_row(s, in, top + r * op->stride_h + ky * op->dilation_h,
                      s->panel + r * s->pitch + 4 * ky * op->run_words);
        }
    }
}

/* What does not change from row to row. */
static void begin_pair(const strip *s, const uint32_t *weights, const int32_t *channels,
                       emk_panel_q8 *block) {
    const emk_conv2d_q8_panel_args *op = s->op;
    const int32_t windows = op->repetition == EMK_PANEL_WINDOWS;
    block->words = windows ? op->kernel_h * op->run_words : op->run_words;
    block->run = 4 * block->words;
    block->jump = 4 * (op->dilation_h * s->pitch - 4 * op->run_words);
    block->weights = weights;
    block->first_end = block->first_end_again = weights + block->words;
    block->end = weights + op->kernel_h * op->run_words;
    block->from_step = 16 * op->pixel_words;
    block->out_step = op->out_c;
    for (int32_t i = 0; i < 8; ++i) block->channels[i] = channels[i];
}

/* Two channels of all outputs of the strip. */
static void multiply_pair(const strip *s, emk_panel_q8 *block, int8_t *out, int32_t y) {
    const emk_conv2d_q8_panel_args *op = s->op;
    const int32_t stride = op->repetition == EMK_PANEL_WINDOWS ? 1 : op->stride_h;
    for (int32_t r = 0; r < s->rows; ++r) {
        block->from = s->panel + r * stride * s->pitch;
        block->out = out + (y + r) % op->out_ring * op->out_w * op->out_c;
        block->blocks = s->quarter;
        block->lane_step = s->quarter * op->out_c;
        if (s->quarter > 0) emk_panel_multiply_q8(block, 4);
        if (s->rest == 0) continue;
        block->from += 4 * s->main_words;
        block->out += 4 * s->quarter * op->out_c;
        block->blocks = 1;
        block->lane_step = op->out_c;
        emk_panel_multiply_q8(block, s->rest);
    }
}

static void multiply_strip(const strip *s, int8_t *out, int32_t y) {
    const emk_conv2d_q8_panel_args *op = s->op;
    const int32_t words = op->kernel_h * op->run_words;
    const uint32_t *weights = op->weights;
    const int32_t *channels = op->channels;
    for (int32_t o = 0; o < op->out_c; o += 2, weights += words, channels += 8) {
        const int32_t first = o + 1 < op->out_c ? o : o - 1;
        const uint32_t *from = weights;
        emk_panel_q8 block;
        if (op->copied_words > 0) {
            emk_copy_words((uint32_t *)op->scratch, weights, words);
            from = (const uint32_t *)op->scratch;
        }
        begin_pair(s, from, channels, &block);
        multiply_pair(s, &block, out + first, y);
    }
}

/* Rows of a map whose windows are single pixels are one long row while neither ring wraps. */
static int32_t is_pointwise(const emk_conv2d_q8_panel_args *op) {
    return op->repetition == EMK_PANEL_SHARED && op->kernel_h * op->kernel_w == 1 &&
           op->stride_h * op->stride_w == 1 && op->row_bytes == 0;
}

static int32_t rows_before_wrap(int32_t y, int32_t ring, int32_t rows) {
    const int32_t left = ring - y % ring;
    return left < rows ? left : rows;
}

void emk_conv2d_q8_panel(const emk_conv2d_q8_panel_args *op, const int8_t *in, int8_t *out,
                         int32_t y0, int32_t y1) {
    while (y0 < y1) {
        int32_t rows = op->strip_rows < y1 - y0 ? op->strip_rows : y1 - y0;
        strip s;
        if (is_pointwise(op)) {
            rows = rows_before_wrap(y0, op->in_ring, rows_before_wrap(y0, op->out_ring, rows));
            s = make_strip(op, rows * op->out_w, 1);
        } else {
            s = make_strip(op, op->out_w, rows);
        }
        build_strip(&s, in, y0);
        multiply_strip(&s, out, y0);
        for (int32_t y = y0; y < y0 + rows; ++y) {
            emk_clamp_q8(out + y % op->out_ring * op->out_w * op->out_c, op->out_w * op->out_c,
                         op->low, op->high);
        }
        y0 += rows;
    }
}
