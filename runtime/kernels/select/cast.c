/* emk_cast_<from>_<to>; see emk/select.h. */
#include "../half.h"
#include "../saturate.h"
#include "emk/select.h"

#define EMK_CAST(from, from_type, to, p_to, to_type, FUNCTION)                             \
    void emk_cast_##from##_##to(const emk_cast_args *op, const from_type *in, p_to *out) { \
        to_type *y = (to_type *)out;                                                       \
        for (int32_t i = 0; i < op->count; ++i) y[i] = (to_type)FUNCTION(in[i]);           \
    }
#define EMK_PLAIN(x) (x)
#define EMK_TEST(x) ((x) != 0)

/* The nearest half of a 64-bit integer: those beyond its range are infinite, the others exact. */
static inline uint16_t emk_half_of_i64(int64_t x) {
    return emk_half_of_f32((float)(x > 100000 ? 100000 : x < -100000 ? -100000 : x));
}
static inline uint16_t emk_half_of_u64(uint64_t x) {
    return emk_half_of_f32((float)(x > 100000u ? 100000u : x));
}

#define EMK_OF_INTEGER(HALF, from, type)                 \
    EMK_CAST(from, type, u8, void, uint8_t, EMK_PLAIN)   \
    EMK_CAST(from, type, u16, void, uint16_t, EMK_PLAIN) \
    EMK_CAST(from, type, u32, void, uint32_t, EMK_PLAIN) \
    EMK_CAST(from, type, u64, void, uint64_t, EMK_PLAIN) \
    EMK_CAST(from, type, f16, uint16_t, uint16_t, HALF)  \
    EMK_CAST(from, type, f32, float, float, EMK_PLAIN)   \
    EMK_CAST(from, type, f64, double, double, EMK_PLAIN) \
    EMK_CAST(from, type, bool, uint8_t, uint8_t, EMK_TEST)
EMK_SIGNED_TYPES(EMK_OF_INTEGER, emk_half_of_i64)
EMK_UNSIGNED_TYPES(EMK_OF_INTEGER, emk_half_of_u64)

#define EMK_OF_FLOAT(argument, from, type)                           \
    EMK_CAST(from, type, i8, int8_t, int8_t, emk_i8_of_##from)       \
    EMK_CAST(from, type, i16, int16_t, int16_t, emk_i16_of_##from)   \
    EMK_CAST(from, type, i32, int32_t, int32_t, emk_i32_of_##from)   \
    EMK_CAST(from, type, i64, int64_t, int64_t, emk_i64_of_##from)   \
    EMK_CAST(from, type, u8, uint8_t, uint8_t, emk_u8_of_##from)     \
    EMK_CAST(from, type, u16, uint16_t, uint16_t, emk_u16_of_##from) \
    EMK_CAST(from, type, u32, uint32_t, uint32_t, emk_u32_of_##from) \
    EMK_CAST(from, type, u64, uint64_t, uint64_t, emk_u64_of_##from) \
    EMK_CAST(from, type, bool, uint8_t, uint8_t, EMK_TEST)
EMK_FLOAT_TYPES(EMK_OF_FLOAT, 0)

#define EMK_OF_HALF(to, type)                           \
    static inline type emk_##to##_of_half(uint16_t x) { \
        return emk_##to##_of_f32(emk_f32_of_half(x));   \
    }                                                   \
    EMK_CAST(f16, uint16_t, to, type, type, emk_##to##_of_half)
EMK_OF_HALF(i8, int8_t)
EMK_OF_HALF(i16, int16_t)
EMK_OF_HALF(i32, int32_t)
EMK_OF_HALF(i64, int64_t)
EMK_OF_HALF(u8, uint8_t)
EMK_OF_HALF(u16, uint16_t)
EMK_OF_HALF(u32, uint32_t)
EMK_OF_HALF(u64, uint64_t)
#define EMK_HALF_TEST(x) (((x)&0x7FFFu) != 0)
EMK_CAST(f16, uint16_t, bool, uint8_t, uint8_t, EMK_HALF_TEST)
EMK_CAST(f16, uint16_t, f32, float, float, emk_f32_of_half)
EMK_CAST(f16, uint16_t, f64, double, double, emk_f32_of_half)
EMK_CAST(f32, float, f16, uint16_t, uint16_t, emk_half_of_f32)
EMK_CAST(f32, float, f64, double, double, EMK_PLAIN)
EMK_CAST(f64, double, f16, uint16_t, uint16_t, emk_half_of_f64)
EMK_CAST(f64, double, f32, float, float, EMK_PLAIN)
