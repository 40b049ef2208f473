#include "../binary/combine_f32.h"
#include "../epilogue_f32.h"
#include "emk/f32.h"

void emk_pair_f32(const emk_pair_f32_args *op, const float *a, const float *b, float *out,
                  int32_t y0, int32_t y1) {
    const int32_t length = op->columns * op->channels;
    for (int32_t y = y0; y < y1; ++y) {
        const float *pa = a + (y % op->a_ring) * length;
        const float *pb = b + (y % op->b_ring) * length;
        float *to = out + (y % op->out_ring) * length;
        for (int32_t x = 0; x < op->columns; ++x) {
            for (int32_t c = 0; c < op->channels; ++c) {
                const float v = emk_combine(op->operation, *pa++, *pb++);
                *to++ = emk_apply_epilogue_f32(&op->epilogue, v, c);
            }
        }
    }
}
