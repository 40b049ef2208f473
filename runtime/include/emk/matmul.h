/* Matrix products as whole tensors. C99, freestanding. */
#ifndef EMK_MATMUL_H
#define EMK_MATMUL_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Most axes in front of the matrices. */
#define EMK_MATMUL_BATCH_AXES 4

/* out[…][m][n] = sum over k of a[…][m][k] * b[…][k][n], k from 0 on, for every index of the batch
 * axes; all strides in elements, those of a batch axis 0 where the operand is broadcast. */
typedef struct emk_matmul_args {
    int32_t batch[EMK_MATMUL_BATCH_AXES]; /* outermost first, padded with ones in front */
    int32_t a_batch[EMK_MATMUL_BATCH_AXES];
    int32_t b_batch[EMK_MATMUL_BATCH_AXES];
    int32_t rows, columns, depth; /* m, n, k */
    int32_t a_row, a_depth;       /* strides of a by m and by k */
    int32_t b_depth, b_column;    /* strides of b by k and by n */
} emk_matmul_args;

/* bias [columns] or null is added to each sum, last. */
void emk_matmul_f32(const emk_matmul_args *op, const float *a, const float *b, const float *bias,
                    float *out);
void emk_matmul_f64(const emk_matmul_args *op, const double *a, const double *b, double *out);
/* Integers wrap. */
void emk_matmul_i32(const emk_matmul_args *op, const int32_t *a, const int32_t *b, int32_t *out);
void emk_matmul_u32(const emk_matmul_args *op, const uint32_t *a, const uint32_t *b, uint32_t *out);
void emk_matmul_i64(const emk_matmul_args *op, const int64_t *a, const int64_t *b, int64_t *out);
void emk_matmul_u64(const emk_matmul_args *op, const uint64_t *a, const uint64_t *b, uint64_t *out);

/* int8 or uint8 operands: sums of (a - a_zero) * (b - b_zero) modulo 2^32. */
typedef struct emk_matmul_integer_args {
    emk_matmul_args matmul;
    int32_t a_flip, b_flip; /* 128 for int8 operands, 0 for uint8 */
    int32_t a_zero_step;    /* 1: a_zero has an entry per row of a; 0: one for all */
    int32_t b_zero_step;    /* 1: b_zero has an entry per column of b; 0: one for all */
} emk_matmul_integer_args;
/* A zero point that is null is 0. */
void emk_matmul_integer(const emk_matmul_integer_args *op, const void *a, const void *b,
                        const void *a_zero, const void *b_zero, int32_t *out);

#ifdef __cplusplus
}
#endif

#endif /* EMK_MATMUL_H */
