#include "emk/arithmetic.h"
#include "emk/rows.h"

void emk_lrn_f32(const emk_lrn_f32_args *op, const float *in, float *out) {
    for (int32_t row = 0; row < op->rows; ++row, in += op->length, out += op->length) {
        for (int32_t i = 0; i < op->length; ++i) {
            const int32_t first = i > op->before ? i - op->before : 0;
            const int32_t room = op->length - 1 - i;
            const int32_t last = i + (op->after < room ? op->after : room);
            float sum = 0.0f;
            for (int32_t j = first; j <= last; ++j) sum += in[j] * in[j];
            out[i] = in[i] / emk_powf(op->bias + op->alpha * sum, op->beta);
        }
    }
}
