#include "emk/f32.h"

void emk_copy_f32(const emk_copy_f32_args *op, const float *in, float *out) {
    for (int32_t block = 0; block < op->blocks; ++block) {
        float *to = out + block * op->stride;
        for (int32_t i = 0; i < op->run; ++i) {
            to[i] = *in++;
        }
    }
}
