#include <stddef.h>

#include "../epilogue_f32.h"
#include "emk/f32.h"

void emk_depthwise_conv2d_f32(const emk_depthwise_conv2d_f32_args *op, const float *in, float *out,
                              int32_t y0, int32_t y1) {
    const int32_t multiplier = op->out_c / op->in_c;
    for (int32_t y = y0; y < y1; ++y) {
        const int32_t top = y * op->stride_h - op->pad_top;
        float *line = out + (y % op->out_ring) * op->out_w * op->out_c;
        for (int32_t x = 0; x < op->out_w; ++x) {
            const int32_t left = x * op->stride_w - op->pad_left;
            float *to = line + x * op->out_c;
            for (int32_t c = 0; c < op->out_c; ++c) {
                to[c] = 0.0f;
            }
            for (int32_t ky = 0; ky < op->kernel_h; ++ky) {
                const int32_t iy = top + ky * op->dilation_h;
                if (iy < 0 || iy >= op->in_h) {
                    continue;
                }
                for (int32_t kx = 0; kx < op->kernel_w; ++kx) {
                    const int32_t ix = left + kx * op->dilation_w;
                    if (ix < 0 || ix >= op->in_w) {
                        continue;
                    }
                    const float *p = in + ((iy % op->in_ring) * op->in_w + ix) * op->in_c;
                    const float *w = op->filter + (ky * op->kernel_w + kx) * op->out_c;
                    if (multiplier == 1) {
                        for (int32_t c = 0; c < op->out_c; ++c) {
                            to[c] += p[c] * w[c];
                        }
                    } else {
                        for (int32_t c = 0; c < op->out_c; ++c) {
                            to[c] += p[c / multiplier] * w[c];
                        }
                    }
                }
            }
            for (int32_t c = 0; c < op->out_c; ++c) {
                const float v = op->bias != NULL ? to[c] + op->bias[c] : to[c];
                to[c] = emk_apply_epilogue_f32(&op->epilogue, v, c);
            }
        }
    }
}
