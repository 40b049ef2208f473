#include "../pool/volume_pool.h"

#include "emk/arithmetic.h"

static float raised(float x, int32_t p) {
    const float magnitude = emk_absf(x);
    float power = magnitude;
    for (int32_t i = 1; i < p; ++i) power *= magnitude;
    return power;
}

static float root(float sum, int32_t p) {
    if (p == 1) return sum;
    return p == 2 ? emk_sqrtf(sum) : emk_powf(sum, 1.0f / (float)p);
}

static void norm_of(const emk_volume_pool_args *op, const float *in, const int32_t at[3],
                    const emk_taps taps[3], float *out) {
    (void)at;
    for (int32_t c = 0; c < op->channels; ++c) out[c] = 0.0f;
    EMK_EACH_TAP(op, float, in, taps, {
        for (int32_t c = 0; c < op->channels; ++c) out[c] += raised(pixel[c], op->p);
    })
    for (int32_t c = 0; c < op->channels; ++c) out[c] = root(out[c], op->p);
}

void emk_volume_lp_pool_f32(const emk_volume_pool_args *op, const float *in, float *out) {
    EMK_EACH_WINDOW(op, in, out, norm_of)
}
