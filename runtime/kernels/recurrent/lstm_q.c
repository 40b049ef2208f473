#include "../activation/sigmoid_q16.h"
#include "emk/fixed.h"
#include "emk/recurrent.h"

static int16_t saturated(int32_t x) {
    return (int16_t)emk_clamp_i32(x, -32768, 32767);
}

/* The products of two numbers of 16 bits in another scale. */
static int32_t product(int16_t a, int16_t b, int32_t multiplier, int32_t shift) {
    return emk_scale((int32_t)a * b, multiplier, shift);
}

/* Gates to [0, 1], and the new cells. */
static void update_cells(const emk_lstm_q_args *op, int16_t *c) {
    const int16_t *input = op->scratch, *forget = input + 2 * op->hidden;
    const int16_t *cell = forget + op->hidden;
    for (int32_t j = 0; j < op->hidden; ++j) {
        const int16_t keep = emk_sigmoid_by_table(op->table, 3 * forget[j]);
        const int16_t add = emk_sigmoid_by_table(op->table, 3 * input[j]);
        const int16_t value = emk_tanh_by_table(op->table, 3 * cell[j]);
        const int16_t kept = saturated(product(keep, c[j], op->keep_multiplier, op->keep_shift));
        const int16_t added =
            saturated(product(add, value, op->update_multiplier, op->update_shift));
        c[j] = saturated((int32_t)kept + added);
        if (op->cell_clip > 0) c[j] = (int16_t)emk_clamp_i32(c[j], -op->cell_clip, op->cell_clip);
    }
}

/* output gate * tanh(cell) of unit j, in y's scale, zero point included. */
static int32_t output(const emk_lstm_q_args *op, int32_t j, int16_t c) {
    const int32_t half = op->tanh_shift > 0 ? 1 << (op->tanh_shift - 1) : 0;
    const int32_t x = (c * op->tanh_multiplier + half) >> op->tanh_shift;
    const int16_t gate = emk_sigmoid_by_table(op->table, 3 * op->scratch[op->hidden + j]);
    return product(emk_tanh_by_table(op->table, x), gate, op->y_multiplier, op->y_shift) +
           op->h_zero;
}

/* emk_scale of sums that are kept as unsigned numbers, since they may wrap. */
static int32_t scale_8(uint32_t sum, int32_t multiplier, int32_t shift) {
    return emk_scale((int32_t)sum, multiplier, shift);
}
static int32_t scale_16(uint64_t sum, int32_t multiplier, int32_t shift) {
    return emk_scale_wide((int64_t)sum, multiplier, shift);
}

#define EMK_LSTM(bits, type, sum_type, bias_type, least, most)                                     \
    static int16_t sum_##bits(const type *x, int32_t zero, const int8_t *w, int32_t count,         \
                              sum_type sum, int32_t multiplier, int32_t shift) {                   \
        for (int32_t i = 0; i < count; ++i) sum += (sum_type)((x[i] - zero) * w[i]);               \
        return saturated(scale_##bits(sum, multiplier, shift));                                    \
    }                                                                                              \
    static void gates_##bits(const emk_lstm_q_args *op, const type *x, const int8_t *w,            \
                             const int8_t *r, const bias_type *b, const type *h) {                 \
        const int32_t inputs = op->inputs, hidden = op->hidden;                                    \
        for (int32_t row = 0; row < 4 * hidden; ++row) {                                           \
            const int32_t gate = row / hidden;                                                     \
            const sum_type bias = b != 0 ? (sum_type)b[row] : 0u;                                  \
            const int16_t from_x = sum_##bits(x, op->x_zero, w + row * inputs, inputs, bias,       \
                                              op->x_multipliers[gate], op->x_shifts[gate]);        \
            const int16_t from_h = sum_##bits(h, op->h_zero, r + row * hidden, hidden, 0u,         \
                                              op->h_multipliers[gate], op->h_shifts[gate]);        \
            op->scratch[row] = saturated((int32_t)from_x + from_h);                                \
        }                                                                                          \
    }                                                                                              \
    void emk_lstm_q##bits(const emk_lstm_q_args *op, const type *x, const int8_t *w,               \
                          const int8_t *r, const bias_type *b, type *y, type *y_h, int16_t *y_c) { \
        const int32_t hidden = op->hidden, states = op->batch * hidden;                            \
        for (int32_t i = 0; i < states; ++i) {                                                     \
            y_h[i] = (type)op->h_zero;                                                             \
            y_c[i] = 0;                                                                            \
        }                                                                                          \
        for (int32_t t = 0; t < op->steps; ++t) {                                                  \
            for (int32_t n = 0; n < states; n += hidden) {                                         \
                gates_##bits(op, x, w, r, b, y_h + n);                                             \
                update_cells(op, y_c + n);                                                         \
                for (int32_t j = 0; j < hidden; ++j) {                                             \
                    *y = (type)emk_clamp_i32(output(op, j, y_c[n + j]), least, most);              \
                    y_h[n + j] = *y++;                                                             \
                }                                                                                  \
                x += op->inputs;                                                                   \
            }                                                                                      \
        }                                                                                          \
    }

EMK_LSTM(8, int8_t, uint32_t, int32_t, -128, 127)
EMK_LSTM(16, int16_t, uint64_t, int64_t, -32768, 32767)
