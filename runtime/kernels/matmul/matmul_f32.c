/* emk_matmul_f32, portable: four columns side by side share the reads of a; each sum keeps its own
 * order. */
#include "../matmul.h"

/* Columns n … n+3 of one row. */
static void four_columns(const emk_matmul_args *op, const float *a, const float *b, float sums[4]) {
    const int32_t a_depth = op->a_depth, b_depth = op->b_depth, next = op->b_column;
    float s0 = 0.0f, s1 = 0.0f, s2 = 0.0f, s3 = 0.0f;
    for (int32_t k = 0; k < op->depth; ++k) {
        const float value = *a;
        s0 += value * b[0];
        s1 += value * b[next];
        s2 += value * b[2 * next];
        s3 += value * b[3 * next];
        a += a_depth;
        b += b_depth;
    }
    sums[0] = s0;
    sums[1] = s1;
    sums[2] = s2;
    sums[3] = s3;
}

static float one_column(const emk_matmul_args *op, const float *a, const float *b) {
    float sum = 0.0f;
    for (int32_t k = 0; k < op->depth; ++k) sum += a[k * op->a_depth] * b[k * op->b_depth];
    return sum;
}

static void one_row(const emk_matmul_args *op, const float *a, const float *b, const float *bias,
                    float *out) {
    int32_t n = 0;
    for (; n + 4 <= op->columns; n += 4) four_columns(op, a, b + n * op->b_column, out + n);
    for (; n < op->columns; ++n) out[n] = one_column(op, a, b + n * op->b_column);
    if (bias == 0) return;
    for (n = 0; n < op->columns; ++n) out[n] += bias[n];
}

void emk_matmul_f32(const emk_matmul_args *op, const float *a, const float *b, const float *bias,
                    float *out) {
    const int32_t batches = emk_matmul_batches(op);
    for (int32_t batch = 0; batch < batches; ++batch) {
        int32_t a_at, b_at;
        emk_matmul_locate(op, batch, &a_at, &b_at);
        for (int32_t m = 0; m < op->rows; ++m) {
            one_row(op, a + a_at + m * op->a_row, b + b_at, bias, out);
            out += op->columns;
        }
    }
}
