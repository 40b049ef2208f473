#include "emk/dsp.h"
#include "emk/map_q8.h"

/* One pixel, four channels at a time. */
static void limit_floor(const int8_t *from, const int8_t *limit, int32_t channels, int8_t *to) {
    int32_t c = 0;
    for (; c + 4 <= channels; c += 4) {
        emk_store_u32(to + c, emk_max_s8(emk_load_u32(from + c), emk_load_u32(limit + c)));
    }
    for (; c < channels; ++c) to[c] = from[c] < limit[c] ? limit[c] : from[c];
}

static void limit_ceiling(const int8_t *from, const int8_t *limit, int32_t channels, int8_t *to) {
    int32_t c = 0;
    for (; c + 4 <= channels; c += 4) {
        emk_store_u32(to + c, emk_min_s8(emk_load_u32(from + c), emk_load_u32(limit + c)));
    }
    for (; c < channels; ++c) to[c] = from[c] > limit[c] ? limit[c] : from[c];
}

void emk_limit_words_q8(const emk_limit_q8_args *op, const int8_t *in, int8_t *out, int32_t y0,
                        int32_t y1) {
    const int32_t channels = op->channels, length = op->columns * channels;
    for (int32_t y = y0; y < y1; ++y) {
        const int8_t *from = in + (y % op->in_ring) * length;
        int8_t *to = out + (y % op->out_ring) * length;
        for (const int8_t *end = from + length; from != end; from += channels, to += channels) {
            if (op->is_ceiling != 0) {
                limit_ceiling(from, op->limit, channels, to);
            } else {
                limit_floor(from, op->limit, channels, to);
            }
        }
    }
}
