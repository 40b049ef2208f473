#include "../recurrent/gates.h"

/* One step of one sequence: all gates' sums from the old state, then the new one. */
static void lstm_step(const emk_recurrent_f32_args *op, const emk_direction *direction,
                      const float *x, float *h, float *c) {
    const int32_t hidden = op->hidden, f = direction->functions;
    const float *p = direction->p;
    float *in = op->scratch, *out = in + hidden, *forget = out + hidden, *cell = forget + hidden;
    for (int32_t row = 0; row < 4 * hidden; ++row) {
        in[row] = emk_gate_sum(op, direction, row, 4 * hidden, x, h);
    }
    for (int32_t j = 0; j < hidden; ++j) {
        const float input = emk_gate(op, f, p != 0 ? in[j] + p[j] * c[j] : in[j]);
        const float keep =
            op->variant != 0
                ? 1.0f - input
                : emk_gate(op, f, p != 0 ? forget[j] + p[2 * hidden + j] * c[j] : forget[j]);
        c[j] = keep * c[j] + input * emk_gate(op, f + 1, cell[j]);
        if (op->cell_clip > 0.0f) c[j] = emk_clipf(c[j], -op->cell_clip, op->cell_clip);
        h[j] = emk_gate(op, f, p != 0 ? out[j] + p[hidden + j] * c[j] : out[j]) *
               emk_gate(op, f + 2, c[j]);
    }
}

void emk_lstm_f32(const emk_recurrent_f32_args *op, const float *x, const float *w, const float *r,
                  const float *b, const int32_t *lengths, const float *h0, const float *c0,
                  const float *p, float *y, float *y_h, float *y_c) {
    emk_first_state(y_h, h0, op->directions * op->batch * op->hidden);
    emk_first_state(y_c, c0, op->directions * op->batch * op->hidden);
    for (int32_t d = 0; d < op->directions; ++d) {
        const emk_direction direction = emk_direction_of(op, d, 4, 3, w, r, b, p);
        EMK_EACH_STEP(op, d, lengths, x, y, y_h, lstm_step(op, &direction, input, h, y_c + state))
    }
}
