/* The packed arithmetic of Armv7E-M and Armv8-M's DSP extension as functions; on other cores the
 * same in plain C, bit for bit, so that kernels written with it run and are tested anywhere. C99
 * and C++, freestanding, little-endian.
 *
 * "Halves" are the two 16-bit parts of a word, "bytes" its four 8-bit parts; results wrap. */
#ifndef EMK_DSP_H
#define EMK_DSP_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Cores on which kernels may use DSP instructions in assembly, with the FPU's registers to spill
 * to. */
#if defined(__ARM_FEATURE_DSP) && defined(__ARM_FP) && defined(__thumb2__)
#define EMK_HAS_DSP_ASSEMBLY 1
#else
#define EMK_HAS_DSP_ASSEMBLY 0
#endif

/* A word at any address; data of any type may lie there. */
static inline uint32_t emk_load_u32(const void *from) {
    uint32_t word;
    __builtin_memcpy(&word, from, sizeof word);
    return word;
}
static inline void emk_store_u32(void *to, uint32_t word) {
    __builtin_memcpy(to, &word, sizeof word);
}
static inline uint32_t emk_rotate_right(uint32_t x, uint32_t bits) { /* bits from 1 to 31 */
    return x >> bits | x << (32u - bits);
}
/* A word of two halves, of which only the lowest 16 bits count. */
static inline uint32_t emk_halves(int32_t low, int32_t high) {
    return ((uint32_t)low & 0xFFFFu) | (uint32_t)high << 16;
}
static inline int32_t emk_low_half(uint32_t x) {
    return (int16_t)(x & 0xFFFFu);
}
static inline int32_t emk_high_half(uint32_t x) {
    return (int16_t)(x >> 16);
}

#if defined(__ARM_FEATURE_DSP)

#define EMK_DSP_BINARY(name, instruction)                                   \
    static inline uint32_t name(uint32_t a, uint32_t b) {                   \
        uint32_t result;                                                    \
        __asm__(instruction " %0, %1, %2" : "=r"(result) : "r"(a), "r"(b)); \
        return result;                                                      \
    }
#define EMK_DSP_ACCUMULATE(name, instruction)                                             \
    static inline int32_t name(uint32_t a, uint32_t b, int32_t sum) {                     \
        int32_t result;                                                                   \
        __asm__(instruction " %0, %1, %2, %3" : "=r"(result) : "r"(a), "r"(b), "r"(sum)); \
        return result;                                                                    \
    }
#define EMK_DSP_EXTEND(name, instruction, rotation)                      \
    static inline uint32_t name(uint32_t x) {                            \
        uint32_t result;                                                 \
        __asm__(instruction " %0, %1" rotation : "=r"(result) : "r"(x)); \
        return result;                                                   \
    }
/* The flags of the comparison live no longer than the statement. */
#define EMK_DSP_SELECT(name, operands)                                                     \
    static inline uint32_t name(uint32_t a, uint32_t b) {                                  \
        uint32_t result;                                                                   \
        __asm__("ssub8 %0, %1, %2\n\tsel %0, " operands : "=&r"(result) : "r"(a), "r"(b)); \
        return result;                                                                     \
    }

/* sum + a.low * b.low + a.high * b.high */
EMK_DSP_ACCUMULATE(emk_smlad, "smlad")
/* sum + a.low * b.low, and so on: first letter for a, second for b */
EMK_DSP_ACCUMULATE(emk_smlabb, "smlabb")
EMK_DSP_ACCUMULATE(emk_smlabt, "smlabt")
EMK_DSP_ACCUMULATE(emk_smlatb, "smlatb")
EMK_DSP_ACCUMULATE(emk_smlatt, "smlatt")
/* Bytes 0 and 2 as halves, sign or zero extended; _8: bytes 1 and 3. */
EMK_DSP_EXTEND(emk_sxtb16, "sxtb16", "")
EMK_DSP_EXTEND(emk_sxtb16_8, "sxtb16", ", ror #8")
EMK_DSP_EXTEND(emk_uxtb16, "uxtb16", "")
EMK_DSP_EXTEND(emk_uxtb16_8, "uxtb16", ", ror #8")
/* a's halves plus bytes 0 and 2 of b, sign extended; _8: bytes 1 and 3. */
EMK_DSP_BINARY(emk_sxtab16, "sxtab16")
static inline uint32_t emk_sxtab16_8(uint32_t a, uint32_t b) {
    uint32_t result;
    __asm__("sxtab16 %0, %1, %2, ror #8" : "=r"(result) : "r"(a), "r"(b));
    return result;
}
/* Halves added, subtracted. */
EMK_DSP_BINARY(emk_sadd16, "sadd16")
EMK_DSP_BINARY(emk_ssub16, "ssub16")
/* The low halves of a and b as low and high half; the high halves likewise. */
static inline uint32_t emk_pack_low(uint32_t a, uint32_t b) {
    uint32_t result;
    __asm__("pkhbt %0, %1, %2, lsl #16" : "=r"(result) : "r"(a), "r"(b));
    return result;
}
static inline uint32_t emk_pack_high(uint32_t a, uint32_t b) {
    uint32_t result;
    __asm__("pkhtb %0, %1, %2, asr #16" : "=r"(result) : "r"(b), "r"(a));
    return result;
}
/* (sum * 2^32 + a * b + 2^31) / 2^32, rounded down */
static inline int32_t emk_smmlar(int32_t a, int32_t b, int32_t sum) {
    int32_t result;
    __asm__("smmlar %0, %1, %2, %3" : "=r"(result) : "r"(a), "r"(b), "r"(sum));
    return result;
}
/* x cut to int8 */
static inline int32_t emk_saturate_s8(int32_t x) {
    int32_t result;
    __asm__("ssat %0, #8, %1" : "=r"(result) : "r"(x));
    return result;
}
/* Greater and lesser signed bytes. */
EMK_DSP_SELECT(emk_max_s8, "%1, %2")
EMK_DSP_SELECT(emk_min_s8, "%2, %1")

