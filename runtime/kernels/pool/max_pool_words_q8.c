#include "../clamp_q8.h"
#include "../pool/pool_rows_q8.h"
#include "emk/dsp.h"

enum { LEAST = -128 };

/* out = the greatest of four pixels. */
static void max_of_four(const int8_t *const pixels[4], int32_t channels, int8_t *out) {
    const int8_t *const a = pixels[0], *const b = pixels[1];
    const int8_t *const c = pixels[2], *const d = pixels[3];
    int32_t i = 0;
    for (; i + 4 <= channels; i += 4) {
        const uint32_t ab = emk_max_s8(emk_load_u32(a + i), emk_load_u32(b + i));
        const uint32_t cd = emk_max_s8(emk_load_u32(c + i), emk_load_u32(d + i));
        emk_store_u32(out + i, emk_max_s8(ab, cd));
    }
    for (; i < channels; ++i) {
        const int8_t ab = a[i] > b[i] ? a[i] : b[i], cd = c[i] > d[i] ? c[i] : d[i];
        out[i] = ab > cd ? ab : cd;
    }
}

static void fill_least(int8_t *out, int32_t count) {
    for (int32_t i = 0; i < count; ++i) out[i] = LEAST;
}

/* The rows of a window: the first one's place in the ring, and their number. */
typedef struct emk_window_rows {
    const int8_t *first, *ring, *ring_end;
    int32_t row_bytes, count;
} emk_window_rows;

/* One output pixel, four taps at a time; from the second time on, one of them is the output. */
static void pool_pixel(const emk_window_rows *rows, int32_t offset, int32_t columns,
                       int32_t channels, int8_t *out) {
    const int8_t *taps[4];
    const int8_t *row = rows->first;
    int32_t held = 0;
    for (int32_t ky = 0; ky < rows->count; ++ky) {
        const int8_t *pixel = row + offset;
        for (int32_t kx = 0; kx < columns; ++kx, pixel += channels) {
            taps[held++] = pixel;
            if (held < 4) continue;
            max_of_four(taps, channels, out);
            taps[0] = out;
            held = 1;
        }
        row += rows->row_bytes;
        if (row == rows->ring_end) row = rows->ring;
    }
    if (held == 0) {
        fill_least(out, channels);
    } else if (held > 1 || taps[0] != out) {
        for (int32_t i = held; i < 4; ++i) taps[i] = taps[0];
        max_of_four(taps, channels, out);
    }
}

/* Outputs x to end - 1, whose windows have at most four taps and no padding at the sides. */
static void pool_inside(const emk_pool_rows_q8_args *op, const emk_window_rows *rows, int32_t x,
                        int32_t end, int8_t *line) {
    const int32_t step = op->stride_w * op->channels;
    const int8_t *taps[4], *row = rows->first;
    int32_t held = 0;
    for (int32_t ky = 0; ky < rows->count; ++ky) {
        for (int32_t kx = 0; kx < op->kernel_w; ++kx) {
            taps[held++] = row + (x * op->stride_w - op->pad_left + kx) * op->channels;
        }
        row += rows->row_bytes;
        if (row == rows->ring_end) row = rows->ring;
    }
    for (; held < 4; ++held) taps[held] = taps[0];
    for (; x < end; ++x) {
        max_of_four(taps, op->channels, line + x * op->channels);
        for (int32_t i = 0; i < 4; ++i) taps[i] += step;
    }
}

static void pool_line(const emk_pool_rows_q8_args *op, const emk_window_rows *rows, int8_t *line) {
    const int32_t channels = op->channels;
    const int32_t is_small = op->kernel_w * op->kernel_h <= 4 && rows->count > 0;
    const int32_t room = op->in_w - op->kernel_w + op->pad_left;
    const int32_t inside =
        room < 0 ? 0 : room / op->stride_w + 1; /* end of those without padding */
    const int32_t end = inside < op->out_w ? inside : op->out_w;
    for (int32_t x = 0; x < op->out_w; ++x) {
        const emk_pool_span columns =
            emk_pool_span_of(x, op->stride_w, op->pad_left, op->kernel_w, op->in_w);
        if (is_small && columns.count == op->kernel_w && x < end) {
            pool_inside(op, rows, x, end, line);
            x = end - 1;
        } else {
            pool_pixel(rows, columns.first * channels, columns.count, channels,
                       line + x * channels);
        }
    }
}

void emk_max_pool_words_q8(const emk_pool_rows_q8_args *op, const int8_t *in, int8_t *out,
                           int32_t y0, int32_t y1) {
    const int32_t row_bytes = op->in_w * op->channels, line_bytes = op->out_w * op->channels;
    emk_window_rows rows = {in, in, in + op->in_ring * row_bytes, row_bytes, 0};
    for (int32_t y = y0; y < y1; ++y) {
        int8_t *line = out + y % op->out_ring * line_bytes;
        const emk_pool_span span =
            emk_pool_span_of(y, op->stride_h, op->pad_top, op->kernel_h, op->in_h);
        rows.first = in + span.first % op->in_ring * row_bytes;
        rows.count = span.count;
        pool_line(op, &rows, line);
        emk_clamp_q8(line, line_bytes, op->low, op->high);
    }
}
