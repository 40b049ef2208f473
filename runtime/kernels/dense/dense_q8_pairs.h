/* What dense_q8_pairs.c and .S share. */
#ifndef EMK_KERNELS_DENSE_Q8_PAIRS_H
#define EMK_KERNELS_DENSE_Q8_PAIRS_H

#include "emk/dense_q8.h"

/* One row on its way through the stream: inputs in two runs, each of a multiple of 8. */
typedef struct emk_dense_run {
    const int8_t *in, *in_end;
    const int8_t *rest, *rest_end; /* rest_end == in_end: there is none */
    const int32_t *stream;
    const int32_t *factor;
    int32_t factor_words; /* from one output's to the next */
    int8_t *out;
} emk_dense_run;

/* Makes 8 * blocks outputs and moves stream, factor and out on. */
void emk_dense_q8_blocks(emk_dense_run *run, int32_t blocks);

/* Adds the products of the inputs up to in_end to sums[0] (of a) and sums[1] (of the codes).
 * \returns the stream's next word */
const int32_t *emk_dense_q8_pair(const int8_t *in, const int8_t *in_end, const int32_t *stream,
                                 int32_t sums[2]);

#endif /* EMK_KERNELS_DENSE_Q8_PAIRS_H */
