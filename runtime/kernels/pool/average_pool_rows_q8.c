#include "../clamp_q8.h"
#include "../pool/pool_rows_q8.h"
#include "emk/dsp.h"

/* A window: its first pixel's channels lie at `in` plus the spans' positions. */
typedef struct emk_pool_window {
    const int8_t *in;
    emk_pool_span rows, columns;
} emk_pool_window;

/* Rounded to nearest, halves away from zero. */
static int8_t average_of(int32_t sum, int32_t count) {
    const int32_t half = count / 2;
    return (int8_t)((sum > 0 ? sum + half : sum - half) / count);
}

static const int8_t *row_of(const emk_pool_rows_q8_args *op, const emk_pool_window *window,
                            int32_t ky) {
    const int32_t y = (window->rows.first + ky) % op->in_ring;
    return window->in + (y * op->in_w + window->columns.first) * op->channels;
}

/* Sums of four channels. Halves hold 255 bytes, rows of the window are at most that wide. */
static void sum_four(const emk_pool_rows_q8_args *op, const emk_pool_window *window,
                     int32_t channel, int32_t sums[4]) {
    int32_t room = 0;
    uint32_t even = 0, odd = 0;
    for (int32_t i = 0; i < 4; ++i) sums[i] = 0;
    for (int32_t ky = 0; ky < window->rows.count; ++ky) {
        const int8_t *pixel = row_of(op, window, ky) + channel;
        room -= window->columns.count;
        if (room < 0) {
            sums[0] += emk_low_half(even);
            sums[1] += emk_low_half(odd);
            sums[2] += emk_high_half(even);
            sums[3] += emk_high_half(odd);
            even = odd = 0;
            room = 255 - window->columns.count;
        }
        for (int32_t kx = 0; kx < window->columns.count; ++kx, pixel += op->channels) {
            const uint32_t four = emk_load_u32(pixel);
            even = emk_sxtab16(even, four);
            odd = emk_sxtab16_8(odd, four);
        }
    }
    sums[0] += emk_low_half(even);
    sums[1] += emk_low_half(odd);
    sums[2] += emk_high_half(even);
    sums[3] += emk_high_half(odd);
}

static int32_t sum_one(const emk_pool_rows_q8_args *op, const emk_pool_window *window,
                       int32_t channel) {
    int32_t sum = 0;
    for (int32_t ky = 0; ky < window->rows.count; ++ky) {
        const int8_t *pixel = row_of(op, window, ky) + channel;
        for (int32_t kx = 0; kx < window->columns.count; ++kx) sum += pixel[kx * op->channels];
    }
    return sum;
}

static void pool_pixel(const emk_pool_rows_q8_args *op, const emk_pool_window *window,
                       int8_t *out) {
    const int32_t count = window->rows.count * window->columns.count;
    const int32_t divisor = count > 0 ? count : 1;
    int32_t c = 0;
    for (; c + 4 <= op->channels; c += 4) {
        int32_t sums[4];
        sum_four(op, window, c, sums);
        for (int32_t i = 0; i < 4; ++i) out[c + i] = average_of(sums[i], divisor);
    }
    for (; c < op->channels; ++c) out[c] = average_of(sum_one(op, window, c), divisor);
}

void emk_average_pool_rows_q8(const emk_pool_rows_q8_args *op, const int8_t *in, int8_t *out,
                              int32_t y0, int32_t y1) {
    const int32_t row_bytes = op->out_w * op->channels;
    emk_pool_window window;
    window.in = in;
    for (int32_t y = y0; y < y1; ++y) {
        int8_t *line = out + y % op->out_ring * row_bytes;
        window.rows = emk_pool_span_of(y, op->stride_h, op->pad_top, op->kernel_h, op->in_h);
        for (int32_t x = 0; x < op->out_w; ++x) {
            window.columns =
                emk_pool_span_of(x, op->stride_w, op->pad_left, op->kernel_w, op->in_w);
            pool_pixel(op, &window, line + x * op->channels);
        }
        emk_clamp_q8(line, row_bytes, op->low, op->high);
    }
}
