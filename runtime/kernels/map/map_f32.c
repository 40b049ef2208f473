#include <stddef.h>

#include "../epilogue_f32.h"
#include "emk/f32.h"

void emk_map_f32(const emk_map_f32_args *op, const float *in, float *out, int32_t y0, int32_t y1) {
    const int32_t length = op->columns * op->channels;
    for (int32_t y = y0; y < y1; ++y) {
        const float *from = in + (y % op->in_ring) * length;
        float *to = out + (y % op->out_ring) * length;
        for (int32_t x = 0; x < op->columns; ++x) {
            for (int32_t c = 0; c < op->channels; ++c) {
                *to++ = emk_apply_epilogue_f32(&op->epilogue, *from++, c);
            }
        }
    }
}
