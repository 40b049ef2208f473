#include "emk/map_q8.h"

void emk_limit_q8(const emk_limit_q8_args *op, const int8_t *in, int8_t *out, int32_t y0,
                  int32_t y1) {
    const int32_t length = op->columns * op->channels;
    for (int32_t y = y0; y < y1; ++y) {
        const int8_t *from = in + (y % op->in_ring) * length;
        int8_t *to = out + (y % op->out_ring) * length;
        for (int32_t x = 0; x < op->columns; ++x) {
            for (int32_t c = 0; c < op->channels; ++c) {
                const int8_t value = *from++, limit = op->limit[c];
                const int32_t beyond = op->is_ceiling != 0 ? value > limit : value < limit;
                *to++ = beyond != 0 ? limit : value;
            }
        }
    }
}
