/* Rows of int8 maps on their way in and out of the fast convolutions: padding, expansion to halves,
 * clamping. */
#ifndef EMK_ROWS_Q8_H
#define EMK_ROWS_Q8_H

#include "emk/conv_q8.h"
#include "emk/dsp.h"

/* Halves of the expanded inputs: 2 * (x + 128), so that sums are doubled, as emk_rescale_s8 wants
 * them. */
#define EMK_HALVES_MASK 0x01FE01FEu
#define EMK_SIGNS 0x80808080u

static inline void emk_copy_words(uint32_t *to, const uint32_t *from, int32_t count) {
    for (; count >= 4; count -= 4, to += 4, from += 4) {
        const uint32_t a = from[0], b = from[1], c = from[2], d = from[3];
        to[0] = a, to[1] = b, to[2] = c, to[3] = d;
    }
    while (count-- > 0) *to++ = *from++;
}

static inline void emk_copy_q8(uint8_t *to, const int8_t *from, int32_t count) {
    for (; count >= 16; count -= 16, to += 16, from += 16) {
        const uint32_t a = emk_load_u32(from), b = emk_load_u32(from + 4);
        const uint32_t c = emk_load_u32(from + 8), d = emk_load_u32(from + 12);
        emk_store_u32(to, a);
        emk_store_u32(to + 4, b);
        emk_store_u32(to + 8, c);
        emk_store_u32(to + 12, d);
    }
    for (; count >= 4; count -= 4, to += 4, from += 4) emk_store_u32(to, emk_load_u32(from));
    while (count-- > 0) *to++ = (uint8_t)*from++;
}

static inline void emk_fill_q8(uint8_t *to, int32_t value, int32_t count) {
    const uint32_t word = ((uint32_t)value & 0xFFu) * 0x01010101u;
    for (; count >= 4; count -= 4, to += 4) emk_store_u32(to, word);
    while (count-- > 0) *to++ = (uint8_t)value;
}

static inline int32_t emk_least(int32_t a, int32_t b) {
    return a < b ? a : b;
}

/* Row y of the input from its padding on the left on, row_bytes bytes to `to`. */
static inline void emk_copy_row_q8(const emk_conv2d_q8_panel_args *op, const int8_t *in, int32_t y,
                                   uint8_t *to) {
    const int32_t inside = y >= 0 && y < op->in_h;
    const int32_t width = op->in_w * op->in_c;
    const int8_t *row = inside ? in + y % op->in_ring * width : in;
    const int32_t left = inside ? emk_least(op->pad_left * op->in_c, op->row_bytes) : 0;
    const int32_t middle = inside ? emk_least(width, op->row_bytes - left) : 0;
    emk_fill_q8(to, op->in_zero, left);
    emk_copy_q8(to + left, row, middle);
    emk_fill_q8(to + left + middle, op->in_zero, op->row_bytes - left - middle);
}

/* The same where it lies, if none of it is padding, or in `buffer`. */
static inline const uint8_t *emk_padded_row_q8(const emk_conv2d_q8_panel_args *op, const int8_t *in,
                                               int32_t y, uint8_t *buffer) {
    const int32_t width = op->in_w * op->in_c;
    if (y >= 0 && y < op->in_h && (op->pad_left == 0 || op->row_bytes == 0) &&
        width >= op->row_bytes) {
        return (const uint8_t *)in + y % op->in_ring * width;
    }
    emk_copy_row_q8(op, in, y, buffer);
    return buffer;
}

/* Four sources of `bytes` bytes (a multiple of 4) side by side: halves 0, 2 of each, then 1, 3. */
static inline void emk_expand_quads_q8(const uint8_t *a, const uint8_t *b, const uint8_t *c,
                                       const uint8_t *d, int32_t bytes, uint32_t *to) {
    for (const uint8_t *end = a + bytes; a != end; a += 4, b += 4, c += 4, d += 4, to += 8) {
        const uint32_t p = emk_load_u32(a), q = emk_load_u32(b);
        const uint32_t r = emk_load_u32(c), s = emk_load_u32(d);
        to[0] = (p ^ EMK_SIGNS) << 1 & EMK_HALVES_MASK;
        to[1] = (q ^ EMK_SIGNS) << 1 & EMK_HALVES_MASK;
        to[2] = (r ^ EMK_SIGNS) << 1 & EMK_HALVES_MASK;
        to[3] = (s ^ EMK_SIGNS) << 1 & EMK_HALVES_MASK;
        to[4] = (p ^ EMK_SIGNS) >> 7 & EMK_HALVES_MASK;
        to[5] = (q ^ EMK_SIGNS) >> 7 & EMK_HALVES_MASK;
        to[6] = (r ^ EMK_SIGNS) >> 7 & EMK_HALVES_MASK;
        to[7] = (s ^ EMK_SIGNS) >> 7 & EMK_HALVES_MASK;
    }
}

/* One source, halves in its own order, to every fourth word; an odd last one is alone. */
static inline void emk_expand_pairs_q8(const uint8_t *from, int32_t count, uint32_t *to) {
    for (; count >= 4; count -= 4, from += 4, to += 8) {
        const uint32_t x = emk_load_u32(from) ^ EMK_SIGNS;
        const uint32_t even = x << 1 & EMK_HALVES_MASK, odd = x >> 7 & EMK_HALVES_MASK;
        to[0] = emk_pack_low(even, odd);
        to[4] = emk_pack_high(even, odd);
    }
    for (; count > 0; count -= 2, from += 2, to += 4) {
        const uint32_t high = count > 1 ? (uint32_t)(from[1] ^ 0x80u) << 17 : 0;
        *to = (uint32_t)(from[0] ^ 0x80u) << 1 | high;
    }
}

static inline void emk_clamp_q8(int8_t *x, int32_t count, int32_t low, int32_t high) {
    const uint32_t least = ((uint32_t)low & 0xFFu) * 0x01010101u;
    const uint32_t greatest = ((uint32_t)high & 0xFFu) * 0x01010101u;
    if (low <= -128 && high >= 127) return;
    for (; count >= 4; count -= 4, x += 4) {
        emk_store_u32(x, emk_min_s8(emk_max_s8(emk_load_u32(x), least), greatest));
    }
    for (; count > 0; --count, ++x) {
        *x = (int8_t)(*x < low ? low : *x > high ? high : *x);
    }
}

#endif /* EMK_ROWS_Q8_H */
