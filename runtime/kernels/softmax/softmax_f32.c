#include "emk/f32.h"
#include "emk/math.h"

void emk_softmax_f32(const emk_softmax_f32_args *op, const float *in, float *out, int32_t y0,
                     int32_t y1) {
    for (int32_t y = y0; y < y1; ++y) {
        const float *x = in + y * op->channels;
        float *p = out + y * op->channels;
        float max = x[0];
        for (int32_t c = 1; c < op->channels; ++c) {
            max = x[c] > max ? x[c] : max;
        }
        float sum = 0.0f;
        for (int32_t c = 0; c < op->channels; ++c) {
            const float e = emk_expf(x[c] - max);
            p[c] = e;
            sum += e;
        }
        for (int32_t c = 0; c < op->channels; ++c) {
            p[c] = p[c] / sum;
        }
    }
}
