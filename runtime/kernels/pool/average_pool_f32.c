#include <stddef.h>

#include "../epilogue_f32.h"
#include "emk/f32.h"

void emk_average_pool_f32(const emk_pool_f32_args *op, const float *in, float *out, int32_t y0,
                          int32_t y1) {
    const int32_t channels = op->channels;
    for (int32_t y = y0; y < y1; ++y) {
        float *line = out + (y % op->out_ring) * op->out_w * channels;
        for (int32_t x = 0; x < op->out_w; ++x) {
            float *to = line + x * channels;
            int32_t count = 0;
            for (int32_t c = 0; c < channels; ++c) {
                to[c] = 0.0f;
            }
            for (int32_t ky = 0; ky < op->kernel_h; ++ky) {
                const int32_t iy = y * op->stride_h - op->pad_top + ky;
                if (iy < 0 || iy >= op->in_h) {
                    continue;
                }
                for (int32_t kx = 0; kx < op->kernel_w; ++kx) {
                    const int32_t ix = x * op->stride_w - op->pad_left + kx;
                    if (ix < 0 || ix >= op->in_w) {
                        continue;
                    }
                    const float *p = in + ((iy % op->in_ring) * op->in_w + ix) * channels;
                    for (int32_t c = 0; c < channels; ++c) {
                        to[c] += p[c];
                    }
                    ++count;
                }
            }
            for (int32_t c = 0; c < channels; ++c) {
                to[c] = emk_apply_epilogue_f32(&op->epilogue, to[c] / (float)count, c);
            }
        }
    }
}
