/* Kernels that move elements of any type without computing. C99, freestanding. */
#ifndef EMK_MOVE_H
#define EMK_MOVE_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Most axes of a tensor. */
#define EMK_MAX_AXES 6

/* emk_move: out[i0][i1]… = in[offset + i0 * stride[0] + i1 * stride[1] + …] for a dense output:
 * transposition, slices, reversal, repetition (stride 0), space to depth. */
typedef struct emk_move_args {
    int32_t element_bytes;        /* 1, 2, 4 or 8 */
    int32_t offset;               /* of the first element, in elements */
    int32_t shape[EMK_MAX_AXES];  /* of the output, outermost first, padded with ones in front */
    int32_t stride[EMK_MAX_AXES]; /* through the input, in elements; may be negative or 0 */
} emk_move_args;
void emk_move(const emk_move_args *op, const void *in, void *out);

/* emk_copy: `blocks` runs of `run` elements into an output with `stride` elements from run to run:
 * one operand of a concatenation (of float32: emk_copy_f32). */
typedef struct emk_copy_args {
    int32_t element_bytes; /* 1, 2, 4 or 8 */
    int32_t blocks, run, stride;
} emk_copy_args;
void emk_copy(const emk_copy_args *op, const void *in, void *out);

#ifdef __cplusplus
}
#endif

#endif /* EMK_MOVE_H */
