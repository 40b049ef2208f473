#include "emk/recurrent.h"

/* A filter's memory after x. */
static void remember(const emk_svdf_f32_args *op, const float *x, const float *feature,
                     const float *state, float *next) {
    float response = 0.0f;
    for (int32_t i = 0; i + 1 < op->memory; ++i) next[i] = state[i + 1];
    for (int32_t i = 0; i < op->inputs; ++i) response += feature[i] * x[i];
    next[op->memory - 1] = response;
}

void emk_svdf_f32(const emk_svdf_f32_args *op, const float *x, const float *feature,
                  const float *time, const float *bias, const float *state, float *y, float *next) {
    for (int32_t b = 0; b < op->batch; ++b) {
        const float *w = feature, *t = time;
        for (int32_t u = 0; u < op->units; ++u) {
            float sum = bias != 0 ? bias[u] : 0.0f;
            for (int32_t r = 0; r < op->rank; ++r) {
                float part = 0.0f;
                remember(op, x, w, state, next);
                for (int32_t i = 0; i < op->memory; ++i) part += t[i] * next[i];
                sum += part;
                w += op->inputs;
                t += op->memory;
                state += op->memory;
                next += op->memory;
            }
            *y++ = sum;
        }
        x += op->inputs;
    }
}
