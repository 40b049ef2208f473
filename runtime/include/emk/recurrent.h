/* Recurrent layers as whole tensors: LSTM, GRU and simple RNN. C99, freestanding. */
#ifndef EMK_RECURRENT_H
#define EMK_RECURRENT_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Functions of gates, with up to two parameters. */
enum emk_gate_function {
    EMK_GATE_SIGMOID = 0,
    EMK_GATE_TANH = 1,
    EMK_GATE_RELU = 2,
    EMK_GATE_AFFINE = 3,           /* alpha * x + beta */
    EMK_GATE_LEAKY_RELU = 4,       /* alpha * x below 0 */
    EMK_GATE_THRESHOLDED_RELU = 5, /* x above alpha, else 0 */
    EMK_GATE_SCALED_TANH = 6,      /* alpha * tanh(beta * x) */
    EMK_GATE_HARD_SIGMOID = 7,     /* alpha * x + beta within [0, 1] */
    EMK_GATE_ELU = 8,              /* alpha * (exp(x) - 1) below 0 */
    EMK_GATE_SOFTSIGN = 9,
    EMK_GATE_SOFTPLUS = 10
};

/* x [steps][batch][inputs]; weights by direction and gate: w [directions][gates * hidden][inputs],
 * r [directions][gates * hidden][hidden], b [directions][2 * gates * hidden] (for w, then for r) or
 * null. lengths [batch]: steps of each sequence, after which y is 0 and the state stays, or null.
 * h0 [directions][batch][hidden]: first state, or null for zeros. y [steps][directions][batch]
 * [hidden], y_h [directions][batch][hidden]: last state. */
typedef struct emk_recurrent_f32_args {
    float *scratch; /* one float per gate and hidden unit */
    int32_t steps, batch, inputs, hidden, directions;
    int32_t backwards; /* 1: the first direction runs backwards; the second one always does */
    int32_t variant;   /* lstm: 1 couples the input and forget gates; gru: 1 resets after R h */
    float clip;        /* of what goes into a function, both ways; 0: none */
    float cell_clip;   /* lstm: of the cell, both ways; 0: none */
    /* By direction: lstm f, g, h; gru f, g; rnn f */
    int32_t functions[6];
    float alphas[6], betas[6];
} emk_recurrent_f32_args;

/* Hochreiter & Schmidhuber 1997 with forget gates and peepholes; gates in the order input, output,
 * forget, cell. c0 and y_c as h0 and y_h; peepholes p [directions][3 * hidden] (input, output,
 * forget) or null. */
void emk_lstm_f32(const emk_recurrent_f32_args *op, const float *x, const float *w, const float *r,
                  const float *b, const int32_t *lengths, const float *h0, const float *c0,
                  const float *p, float *y, float *y_h, float *y_c);

/* The same in integers, without peepholes, forwards and from a state of zero. A gate's two sums are
 * each brought to Q3.12 and added with saturation; cells have a scale of 2^cell_power. Gates in the
 * order input, output, forget, cell. */
typedef struct emk_lstm_q_args {
    int16_t *scratch; /* one int16 per gate and hidden unit */
    int32_t steps, batch, inputs, hidden;
    int32_t x_zero, h_zero;
    int32_t x_multipliers[4], x_shifts[4], h_multipliers[4], h_shifts[4]; /* of sums to Q3.12 */
    int32_t keep_multiplier, keep_shift;     /* of forget gate * cell to the cell */
    int32_t update_multiplier, update_shift; /* of input gate * cell gate to the cell */
    int32_t y_multiplier, y_shift;           /* of output gate * tanh(cell) to y */
    int32_t cell_clip;                       /* of the cell, both ways; 0: none */
    int32_t tanh_multiplier, tanh_shift;     /* of the cell to steps of 1/12288 */
    const uint16_t *table;                   /* [256]: 65536 * sigmoid(i / 24), about */
} emk_lstm_q_args;

/* x [steps][batch][inputs], w [4 * hidden][inputs], r [4 * hidden][hidden], b [4 * hidden] or null;
 * y [steps][batch][hidden], y_h and y_c [batch][hidden]: last state. y_h has y's scale. */
void emk_lstm_q8(const emk_lstm_q_args *op, const int8_t *x, const int8_t *w, const int8_t *r,
                 const int32_t *b, int8_t *y, int8_t *y_h, int16_t *y_c);
void emk_lstm_q16(const emk_lstm_q_args *op, const int16_t *x, const int8_t *w, const int8_t *r,
                  const int64_t *b, int16_t *y, int16_t *y_h, int16_t *y_c);

/* Cho et al. 2014, arXiv:1406.1078; gates in the order update, reset, hidden. */
void emk_gru_f32(const emk_recurrent_f32_args *op, const float *x, const float *w, const float *r,
                 const float *b, const int32_t *lengths, const float *h0, float *y, float *y_h);

/* h = f(W x + R h + b) */
void emk_rnn_f32(const emk_recurrent_f32_args *op, const float *x, const float *w, const float *r,
                 const float *b, const int32_t *lengths, const float *h0, float *y, float *y_h);

/* Singular value decomposition filter (Nakkiran et al. 2015): the response of each filter to x
 * enters its memory, whose oldest value leaves; y is the sum of a unit's filters. x
 * [batch][inputs], feature [units * rank][inputs], time [units * rank][memory], bias [units] or
 * null, state and next [batch][units * rank][memory], which may be the same, y [batch][units]. */
typedef struct emk_svdf_f32_args {
    int32_t batch, inputs, units, rank, memory;
} emk_svdf_f32_args;

void emk_svdf_f32(const emk_svdf_f32_args *op, const float *x, const float *feature,
                  const float *time, const float *bias, const float *state, float *y, float *next);

typedef struct emk_svdf_q8_args {
    int32_t batch, inputs, units, rank, memory;
    int32_t x_zero, state_zero, y_zero;
    int32_t state_multiplier, state_shift; /* from products of x to the state */
    int32_t y_multiplier, y_shift;         /* from products of the state to y */
} emk_svdf_q8_args;

/* The same with TensorFlow Lite's rounding; the state as int8 or int16. */
void emk_svdf_q8(const emk_svdf_q8_args *op, const int8_t *x, const int8_t *feature,
                 const int8_t *time, const int32_t *bias, const int8_t *state, int8_t *y,
                 int8_t *next);
void emk_svdf_q8_state16(const emk_svdf_q8_args *op, const int8_t *x, const int8_t *feature,
                         const int16_t *time, const int32_t *bias, const int16_t *state, int8_t *y,
                         int16_t *next);

#ifdef __cplusplus
}
#endif

#endif /* EMK_RECURRENT_H */
