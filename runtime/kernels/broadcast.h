/* Walks over an output of several axes with operands that have strides of their own: a loop over
 * the innermost axis belongs to the kernel, the outer axes are counted here. */
#ifndef EMK_BROADCAST_H
#define EMK_BROADCAST_H

#include "emk/move.h"

/* The innermost axis. */
#define EMK_INNER (EMK_MAX_AXES - 1)

typedef struct emk_walk {
    const int32_t *shape;            /* EMK_MAX_AXES extents */
    const int32_t *stride[3];        /* by operand, in elements */
    int32_t at[3];                   /* where each operand's row begins, in elements */
    int32_t index[EMK_MAX_AXES - 1]; /* of the outer axes */
} emk_walk;

/* Steps to the next row of the innermost axis; 0 after the last one. */
static inline int32_t emk_next_row(emk_walk *walk, int32_t operands) {
    for (int32_t axis = EMK_INNER - 1; axis >= 0; --axis) {
        const int32_t extent = walk->shape[axis];
        for (int32_t i = 0; i < operands; ++i) walk->at[i] += walk->stride[i][axis];
        if (++walk->index[axis] < extent) return 1;
        for (int32_t i = 0; i < operands; ++i) walk->at[i] -= walk->stride[i][axis] * extent;
        walk->index[axis] = 0;
    }
    return 0;
}

#endif /* EMK_BROADCAST_H */
