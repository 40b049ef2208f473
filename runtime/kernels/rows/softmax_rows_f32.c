#include "emk/math.h"
#include "emk/rows.h"

static float greatest(const float *x, int32_t length) {
    float max = x[0];
    for (int32_t i = 1; i < length; ++i) max = x[i] > max ? x[i] : max;
    return max;
}

void emk_softmax_beta_f32(const emk_softmax_beta_f32_args *op, const float *in, float *out) {
    for (int32_t row = 0; row < op->rows; ++row, in += op->length, out += op->length) {
        const float max = greatest(in, op->length);
        float sum = 0.0f;
        for (int32_t i = 0; i < op->length; ++i) {
            out[i] = emk_expf((in[i] - max) * op->beta);
            sum += out[i];
        }
        for (int32_t i = 0; i < op->length; ++i) out[i] = out[i] / sum;
    }
}

void emk_log_softmax_f32(const emk_rows_args *op, const float *in, float *out) {
    for (int32_t row = 0; row < op->rows; ++row, in += op->length, out += op->length) {
        const float max = greatest(in, op->length);
        float sum = 0.0f, log;
        for (int32_t i = 0; i < op->length; ++i) sum += emk_expf(in[i] - max);
        log = emk_logf(sum);
        for (int32_t i = 0; i < op->length; ++i) out[i] = (in[i] - max) - log;
    }
}

void emk_hardmax_f32(const emk_rows_args *op, const float *in, float *out) {
    for (int32_t row = 0; row < op->rows; ++row, in += op->length, out += op->length) {
        int32_t best = 0;
        for (int32_t i = 1; i < op->length; ++i) best = in[i] > in[best] ? i : best;
        for (int32_t i = 0; i < op->length; ++i) out[i] = i == best ? 1.0f : 0.0f;
    }
}
