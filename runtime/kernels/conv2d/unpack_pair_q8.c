#include "emk/conv_q8.h"

void emk_make_level_pairs_q8(const emk_packed_words *packed, uint16_t *pairs) {
    const int32_t count = 1 << packed->bits;
    const uint8_t *levels = (const uint8_t *)packed->levels;
    for (int32_t high = 0; high < count; ++high) {
        for (int32_t low = 0; low < count; ++low) {
            *pairs++ = (uint16_t)(levels[low] | levels[high] << 8);
        }
    }
}

const uint32_t *emk_unpack_pair_q8(const emk_packed_words *packed, int32_t pair, int32_t words,
                                   const uint16_t *pairs, uint32_t *to) {
    const uint32_t half = 2 * (uint32_t)packed->bits, whole = 2 * half, mask = (1u << half) - 1u;
    const uint16_t *from =
        packed->indices + pair * (int32_t)(((uint32_t)words * whole + 15u) / 16u);
    uint32_t pool = 0, held = 0;
    for (uint32_t *end = to + words; to != end; ++to) {
        if (held < whole) {
            pool |= (uint32_t)*from++ << held;
            held += 16;
        }
        *to = pairs[pool & mask] | (uint32_t)pairs[pool >> half & mask] << 16;
        pool >>= whole;
        held -= whole;
    }
    return to - words;
}
