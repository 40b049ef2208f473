/* Matrix products of the other types, portable: element by element. */
#include "../matmul.h"

/* Sums are kept in `sum_type`, which is unsigned for integers so that they wrap. */
#define EMK_MATMUL(suffix, type, sum_type)                                                         \
    static type dot_##suffix(const emk_matmul_args *op, const type *a, const type *b) {            \
        sum_type sum = 0;                                                                          \
        for (int32_t k = 0; k < op->depth; ++k) {                                                  \
            sum += (sum_type)a[k * op->a_depth] * (sum_type)b[k * op->b_depth];                    \
        }                                                                                          \
        return (type)sum;                                                                          \
    }                                                                                              \
    void emk_matmul_##suffix(const emk_matmul_args *op, const type *a, const type *b, type *out) { \
        const int32_t batches = emk_matmul_batches(op);                                            \
        for (int32_t batch = 0; batch < batches; ++batch) {                                        \
            int32_t a_at, b_at;                                                                    \
            emk_matmul_locate(op, batch, &a_at, &b_at);                                            \
            for (int32_t m = 0; m < op->rows; ++m) {                                               \
                for (int32_t n = 0; n < op->columns; ++n) {                                        \
                    *out++ =                                                                       \
                        dot_##suffix(op, a + a_at + m * op->a_row, b + b_at + n * op->b_column);   \
                }                                                                                  \
            }                                                                                      \
        }                                                                                          \
    }

EMK_MATMUL(f64, double, double)
EMK_MATMUL(i32, int32_t, uint32_t)
EMK_MATMUL(u32, uint32_t, uint32_t)
EMK_MATMUL(i64, int64_t, uint64_t)
EMK_MATMUL(u64, uint64_t, uint64_t)
