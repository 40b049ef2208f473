/* Quantised arithmetic of two operands: one function per operation computes an element, one loop
 * per type walks. */
#include "../broadcast.h"
#include "emk/fixed.h"
#include "emk/quantized.h"

/* An operand on the scale that both share. */
static int32_t scaled_a(const emk_binary_q_args *op, int32_t a) {
    return emk_scale((a - op->a_zero) * (1 << op->left_shift), op->a_multiplier, op->a_shift);
}

static int32_t scaled_b(const emk_binary_q_args *op, int32_t b) {
    return emk_scale((b - op->b_zero) * (1 << op->left_shift), op->b_multiplier, op->b_shift);
}

static int32_t to_output(const emk_binary_q_args *op, int32_t value) {
    const int32_t scaled = emk_scale(value, op->out_multiplier, op->out_shift);
    return emk_clamp_i32(scaled + op->out_zero, op->low, op->high);
}

static int32_t add(const emk_binary_q_args *op, int32_t a, int32_t b) {
    return to_output(op, scaled_a(op, a) + scaled_b(op, b));
}

static int32_t subtract(const emk_binary_q_args *op, int32_t a, int32_t b) {
    return to_output(op, scaled_a(op, a) - scaled_b(op, b));
}

static int32_t squared_difference(const emk_binary_q_args *op, int32_t a, int32_t b) {
    const uint32_t difference = (uint32_t)(scaled_a(op, a) - scaled_b(op, b));
    return to_output(op, (int32_t)(difference * difference));
}

static int32_t multiply(const emk_binary_q_args *op, int32_t a, int32_t b) {
    /* Two differences of int16 do not always fit; the product wraps as on the chip. */
    return to_output(op, (int32_t)((uint32_t)(a - op->a_zero) * (uint32_t)(b - op->b_zero)));
}

/* The quotient by the reciprocal of |b|; 0 divides as the smallest step does. */
static int32_t divide(const emk_binary_q_args *op, int32_t a, int32_t b) {
    const int32_t denominator = b - op->b_zero;
    const int32_t numerator = denominator < 0 ? op->a_zero - a : a - op->a_zero;
    const int32_t magnitude = denominator < 0 ? -denominator : denominator;
    const emk_scaled inverse = emk_reciprocal(magnitude != 0 ? magnitude : 1, 31);
    const uint32_t bits = (uint32_t)(numerator < 0 ? ~numerator : numerator);
    const int32_t headroom = bits != 0 ? emk_leading_zeros(bits) - 1 : 31;
    const int32_t quotient =
        emk_multiply_q31((int32_t)((uint32_t)numerator << headroom), inverse.raw);
    const int32_t shift = op->out_shift + inverse.exponent - headroom;
    const int32_t scaled =
        shift < -31 ? 0 : emk_scale(quotient, op->out_multiplier, shift > 30 ? 30 : shift);
    return emk_clamp_i32(scaled + op->out_zero, op->low, op->high);
}

/* b is the slope of a's negative values. */
static int32_t prelu(const emk_binary_q_args *op, int32_t a, int32_t b) {
    const int32_t value = a - op->a_zero;
    if (value >= 0) {
        const int32_t same = emk_scale(value, op->a_multiplier, op->a_shift);
        return emk_clamp_i32(same + op->out_zero, op->low, op->high);
    }
    return to_output(op, (int32_t)((uint32_t)value * (uint32_t)(b - op->b_zero)));
}

static int32_t less(const emk_binary_q_args *op, int32_t a, int32_t b) {
    return scaled_a(op, a) < scaled_b(op, b);
}

static int32_t less_equal(const emk_binary_q_args *op, int32_t a, int32_t b) {
    return scaled_a(op, a) <= scaled_b(op, b);
}

static int32_t equal(const emk_binary_q_args *op, int32_t a, int32_t b) {
    return scaled_a(op, a) == scaled_b(op, b);
}

static int32_t not_equal(const emk_binary_q_args *op, int32_t a, int32_t b) {
    return scaled_a(op, a) != scaled_b(op, b);
}

#define EMK_LOOP(name, suffix, type_a, type_b, type_out)                                      \
    void emk_##name##_##suffix(const emk_binary_q_args *op, const type_a *a, const type_b *b, \
                               type_out *out) {                                               \
        const emk_binary_args *w = &op->walk;                                                 \
        const int32_t count = w->shape[EMK_INNER];                                            \
        const int32_t a_step = w->a_stride[EMK_INNER], b_step = w->b_stride[EMK_INNER];       \
        emk_walk walk = {w->shape, {w->a_stride, w->b_stride, 0}, {0, 0, 0}, {0}};            \
        do {                                                                                  \
            const type_a *x = a + walk.at[0];                                                 \
            const type_b *y = b + walk.at[1];                                                 \
            for (int32_t i = 0; i < count; ++i) {                                             \
                out[i] = (type_out)name(op, x[i * a_step], y[i * b_step]);                    \
            }                                                                                 \
            out += count;                                                                     \
        } while (emk_next_row(&walk, 2) != 0);                                                \
    }
#define EMK_VALUES(name)                           \
    EMK_LOOP(name, q8, int8_t, int8_t, int8_t)     \
    EMK_LOOP(name, qu8, uint8_t, uint8_t, uint8_t) \
    EMK_LOOP(name, q16, int16_t, int16_t, int16_t)
#define EMK_TESTS(name)                            \
    EMK_LOOP(name, q8, int8_t, int8_t, uint8_t)    \
    EMK_LOOP(name, qu8, uint8_t, uint8_t, uint8_t) \
    EMK_LOOP(name, q16, int16_t, int16_t, uint8_t)

EMK_VALUES(add)
EMK_VALUES(subtract)
EMK_VALUES(multiply)
EMK_VALUES(squared_difference)
EMK_VALUES(divide)
EMK_LOOP(prelu, q8, int8_t, int8_t, int8_t)
EMK_LOOP(prelu, qu8, uint8_t, uint8_t, uint8_t)
EMK_LOOP(prelu, q16, int16_t, int8_t, int16_t)
EMK_TESTS(less)
EMK_TESTS(less_equal)
EMK_TESTS(equal)
EMK_TESTS(not_equal)
