/* Both signs in one kernel: int8 v is the uint8 (v ^ 128) less 128, and the zero points likewise,
 * so differences stay the same. */
#include "../matmul.h"

static uint32_t dot(const emk_matmul_integer_args *op, const uint8_t *a, const uint8_t *b,
                    int32_t a_zero, int32_t b_zero) {
    uint32_t sum = 0;
    for (int32_t k = 0; k < op->matmul.depth; ++k) {
        const int32_t left = (a[k * op->matmul.a_depth] ^ op->a_flip) - a_zero;
        const int32_t right = (b[k * op->matmul.b_depth] ^ op->b_flip) - b_zero;
        sum += (uint32_t)(left * right);
    }
    return sum;
}

static int32_t zero_of(const uint8_t *zero, int32_t at, int32_t flip) {
    return (zero != 0 ? zero[at] : 0) ^ flip;
}

void emk_matmul_integer(const emk_matmul_integer_args *op, const void *a, const void *b,
                        const void *a_zero, const void *b_zero, int32_t *out) {
    const uint8_t *left = (const uint8_t *)a, *right = (const uint8_t *)b;
    const int32_t batches = emk_matmul_batches(&op->matmul);
    for (int32_t batch = 0; batch < batches; ++batch) {
        int32_t a_at, b_at;
        emk_matmul_locate(&op->matmul, batch, &a_at, &b_at);
        for (int32_t m = 0; m < op->matmul.rows; ++m) {
            const uint8_t *row = left + a_at + m * op->matmul.a_row;
            const int32_t row_zero =
                zero_of((const uint8_t *)a_zero, m * op->a_zero_step, op->a_flip);
            for (int32_t n = 0; n < op->matmul.columns; ++n) {
                const int32_t column_zero =
                    zero_of((const uint8_t *)b_zero, n * op->b_zero_step, op->b_flip);
                *out++ = (int32_t)dot(op, row, right + b_at + n * op->matmul.b_column, row_zero,
                                      column_zero);
            }
        }
    }
}
