#include "emk/arithmetic.h"
#include "emk/rows.h"

void emk_normalize_f32(const emk_normalize_f32_args *op, const float *in, float *out) {
    for (int32_t row = 0; row < op->rows; ++row, in += op->length, out += op->length) {
        float norm = 0.0f;
        for (int32_t i = 0; i < op->length; ++i) {
            norm += op->p == 1 ? emk_absf(in[i]) : in[i] * in[i];
        }
        if (op->p == 2) norm = emk_sqrtf(norm);
        norm = norm < op->least ? op->least : norm;
        for (int32_t i = 0; i < op->length; ++i) out[i] = norm == 0.0f ? 0.0f : in[i] / norm;
    }
}
