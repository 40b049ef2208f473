/* Borders and triangles of tensors of any type. C99, freestanding. */
#ifndef EMK_PAD_H
#define EMK_PAD_H

#include "emk/move.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What lies outside of the input, along each axis of n elements: */
enum emk_pad_mode {
    EMK_PAD_CONSTANT = 0,  /* the value */
    EMK_PAD_EDGE = 1,      /* the nearest element */
    EMK_PAD_REFLECT = 2,   /* a mirror at the last element: … 2 1 0 1 2 … */
    EMK_PAD_SYMMETRIC = 3, /* a mirror behind the last element: … 1 0 0 1 … */
    EMK_PAD_WRAP = 4       /* the input again, for borders of any width */
};

/* emk_pad: `before` elements appear in front along each axis, and as many behind as out has room
 * for. The outermost axis comes first; lists are padded with ones (before: zeros) in front. */
typedef struct emk_pad_args {
    int32_t element_bytes; /* 1, 2, 4 or 8 */
    int32_t mode;          /* enum emk_pad_mode */
    int32_t in[EMK_MAX_AXES];
    int32_t out[EMK_MAX_AXES];
    int32_t before[EMK_MAX_AXES];
    const void *value; /* one element; null in other modes than constant */
} emk_pad_args;
void emk_pad(const emk_pad_args *op, const void *in, void *out);

/* emk_trilu: keeps the elements of each matrix [rows][columns] on and above (upper) or below
 * diagonal `diagonal`, which begins in that column; the others become 0. */
typedef struct emk_trilu_args {
    int32_t element_bytes;
    int32_t matrices, rows, columns;
    int32_t diagonal; /* in [-2^20, 2^20] */
    int32_t upper;
} emk_trilu_args;
void emk_trilu(const emk_trilu_args *op, const void *in, void *out);

#ifdef __cplusplus
}
#endif

#endif /* EMK_PAD_H */