#undef EMK_DSP_BINARY
#undef EMK_DSP_ACCUMULATE
#undef EMK_DSP_EXTEND
#undef EMK_DSP_SELECT

#else

static inline int32_t emk_smlabb(uint32_t a, uint32_t b, int32_t sum) {
    return (int32_t)((uint32_t)sum + (uint32_t)(emk_low_half(a) * emk_low_half(b)));
}
static inline int32_t emk_smlabt(uint32_t a, uint32_t b, int32_t sum) {
    return (int32_t)((uint32_t)sum + (uint32_t)(emk_low_half(a) * emk_high_half(b)));
}
static inline int32_t emk_smlatb(uint32_t a, uint32_t b, int32_t sum) {
    return (int32_t)((uint32_t)sum + (uint32_t)(emk_high_half(a) * emk_low_half(b)));
}
static inline int32_t emk_smlatt(uint32_t a, uint32_t b, int32_t sum) {
    return (int32_t)((uint32_t)sum + (uint32_t)(emk_high_half(a) * emk_high_half(b)));
}
static inline int32_t emk_smlad(uint32_t a, uint32_t b, int32_t sum) {
    return emk_smlatt(a, b, emk_smlabb(a, b, sum));
}
static inline uint32_t emk_sxtb16(uint32_t x) {
    return emk_halves((int8_t)(x & 0xFFu), (int8_t)(x >> 16 & 0xFFu));
}
static inline uint32_t emk_sxtb16_8(uint32_t x) {
    return emk_sxtb16(x >> 8);
}
static inline uint32_t emk_uxtb16(uint32_t x) {
    return x & 0x00FF00FFu;
}
static inline uint32_t emk_uxtb16_8(uint32_t x) {
    return x >> 8 & 0x00FF00FFu;
}
static inline uint32_t emk_sadd16(uint32_t a, uint32_t b) {
    return emk_halves((int32_t)(a + b), (int32_t)((a >> 16) + (b >> 16)));
}
static inline uint32_t emk_ssub16(uint32_t a, uint32_t b) {
    return emk_halves((int32_t)(a - b), (int32_t)((a >> 16) - (b >> 16)));
}
static inline uint32_t emk_sxtab16(uint32_t a, uint32_t b) {
    return emk_sadd16(a, emk_sxtb16(b));
}
static inline uint32_t emk_sxtab16_8(uint32_t a, uint32_t b) {
    return emk_sadd16(a, emk_sxtb16_8(b));
}
static inline uint32_t emk_pack_low(uint32_t a, uint32_t b) {
    return (a & 0xFFFFu) | b << 16;
}
static inline uint32_t emk_pack_high(uint32_t a, uint32_t b) {
    return a >> 16 | (b & 0xFFFF0000u);
}
static inline int32_t emk_smmlar(int32_t a, int32_t b, int32_t sum) {
    const uint64_t product = (uint64_t)((int64_t)a * b) + ((uint64_t)(uint32_t)sum << 32);
    return (int32_t)(uint32_t)((product + (UINT64_C(1) << 31)) >> 32);
}
static inline int32_t emk_saturate_s8(int32_t x) {
    return x < -128 ? -128 : x > 127 ? 127 : x;
}
/* Bytes of a where a's is greater, else of b; the signs are flipped to compare them unsigned. */
static inline uint32_t emk_max_s8(uint32_t a, uint32_t b) {
    uint32_t result = 0;
    for (uint32_t bit = 0; bit < 32; bit += 8) {
        const uint32_t x = a >> bit & 0xFFu, y = b >> bit & 0xFFu;
        result |= ((x ^ 0x80u) > (y ^ 0x80u) ? x : y) << bit;
    }
    return result;
}
static inline uint32_t emk_min_s8(uint32_t a, uint32_t b) {
    return emk_max_s8(a ^ 0xFFFFFFFFu, b ^ 0xFFFFFFFFu) ^ 0xFFFFFFFFu;
}

#endif

/* A sum as an int8 output: what emk_scale(sum, multiplier, -shift) + out_zero is, cut to int8, for
 * shifts from 1 to 22 and |sum| < 2^30; `doubled` is 2 * sum and `rounding` is
 * 2^(shift - 1) + out_zero * 2^shift.
 *
 * emk_scale rounds twice: a = floor((sum * multiplier + 2^30) / 2^31), and then
 * floor((a + 2^(shift-1) - (a < 0)) / 2^shift). SMMLAR gives a + rounding at once. For a < 0 the
 * sign of the sum does: they differ only for sum * multiplier in [-2^30, 0), where a is 0, and
 * 2^(shift-1) and 2^(shift-1) - 1 both divide to 0. */
static inline int32_t emk_rescale_s8(int32_t doubled, int32_t multiplier, int32_t rounding,
                                     int32_t shift) {
    const int32_t scaled = emk_smmlar(doubled, multiplier, rounding);
    return emk_saturate_s8((scaled + (doubled >> 31)) >> shift);
}

#ifdef __cplusplus
}
#endif

#endif /* EMK_DSP_H */
