#include "emk/fixed.h"
#include "emk/recurrent.h"

/* A filter's response to x, in the state's scale. Sums wrap. */
static int32_t response(const emk_svdf_q8_args *op, const int8_t *x, const int8_t *feature,
                        int32_t least, int32_t most) {
    uint32_t sum = 0;
    for (int32_t i = 0; i < op->inputs; ++i) {
        sum += (uint32_t)(feature[i] * (x[i] - op->x_zero));
    }
    return emk_clamp_i32(emk_scale((int32_t)sum, op->state_multiplier, op->state_shift), least,
                         most);
}

static int8_t output(const emk_svdf_q8_args *op, uint32_t sum) {
    const int32_t scaled = emk_scale((int32_t)sum, op->y_multiplier, op->y_shift);
    return (int8_t)emk_clamp_i32(emk_clamp_i32(scaled, -256, 255) + op->y_zero, -128, 127);
}

/* TensorFlow Lite clamps the response before it adds the zero point. */
#define EMK_SVDF(suffix, type, least, most)                                                     \
    void emk_svdf_##suffix(const emk_svdf_q8_args *op, const int8_t *x, const int8_t *feature,  \
                           const type *time, const int32_t *bias, const type *state, int8_t *y, \
                           type *next) {                                                        \
        const int32_t last = op->memory - 1;                                                    \
        for (int32_t b = 0; b < op->batch; ++b) {                                               \
            const int8_t *w = feature;                                                          \
            const type *t = time;                                                               \
            for (int32_t u = 0; u < op->units; ++u) {                                           \
                uint32_t sum = bias != 0 ? (uint32_t)bias[u] : 0u;                              \
                for (int32_t r = 0; r < op->rank; ++r) {                                        \
                    for (int32_t i = 0; i < last; ++i) next[i] = state[i + 1];                  \
                    next[last] = (type)(response(op, x, w, least, most) + op->state_zero);      \
                    for (int32_t i = 0; i <= last; ++i) {                                       \
                        sum += (uint32_t)t[i] * (uint32_t)(next[i] - op->state_zero);           \
                    }                                                                           \
                    w += op->inputs;                                                            \
                    t += op->memory;                                                            \
                    state += op->memory;                                                        \
                    next += op->memory;                                                         \
                }                                                                               \
                *y++ = output(op, sum);                                                         \
            }                                                                                   \
            x += op->inputs;                                                                    \
        }                                                                                       \
    }

EMK_SVDF(q8, int8_t, -128, 127)
EMK_SVDF(q8_state16, int16_t, -32768, 32767)
