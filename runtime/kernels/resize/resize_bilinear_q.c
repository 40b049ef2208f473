/* Bilinear interpolation with positions in steps of 1/1024 of a pixel. */
#include "emk/quantized.h"

/* A position between two neighbours, and how far it is from the first, in 1/1024. */
typedef struct place {
    int32_t first, second, offset;
} place;

static place place_of(int32_t position, int32_t scale, int32_t half_pixel, int32_t extent) {
    const int32_t shift = half_pixel != 0 ? scale / 2 - 512 : 0;
    const int32_t at = position * scale + shift;
    const int32_t before = at / 1024, after = (at + 1023) / 1024;
    place result;
    result.first = before > 0 ? before : 0;
    result.second = after < extent ? after : extent - 1;
    result.offset = at - 1024 * result.first;
    return result;
}

/* Half away from zero. */
static int32_t round_20(int64_t x) {
    const int64_t half = 1 << 19;
    return (int32_t)((x > 0 ? x + half : x - half) / (1 << 20));
}

#define EMK_RESIZE(suffix, type)                                                                \
    static void row_##suffix(const emk_resize_q_args *op, const type *in, place y, type *out) { \
        const type *upper = in + y.first * op->in_w * op->channels;                             \
        const type *lower = in + y.second * op->in_w * op->channels;                            \
        for (int32_t column = 0; column < op->out_w; ++column) {                                \
            const place x = place_of(column, op->scale_w, op->half_pixel, op->in_w);            \
            const int32_t left = x.first * op->channels, right = x.second * op->channels;       \
            for (int32_t c = 0; c < op->channels; ++c) {                                        \
                const int64_t top = (int64_t)upper[left + c] * (1024 - x.offset) +              \
                                    (int64_t)upper[right + c] * x.offset;                       \
                const int64_t bottom = (int64_t)lower[left + c] * (1024 - x.offset) +           \
                                       (int64_t)lower[right + c] * x.offset;                    \
                *out++ = (type)round_20(top * (1024 - y.offset) + bottom * y.offset);           \
            }                                                                                   \
        }                                                                                       \
    }                                                                                           \
    void emk_resize_bilinear_##suffix(const emk_resize_q_args *op, const type *in, type *out) { \
        for (int32_t n = 0; n < op->batch; ++n) {                                               \
            for (int32_t y = 0; y < op->out_h; ++y) {                                           \
                row_##suffix(op, in, place_of(y, op->scale_h, op->half_pixel, op->in_h), out);  \
                out += op->out_w * op->channels;                                                \
            }                                                                                   \
            in += op->in_h * op->in_w * op->channels;                                           \
        }                                                                                       \
    }

EMK_RESIZE(q8, int8_t)
EMK_RESIZE(qu8, uint8_t)
EMK_RESIZE(q16, int16_t)
