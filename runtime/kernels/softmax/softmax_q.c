/* Quantised softmax: exponentials of the differences to the greatest value, which are at most 0,
 * in Q0; their sum in Q12. */
#include "emk/fixed.h"
#include "emk/quantized.h"

/* exp of a difference, in Q0. */
static int32_t exponential(const emk_softmax_q_args *op, int32_t difference) {
    return emk_exp_q0(emk_scale(difference, op->multiplier, op->shift), 5);
}

/* Elements below the greatest by more than -diff_min count as 0. */
#define EMK_SOFTMAX(suffix, type_in, type_out, bits, least, most)                               \
    void emk_softmax_##suffix(const emk_softmax_q_args *op, const type_in *in, type_out *out) { \
        for (int32_t row = 0; row < op->rows; ++row) {                                          \
            int32_t greatest = in[0], sum = 0;                                                  \
            emk_scaled scale;                                                                   \
            for (int32_t i = 1; i < op->channels; ++i) {                                        \
                greatest = in[i] > greatest ? in[i] : greatest;                                 \
            }                                                                                   \
            for (int32_t i = 0; i < op->channels; ++i) {                                        \
                if (in[i] - greatest < op->diff_min) continue;                                  \
                sum += emk_divide_by_power(exponential(op, in[i] - greatest), 12);              \
            }                                                                                   \
            scale = emk_reciprocal(sum, 12);                                                    \
            for (int32_t i = 0; i < op->channels; ++i) {                                        \
                int32_t value = 0;                                                              \
                if (in[i] - greatest >= op->diff_min) {                                         \
                    value = emk_multiply_q31(scale.raw, exponential(op, in[i] - greatest));     \
                    value = emk_divide_by_power(value, 31 - (bits)-scale.exponent);             \
                }                                                                               \
                out[i] = (type_out)emk_clamp_i32(value + (least), least, most);                 \
            }                                                                                   \
            in += op->channels;                                                                 \
            out += op->channels;                                                                \
        }                                                                                       \
    }

EMK_SOFTMAX(q8, int8_t, int8_t, 8, -128, 127)
EMK_SOFTMAX(qu8, uint8_t, uint8_t, 8, 0, 255)

/* exp of element i by the table over [-10, 0], in Q15. */
static int16_t exponential_q16(const emk_softmax_q16_args *op, int32_t difference) {
    const int32_t scaled = emk_scale(difference, op->multiplier, op->shift) + 32767;
    return emk_interpolate_q16(op->exponentials, emk_clamp_i32(scaled, -32768, 32767));
}

void emk_softmax_q16(const emk_softmax_q16_args *op, const int16_t *in, int16_t *out) {
    for (int32_t row = 0; row < op->rows; ++row) {
        int32_t greatest = in[0], sum = 0;
        int32_t zeros, shifted, reciprocal;
        for (int32_t i = 1; i < op->channels; ++i) {
            greatest = in[i] > greatest ? in[i] : greatest;
        }
        for (int32_t i = 0; i < op->channels; ++i) {
            out[i] = exponential_q16(op, in[i] - greatest);
            sum += out[i];
        }
        /* sum = 2^(31 - zeros) * (1 + x), and x from [0, 1] becomes [-32768, 32767]. */
        zeros = emk_leading_zeros((uint32_t)sum);
        shifted = (int32_t)((((int64_t)sum << (zeros - 1)) + (1 << 13)) >> 14) - (3 << 15);
        reciprocal = emk_interpolate_q16(op->reciprocals, emk_clamp_i32(shifted, -32768, 32767));
        for (int32_t i = 0; i < op->channels; ++i) {
            const int32_t right = 31 - zeros;
            const int32_t value = (out[i] * reciprocal + (1 << (right - 1))) >> right;
            out[i] = (int16_t)emk_clamp_i32(value, 0, 32767);
        }
        in += op->channels;
        out += op->channels;
    }
}

/* x - greatest - log(sum), in steps of 1/16 below the greatest output. Q5 has room for the
 * difference only down to minus 32: what is below counts as the least value. */
#define EMK_LOG_SOFTMAX(suffix, type, least, most)                                                 \
    void emk_log_softmax_##suffix(const emk_log_softmax_q_args *op, const type *in, type *out) {   \
        const emk_softmax_q_args *exp = &op->softmax;                                              \
        for (int32_t row = 0; row < exp->rows; ++row) {                                            \
            int32_t greatest = in[0], sum = 0, log_sum, diff_min, limit;                           \
            for (int32_t i = 1; i < exp->channels; ++i) {                                          \
                greatest = in[i] > greatest ? in[i] : greatest;                                    \
            }                                                                                      \
            for (int32_t i = 0; i < exp->channels; ++i) {                                          \
                if (in[i] - greatest < exp->diff_min) continue;                                    \
                sum += emk_divide_by_power(exponential(exp, in[i] - greatest), 12);                \
            }                                                                                      \
            log_sum = emk_log_q5(sum);                                                             \
            limit = emk_scale(log_sum + EMK_INT32_MIN, op->inverse_multiplier, op->inverse_shift); \
            diff_min = limit > exp->diff_min - 1 ? limit : exp->diff_min - 1;                      \
            for (int32_t i = 0; i < exp->channels; ++i) {                                          \
                const int32_t difference = in[i] - greatest;                                       \
                int32_t value = least;                                                             \
                if (difference > diff_min) {                                                       \
                    value = emk_scale(difference, exp->multiplier, exp->shift) - log_sum;          \
                    value = emk_divide_by_power(value, 22) + (most);                               \
                }                                                                                  \
                out[i] = (type)emk_clamp_i32(value, least, most);                                  \
            }                                                                                      \
            in += exp->channels;                                                                   \
            out += exp->channels;                                                                  \
        }                                                                                          \
    }

EMK_LOG_SOFTMAX(q8, int8_t, -128, 127)
EMK_LOG_SOFTMAX(qu8, uint8_t, 0, 255)
