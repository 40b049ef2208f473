/* Walk over the batch axes; shared by the kernels of matmul/. */
#ifndef EMK_KERNELS_MATMUL_H
#define EMK_KERNELS_MATMUL_H

#include "emk/matmul.h"

static inline int32_t emk_matmul_batches(const emk_matmul_args *op) {
    return op->batch[0] * op->batch[1] * op->batch[2] * op->batch[3];
}

/* Where the operands' matrices of batch element `batch` begin. */
static inline void emk_matmul_locate(const emk_matmul_args *op, int32_t batch, int32_t *a,
                                     int32_t *b) {
    *a = 0;
    *b = 0;
    for (int32_t axis = EMK_MATMUL_BATCH_AXES - 1; axis >= 0; --axis) {
        const int32_t index = batch % op->batch[axis];
        batch /= op->batch[axis];
        *a += index * op->a_batch[axis];
        *b += index * op->b_batch[axis];
    }
}

#endif /* EMK_KERNELS_MATMUL_H */
