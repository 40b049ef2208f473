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

/* One output pixel, four taps at a time; from the second time on, one of them is the output. */
static void pool_pixel(const emk_pool_rows_q8_args *op, const int8_t *in, emk_pool_span rows,
                       emk_pool_span columns, int8_t *out) {
    const int8_t *taps[4];
    int32_t held = 0;
    for (int32_t ky = 0; ky < rows.count; ++ky) {
        const int8_t *pixel =
            in + ((rows.first + ky) % op->in_ring * op->in_w + columns.first) * op->channels;
        for (int32_t kx = 0; kx < columns.count; ++kx, pixel += op->channels) {
            taps[held++] = pixel;
            if (held < 4) continue;
            max_of_four(taps, op->channels, out);
            taps[0] = out;
            held = 1;
        }
    }
    if (held == 0) {
        fill_least(out, op->channels);
    } else if (held > 1 || taps[0] != out) {
        for (int32_t i = held; i < 4; ++i) taps[i] = taps[0];
        max_of_four(taps, op->channels, out);
    }
}

void emk_max_pool_rows_q8(const emk_pool_rows_q8_args *op, const int8_t *in, int8_t *out,
                          int32_t y0, int32_t y1) {
    const int32_t row_bytes = op->out_w * op->channels;
    for (int32_t y = y0; y < y1; ++y) {
        int8_t *line = out + y % op->out_ring * row_bytes;
        const emk_pool_span rows =
            emk_pool_span_of(y, op->stride_h, op->pad_top, op->kernel_h, op->in_h);
        for (int32_t x = 0; x < op->out_w; ++x) {
            const emk_pool_span columns =
                emk_pool_span_of(x, op->stride_w, op->pad_left, op->kernel_w, op->in_w);
            pool_pixel(op, in, rows, columns, line + x * op->channels);
        }
        emk_clamp_q8(line, row_bytes, op->low, op->high);
    }
}
