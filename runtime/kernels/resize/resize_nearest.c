#include "emk/resize.h"

/* One loop per element size: the channels of one pixel. */
#define EMK_COPY_PIXEL(type)                                       \
    {                                                              \
        const type *pixel = (const type *)in + from;               \
        type *copy = (type *)out + to;                             \
        for (int32_t c = 0; c < channels; ++c) copy[c] = pixel[c]; \
        break;                                                     \
    }

static void copy_pixel(const emk_resize_nearest_args *op, const void *in, int32_t from, void *out,
                       int32_t to) {
    const int32_t channels = op->channels;
    switch (op->element_bytes) {
        case 1:
            EMK_COPY_PIXEL(uint8_t)
        case 2:
            EMK_COPY_PIXEL(uint16_t)
        case 4:
            EMK_COPY_PIXEL(uint32_t)
        default:
            EMK_COPY_PIXEL(uint64_t)
    }
}

void emk_resize_nearest(const emk_resize_nearest_args *op, const void *in, void *out) {
    int32_t to = 0;
    for (int32_t n = 0; n < op->batch; ++n) {
        for (int32_t y = 0; y < op->out_h; ++y) {
            const int32_t line = (n * op->in_h + op->rows[y]) * op->in_w;
            for (int32_t x = 0; x < op->out_w; ++x) {
                copy_pixel(op, in, (line + op->columns[x]) * op->channels, out, to);
                to += op->channels;
            }
        }
    }
}
