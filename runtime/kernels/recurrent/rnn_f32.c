#include "../recurrent/gates.h"

static void rnn_step(const emk_recurrent_f32_args *op, const emk_direction *direction,
                     const float *x, float *h) {
    const int32_t hidden = op->hidden;
    for (int32_t j = 0; j < hidden; ++j) {
        op->scratch[j] =
            emk_gate(op, direction->functions, emk_gate_sum(op, direction, j, hidden, x, h));
    }
    for (int32_t j = 0; j < hidden; ++j) h[j] = op->scratch[j];
}

void emk_rnn_f32(const emk_recurrent_f32_args *op, const float *x, const float *w, const float *r,
                 const float *b, const int32_t *lengths, const float *h0, float *y, float *y_h) {
    emk_first_state(y_h, h0, op->directions * op->batch * op->hidden);
    for (int32_t d = 0; d < op->directions; ++d) {
        const emk_direction direction = emk_direction_of(op, d, 1, 1, w, r, b, 0);
        EMK_EACH_STEP(op, d, lengths, x, y, y_h, rnn_step(op, &direction, input, h))
    }
}
