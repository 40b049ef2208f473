#include "../recurrent/gates.h"

/* What goes into the hidden gate's function; `reset` holds the reset gate, or its product with the
 * old state. */
static float hidden_sum(const emk_recurrent_f32_args *op, const emk_direction *direction, int32_t j,
                        const float *x, const float *h, const float *reset) {
    const int32_t hidden = op->hidden, rows = 3 * hidden, row = 2 * hidden + j;
    const float *w = direction->w + row * op->inputs, *r = direction->r + row * hidden;
    const float *b = direction->b;
    float sum = emk_add_products(0.0f, w, x, op->inputs);
    if (op->variant != 0) {
        float state = emk_add_products(0.0f, r, h, hidden);
        if (b != 0) state += b[rows + row];
        sum += reset[j] * state;
        return b != 0 ? sum + b[row] : sum;
    }
    sum = emk_add_products(sum, r, reset, hidden);
    return b != 0 ? (sum + b[row]) + b[rows + row] : sum;
}

static void gru_step(const emk_recurrent_f32_args *op, const emk_direction *direction,
                     const float *x, float *h) {
    const int32_t hidden = op->hidden, f = direction->functions;
    float *update = op->scratch, *reset = update + hidden, *fresh = reset + hidden;
    for (int32_t row = 0; row < 2 * hidden; ++row) {
        update[row] = emk_gate(op, f, emk_gate_sum(op, direction, row, 3 * hidden, x, h));
    }
    for (int32_t j = 0; op->variant == 0 && j < hidden; ++j) reset[j] = reset[j] * h[j];
    for (int32_t j = 0; j < hidden; ++j) {
        fresh[j] = emk_gate(op, f + 1, hidden_sum(op, direction, j, x, h, reset));
    }
    for (int32_t j = 0; j < hidden; ++j) {
        h[j] = (1.0f - update[j]) * fresh[j] + update[j] * h[j];
    }
}

void emk_gru_f32(const emk_recurrent_f32_args *op, const float *x, const float *w, const float *r,
                 const float *b, const int32_t *lengths, const float *h0, float *y, float *y_h) {
    emk_first_state(y_h, h0, op->directions * op->batch * op->hidden);
    for (int32_t d = 0; d < op->directions; ++d) {
        const emk_direction direction = emk_direction_of(op, d, 3, 2, w, r, b, 0);
        EMK_EACH_STEP(op, d, lengths, x, y, y_h, gru_step(op, &direction, input, h))
    }
}
