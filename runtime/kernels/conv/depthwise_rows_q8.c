#include "../conv/rows_q8.h"

enum { BLOCK = 4 };

/* Four outputs of as many channels. */
static void make_block(const emk_rows_q8_args *op, const emk_window_lines *lines,
                       emk_tap_span columns, int32_t c, int8_t *out) {
    const int32_t in_zero = op->in_zero, step = op->dilation_w * op->in_c;
    const int32_t first = (columns.origin + columns.first * op->dilation_w) * op->in_c + c;
    uint32_t s0 = (uint32_t)emk_bias_of(op, c), s1 = (uint32_t)emk_bias_of(op, c + 1);
    uint32_t s2 = (uint32_t)emk_bias_of(op, c + 2), s3 = (uint32_t)emk_bias_of(op, c + 3);
    for (int32_t ky = lines->taps.first; ky < lines->taps.last; ++ky) {
        const int8_t *x = lines->line[ky] + first;
        const int8_t *w = op->filter + (ky * op->kernel_w + columns.first) * op->out_c + c;
        for (int32_t kx = columns.first; kx < columns.last; ++kx, x += step, w += op->out_c) {
            s0 += (uint32_t)((x[0] - in_zero) * w[0]);
            s1 += (uint32_t)((x[1] - in_zero) * w[1]);
            s2 += (uint32_t)((x[2] - in_zero) * w[2]);
            s3 += (uint32_t)((x[3] - in_zero) * w[3]);
        }
    }
    out[c] = emk_row_output(op, (int32_t)s0, c);
    out[c + 1] = emk_row_output(op, (int32_t)s1, c + 1);
    out[c + 2] = emk_row_output(op, (int32_t)s2, c + 2);
    out[c + 3] = emk_row_output(op, (int32_t)s3, c + 3);
}

/* One output, of any number per channel. */
static void make_output(const emk_rows_q8_args *op, const emk_window_lines *lines,
                        emk_tap_span columns, int32_t o, int8_t *out) {
    const int32_t channel = o / (op->out_c / op->in_c);
    uint32_t sum = (uint32_t)emk_bias_of(op, o);
    for (int32_t ky = lines->taps.first; ky < lines->taps.last; ++ky) {
        for (int32_t kx = columns.first; kx < columns.last; ++kx) {
            const int32_t column = columns.origin + kx * op->dilation_w;
            const int32_t value = lines->line[ky][column * op->in_c + channel] - op->in_zero;
            sum += (uint32_t)(value * op->filter[(ky * op->kernel_w + kx) * op->out_c + o]);
        }
    }
    out[o] = emk_row_output(op, (int32_t)sum, o);
}

void emk_depthwise_rows_q8(const emk_rows_q8_args *op, const int8_t *in, int8_t *out, int32_t y0,
                           int32_t y1) {
    const int32_t blocks_end = op->in_c == op->out_c ? op->out_c - op->out_c % BLOCK : 0;
    emk_window_lines lines;
    for (int32_t y = y0; y < y1; ++y) {
        int8_t *line = out + y % op->out_ring * op->out_w * op->out_c;
        emk_find_lines(op, in, y, &lines);
        for (int32_t x = 0; x < op->out_w; ++x, line += op->out_c) {
            const emk_tap_span columns = emk_columns_of(op, x);
            for (int32_t c = 0; c < blocks_end; c += BLOCK) {
                make_block(op, &lines, columns, c, line);
            }
            for (int32_t o = blocks_end; o < op->out_c; ++o) {
                make_output(op, &lines, columns, o, line);
            }
        }
    }
}
