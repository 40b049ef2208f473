/* The inner loop of emk_conv2d_q8_panel: two output channels at up to four output columns. */
#ifndef EMK_PANEL_Q8_H
#define EMK_PANEL_Q8_H

#include "emk/dsp.h"

#ifdef __cplusplus
extern "C" {
#endif

/* In the order in which the assembly loads it into s0 … s24; sizes and steps in bytes. */
typedef struct emk_panel_q8 {
    const uint32_t *first_end; /* of the first run of weights */
    const uint32_t *end;       /* of the last */
    int32_t run;               /* weights of a run */
    int32_t jump;              /* in the panel, from the end of a run to the next */
    const uint32_t *from;      /* the first block's panel words */
    int8_t *out;               /* its first column */
    int32_t blocks;
    const uint32_t *weights;
    int32_t channels[8]; /* as in emk_conv2d_q8_panel_args */
    int32_t from_step;   /* from block to block */
    int32_t lane_step;   /* of the output, from column to column of a block */
    const uint32_t *first_end_again;
    int32_t words; /* of a run; the assembly keeps its entry point here */
    int32_t out_step;
    int32_t rows; /* of `blocks` blocks */
    int32_t blocks_again;
    int32_t from_next, out_next; /* from the last block of a row to the first of the next */
} emk_panel_q8;

/* lanes: columns of a block, 1 … 4. */
void emk_panel_multiply_q8(const emk_panel_q8 *op, int32_t lanes);

/* The same for four lanes and expanded weights: words of one output each, two by two, and before
 * each run room for as many as are missing to a multiple of eight. */
void emk_panel_multiply_expanded_q8(const emk_panel_q8 *op);

/* Words of room before a run, in pairs. */
static inline int32_t emk_panel_gap(int32_t words) {
    return (int32_t)(-(uint32_t)words & 7u);
}

#ifdef __cplusplus
}
#endif

#endif /* EMK_PANEL_Q8_H */
