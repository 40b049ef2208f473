/* From one quantisation to another. */
#include "emk/fixed.h"
#include "emk/quantized.h"

#define EMK_REQUANTIZE(from, type_from, to, type_to)                                      \
    void emk_requantize_##from##_##to(const emk_requantize_args *op, const type_from *in, \
                                      type_to *out) {                                     \
        for (int32_t i = 0; i < op->count; ++i) {                                         \
            const int32_t x = (int32_t)((uint32_t)in[i] - (uint32_t)op->in_zero);         \
            const int32_t multiplier = x < 0 ? op->negative_multiplier : op->multiplier;  \
            const int32_t shift = x < 0 ? op->negative_shift : op->shift;                 \
            const int32_t scaled = emk_scale(x, multiplier, shift);                       \
            const int32_t value = (int32_t)((uint32_t)scaled + (uint32_t)op->out_zero);   \
            out[i] = (type_to)emk_clamp_i32(value, op->low, op->high);                    \
        }                                                                                 \
    }
#define EMK_TO_ALL(from, type_from)               \
    EMK_REQUANTIZE(from, type_from, i8, int8_t)   \
    EMK_REQUANTIZE(from, type_from, u8, uint8_t)  \
    EMK_REQUANTIZE(from, type_from, i16, int16_t) \
    EMK_REQUANTIZE(from, type_from, i32, int32_t)

EMK_TO_ALL(i8, int8_t)
EMK_TO_ALL(u8, uint8_t)
EMK_TO_ALL(i16, int16_t)
EMK_TO_ALL(i32, int32_t)
