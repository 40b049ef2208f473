#include "emk/f32.h"

void emk_pad_f32(const emk_pad_f32_args *op, const float *in, float *out) {
    for (int32_t y = 0; y < op->out_h; ++y) {
        const int32_t iy = y - op->top;
        for (int32_t x = 0; x < op->out_w; ++x) {
            const int32_t ix = x - op->left;
            const int32_t inside = iy >= 0 && iy < op->in_h && ix >= 0 && ix < op->in_w;
            for (int32_t c = 0; c < op->out_c; ++c) {
                const int32_t ic = c - op->front;
                float v = op->value;
                if (inside && ic >= 0 && ic < op->in_c) {
                    v = in[(iy * op->in_w + ix) * op->in_c + ic];
                }
                *out++ = v;
            }
        }
    }
}
