#include "../conv/rows_q8.h"

enum { BLOCK = 4 };

/* Adds the products of `count` inputs with the weights of four outputs, `step` apart. On its own,
 * so that all of it stays in registers. */
__attribute__((noinline)) static void add_run(const int8_t *x, const int8_t *weights, int32_t step,
                                              int32_t count, int32_t in_zero,
                                              uint32_t sums[BLOCK]) {
    const int8_t *w0 = weights, *w1 = w0 + step, *w2 = w1 + step, *w3 = w2 + step;
    uint32_t s0 = sums[0], s1 = sums[1], s2 = sums[2], s3 = sums[3];
    for (int32_t i = 0; i < count; ++i) {
        const int32_t value = x[i] - in_zero;
        s0 += (uint32_t)(value * w0[i]);
        s1 += (uint32_t)(value * w1[i]);
        s2 += (uint32_t)(value * w2[i]);
        s3 += (uint32_t)(value * w3[i]);
    }
    sums[0] = s0;
    sums[1] = s1;
    sums[2] = s2;
    sums[3] = s3;
}

/* Four outputs from channel `o` on, or as many times the first one where `step` is 0. */
static void add_window(const emk_rows_q8_args *op, const emk_window_lines *lines,
                       emk_tap_span columns, int32_t o, int32_t step, uint32_t sums[BLOCK]) {
    const int32_t depth = op->in_c / op->groups, taps = op->kernel_h * op->kernel_w;
    const int8_t *filter = op->filter + o * taps * depth;
    const int32_t channel = o / (op->out_c / op->groups) * depth;
    /* Neighbouring taps read neighbouring inputs. */
    const int32_t joined = op->groups == 1 && op->dilation_w == 1;
    const int32_t run = joined ? (columns.last - columns.first) * depth : depth;
    for (int32_t ky = lines->taps.first; ky < lines->taps.last; ++ky) {
        for (int32_t kx = columns.first; kx < columns.last; ++kx) {
            const int32_t column = columns.origin + kx * op->dilation_w;
            add_run(lines->line[ky] + column * op->in_c + channel,
                    filter + (ky * op->kernel_w + kx) * depth, step * taps * depth, run,
                    op->in_zero, sums);
            if (joined) break;
        }
    }
}

static void convolve_pixel(const emk_rows_q8_args *op, const emk_window_lines *lines, int32_t x,
                           int8_t *out) {
    const emk_tap_span columns = emk_columns_of(op, x);
    const int32_t group = op->out_c / op->groups;
    for (int32_t o = 0; o < op->out_c;) {
        uint32_t sums[BLOCK] = {0, 0, 0, 0};
        const int32_t count = group - o % group >= BLOCK ? BLOCK : 1;
        add_window(op, lines, columns, o, count == BLOCK ? 1 : 0, sums);
        for (int32_t i = 0; i < count; ++i, ++o) {
            out[o] = emk_row_output(op, (int32_t)(sums[i] + (uint32_t)emk_bias_of(op, o)), o);
        }
    }
}

void emk_conv2d_rows_q8(const emk_rows_q8_args *op, const int8_t *in, int8_t *out, int32_t y0,
                        int32_t y1) {
    emk_window_lines lines;
    for (int32_t y = y0; y < y1; ++y) {
        int8_t *line = out + y % op->out_ring * op->out_w * op->out_c;
        emk_find_lines(op, in, y, &lines);
        for (int32_t x = 0; x < op->out_w; ++x) {
            convolve_pixel(op, &lines, x, line + x * op->out_c);
        }
    }
}
