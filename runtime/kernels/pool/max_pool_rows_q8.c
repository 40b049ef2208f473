#include "emk/fixed.h"
#include "emk/map_q8.h"

/* Raises the channels at `to` to those at `from`. */
static void raise_to(const int8_t *from, int32_t channels, int8_t *to) {
    for (int32_t c = 0; c < channels; ++c) {
        if (from[c] > to[c]) to[c] = from[c];
    }
}

static void pool_window(const emk_max_pool_rows_q8_args *op, const int8_t *in, int32_t y, int32_t x,
                        int8_t *to) {
    const int32_t channels = op->channels;
    for (int32_t c = 0; c < channels; ++c) to[c] = -128;
    for (int32_t ky = 0; ky < op->kernel_h; ++ky) {
        const int32_t iy = y * op->stride_h - op->pad_top + ky;
        if (iy < 0 || iy >= op->in_h) continue;
        for (int32_t kx = 0; kx < op->kernel_w; ++kx) {
            const int32_t ix = x * op->stride_w - op->pad_left + kx;
            if (ix < 0 || ix >= op->in_w) continue;
            raise_to(in + ((iy % op->in_ring) * op->in_w + ix) * channels, channels, to);
        }
    }
    for (int32_t c = 0; c < channels; ++c) {
        to[c] = (int8_t)emk_clamp_i32(to[c], op->low, op->high);
    }
}

void emk_max_pool_rows_q8(const emk_max_pool_rows_q8_args *op, const int8_t *in, int8_t *out,
                          int32_t y0, int32_t y1) {
    for (int32_t y = y0; y < y1; ++y) {
        int8_t *line = out + (y % op->out_ring) * op->out_w * op->channels;
        for (int32_t x = 0; x < op->out_w; ++x) {
            pool_window(op, in, y, x, line + x * op->channels);
        }
    }
}
