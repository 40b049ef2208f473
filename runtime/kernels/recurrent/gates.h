/* What the recurrent kernels share: gates, and the walk over directions, sequences and steps. */
#ifndef EMK_KERNELS_GATES_H
#define EMK_KERNELS_GATES_H

#include "emk/math.h"
#include "emk/recurrent.h"

/* Function `which` of a direction's, of which there are `count`. */
static inline float emk_gate(const emk_recurrent_f32_args *op, int32_t which, float x) {
    const float alpha = op->alphas[which], beta = op->betas[which];
    if (op->clip > 0.0f) x = emk_clipf(x, -op->clip, op->clip);
    switch (op->functions[which]) {
        case EMK_GATE_SIGMOID:
            return emk_sigmoidf(x);
        case EMK_GATE_TANH:
            return emk_tanhf(x);
        case EMK_GATE_RELU:
            return emk_reluf(x);
        case EMK_GATE_AFFINE:
            return alpha * x + beta;
        case EMK_GATE_LEAKY_RELU:
            return emk_leaky_reluf(x, alpha);
        case EMK_GATE_THRESHOLDED_RELU:
            return x > alpha ? x : 0.0f;
        case EMK_GATE_SCALED_TANH:
            return alpha * emk_tanhf(beta * x);
        case EMK_GATE_HARD_SIGMOID:
            return emk_clipf(alpha * x + beta, 0.0f, 1.0f);
        case EMK_GATE_ELU:
            return emk_eluf(x, alpha);
        case EMK_GATE_SOFTSIGN:
            return emk_softsignf(x);
        default:
            return emk_softplusf(x);
    }
}

/* The operands of one direction. */
typedef struct emk_direction {
    const float *w, *r, *b, *p;
    int32_t functions; /* number of its first function */
} emk_direction;

static inline emk_direction emk_direction_of(const emk_recurrent_f32_args *op, int32_t d,
                                             int32_t gates, int32_t functions, const float *w,
                                             const float *r, const float *b, const float *p) {
    const int32_t rows = gates * op->hidden;
    emk_direction direction;
    direction.w = w + d * rows * op->inputs;
    direction.r = r + d * rows * op->hidden;
    direction.b = b != 0 ? b + d * 2 * rows : b;
    direction.p = p != 0 ? p + d * 3 * op->hidden : p;
    direction.functions = d * functions;
    return direction;
}

static inline float emk_add_products(float sum, const float *a, const float *b, int32_t count) {
    for (int32_t i = 0; i < count; ++i) sum += a[i] * b[i];
    return sum;
}

/* Row `row` of W x + R h + b, of `rows`. */
static inline float emk_gate_sum(const emk_recurrent_f32_args *op, const emk_direction *direction,
                                 int32_t row, int32_t rows, const float *x, const float *h) {
    float sum = emk_add_products(0.0f, direction->w + row * op->inputs, x, op->inputs);
    sum = emk_add_products(sum, direction->r + row * op->hidden, h, op->hidden);
    if (direction->b == 0) return sum;
    return (sum + direction->b[row]) + direction->b[rows + row];
}

/* First state of `count` units: a copy of `from`, or zeros. */
static inline void emk_first_state(float *state, const float *from, int32_t count) {
    for (int32_t i = 0; i < count; ++i) state[i] = from != 0 ? from[i] : 0.0f;
}

/* Step number `i` of a sequence of `length` steps as a position in time. */
static inline int32_t emk_time_of(const emk_recurrent_f32_args *op, int32_t d, int32_t i,
                                  int32_t length) {
    return op->backwards != 0 || d == 1 ? length - 1 - i : i;
}

static inline int32_t emk_length_of(const emk_recurrent_f32_args *op, const int32_t *lengths,
                                    int32_t n) {
    const int32_t length = lengths != 0 ? lengths[n] : op->steps;
    return length < 0 ? 0 : length > op->steps ? op->steps : length;
}

/* Runs `step` for every step of every sequence of direction `d`: `input` and `h` are that step's,
 * and the state is copied to y after it; what lies behind a sequence's end becomes 0. */
#define EMK_EACH_STEP(op, d, lengths, x, y, y_h, step)                                   \
    for (int32_t n = 0; n < (op)->batch; ++n) {                                          \
        const int32_t length = emk_length_of(op, lengths, n), hidden = (op)->hidden;     \
        const int32_t state = ((d) * (op)->batch + n) * hidden;                          \
        float *h = (y_h) + state;                                                        \
        for (int32_t i = 0; i < (op)->steps; ++i) {                                      \
            const int32_t t = i < length ? emk_time_of(op, d, i, length) : i;            \
            const float *input = (x) + (t * (op)->batch + n) * (op)->inputs;             \
            float *to = (y) + ((t * (op)->directions + (d)) * (op)->batch + n) * hidden; \
            if (i < length) step;                                                        \
            for (int32_t j = 0; j < hidden; ++j) to[j] = i < length ? h[j] : 0.0f;       \
        }                                                                                \
    }

#endif /* EMK_KERNELS_GATES_H */
