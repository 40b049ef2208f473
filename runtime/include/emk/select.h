/* Selection by truth values, and conversion between types. C99, freestanding. */
#ifndef EMK_SELECT_H
#define EMK_SELECT_H

#include "emk/move.h"
#include "emk/types.h"

#ifdef __cplusplus
extern "C" {
#endif

/* out = condition ? a : b, each broadcast as numpy does; by the width of the elements. */
typedef struct emk_where_args {
    int32_t shape[EMK_MAX_AXES]; /* of the output, outermost first, padded with ones in front */
    int32_t condition_stride[EMK_MAX_AXES]; /* in elements; 0 where the operand is repeated */
    int32_t a_stride[EMK_MAX_AXES];
    int32_t b_stride[EMK_MAX_AXES];
} emk_where_args;
#define EMK_DECLARE_WHERE(argument, suffix, type)                                              \
    void emk_where_##suffix(const emk_where_args *op, const uint8_t *condition, const void *a, \
                            const void *b, void *out);
EMK_UNSIGNED_TYPES(EMK_DECLARE_WHERE, 0)
#undef EMK_DECLARE_WHERE

/* emk_cast_<from>_<to>. Integers keep their low bits; floating point to integer is truncated and
 * saturated, NaN gives 0; to bool: 1 for everything but 0. float16 is its bits. Integers of one
 * width that only differ in sign are emk_move's work. */
typedef struct emk_cast_args {
    int32_t count; /* elements */
} emk_cast_args;
#define EMK_DECLARE_CAST(from, from_type, to, to_type) \
    void emk_cast_##from##_##to(const emk_cast_args *op, const from_type *in, to_type *out);
/* From an integer: to wider or narrower ones by width, to floating point by value. */
#define EMK_CASTS_OF_INTEGER(CAST, from, type) \
    CAST(from, type, u8, void)                 \
    CAST(from, type, u16, void)                \
    CAST(from, type, u32, void)                \
    CAST(from, type, u64, void)                \
    CAST(from, type, f16, uint16_t)            \
    CAST(from, type, f32, float)               \
    CAST(from, type, f64, double)              \
    CAST(from, type, bool, uint8_t)
#define EMK_CASTS_OF_FLOAT(CAST, from, type) \
    CAST(from, type, i8, int8_t)             \
    CAST(from, type, i16, int16_t)           \
    CAST(from, type, i32, int32_t)           \
    CAST(from, type, i64, int64_t)           \
    CAST(from, type, u8, uint8_t)            \
    CAST(from, type, u16, uint16_t)          \
    CAST(from, type, u32, uint32_t)          \
    CAST(from, type, u64, uint64_t)          \
    CAST(from, type, bool, uint8_t)
EMK_INTEGER_TYPES(EMK_CASTS_OF_INTEGER, EMK_DECLARE_CAST)
EMK_FLOAT_TYPES(EMK_CASTS_OF_FLOAT, EMK_DECLARE_CAST)
EMK_CASTS_OF_FLOAT(EMK_DECLARE_CAST, f16, uint16_t)
EMK_DECLARE_CAST(f16, uint16_t, f32, float)
EMK_DECLARE_CAST(f16, uint16_t, f64, double)
EMK_DECLARE_CAST(f32, float, f16, uint16_t)
EMK_DECLARE_CAST(f32, float, f64, double)
EMK_DECLARE_CAST(f64, double, f16, uint16_t)
EMK_DECLARE_CAST(f64, double, f32, float)
#undef EMK_DECLARE_CAST

#ifdef __cplusplus
}
#endif

#endif /* EMK_SELECT_H */
