#include <stddef.h>

#include "../binary/combine_f32.h"
#include "../epilogue_f32.h"
#include "emk/f32.h"

void emk_binary_f32(const emk_binary_f32_args *op, const float *a, const float *b, float *out) {
    for (int32_t n = 0; n < op->shape[0]; ++n) {
        for (int32_t y = 0; y < op->shape[1]; ++y) {
            for (int32_t x = 0; x < op->shape[2]; ++x) {
                const float *pa =
                    a + n * op->a_stride[0] + y * op->a_stride[1] + x * op->a_stride[2];
                const float *pb =
                    b + n * op->b_stride[0] + y * op->b_stride[1] + x * op->b_stride[2];
                for (int32_t c = 0; c < op->shape[3]; ++c) {
                    const float v = emk_combine(op->operation, *pa, *pb);
                    *out++ = emk_apply_epilogue_f32(&op->epilogue, v, c);
                    pa += op->a_stride[3];
                    pb += op->b_stride[3];
                }
            }
        }
    }
}
