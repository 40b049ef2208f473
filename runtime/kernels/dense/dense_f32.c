#include <stddef.h>

#include "../epilogue_f32.h"
#include "emk/f32.h"

#define EMK_LANES 4

/* Four outputs at once: weights are read once, in the order in which they lie in flash. */
static void emk_dot_4(const float *x, const float *w, int32_t count, float *acc) {
    const float *end = x + count;
    float s0 = 0.0f, s1 = 0.0f, s2 = 0.0f, s3 = 0.0f;
    while (x != end) {
        const float a = *x++;
        s0 += a * w[0];
        s1 += a * w[1];
        s2 += a * w[2];
        s3 += a * w[3];
        w += EMK_LANES;
    }
    acc[0] = s0, acc[1] = s1, acc[2] = s2, acc[3] = s3;
}

static void emk_dot_narrow(const float *x, const float *w, int32_t count, float *acc,
                           int32_t lanes) {
    for (int32_t lane = 0; lane < lanes; ++lane) {
        float sum = 0.0f;
        for (int32_t i = 0; i < count; ++i) {
            sum += x[i] * w[i * lanes + lane];
        }
        acc[lane] = sum;
    }
}

void emk_dense_f32(const emk_dense_f32_args *op, const float *in, float *out, int32_t y0,
                   int32_t y1) {
    for (int32_t y = y0; y < y1; ++y) {
        const float *x = in + y * op->in_c;
        const float *w = op->weights;
        for (int32_t c = 0; c < op->out_c; c += EMK_LANES) {
            float acc[EMK_LANES];
            const int32_t lanes = op->out_c - c < EMK_LANES ? op->out_c - c : EMK_LANES;
            if (lanes == EMK_LANES) {
                emk_dot_4(x, w, op->in_c, acc);
            } else {
                emk_dot_narrow(x, w, op->in_c, acc, lanes);
            }
            w += op->in_c * lanes;
            for (int32_t lane = 0; lane < lanes; ++lane) {
                const float v = op->bias != NULL ? acc[lane] + op->bias[c + lane] : acc[lane];
                out[y * op->out_c + c + lane] = emk_apply_epilogue_f32(&op->epilogue, v, c + lane);
            }
        }
    }
}
