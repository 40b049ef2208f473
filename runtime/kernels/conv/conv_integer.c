/* Both signs in one kernel: int8 v is the uint8 (v ^ 128) less 128, and the zero points likewise,
 * so differences stay the same. */
#include "emk/conv.h"

#include "../window.h"

/* One output; `in` and `filter` as in conv_f32.c. Unsigned arithmetic wraps as ONNX's int32. */
static uint32_t convolved(const emk_conv_integer_args *op, const uint8_t *in, const uint8_t *filter,
                          const int32_t zeros[2], const emk_taps taps[3]) {
    const emk_window *w = &op->conv.window;
    const int32_t depth = op->conv.in_c / op->conv.groups;
    uint32_t sum = 0;
    for (int32_t z = taps[0].first; z < taps[0].last; ++z) {
        for (int32_t y = taps[1].first; y < taps[1].last; ++y) {
            for (int32_t x = taps[2].first; x < taps[2].last; ++x) {
                const uint8_t *pixel = in + emk_tap_position(w, taps, z, y, x) * op->conv.in_c;
                const uint8_t *tap = filter + emk_tap_index(w, z, y, x) * op->conv.filter_tap;
                for (int32_t i = 0; i < depth; ++i) {
                    const int32_t a = (pixel[i] ^ op->in_flip) - zeros[0];
                    const int32_t b = (tap[i * op->conv.filter_in] ^ op->filter_flip) - zeros[1];
                    sum += (uint32_t)(a * b);
                }
            }
        }
    }
    return sum;
}

static void convolve_position(const emk_conv_integer_args *op, const uint8_t *in,
                              const uint8_t *filter, const uint8_t *in_zero,
                              const uint8_t *filter_zero, const emk_taps taps[3], int32_t *out) {
    const int32_t depth = op->conv.in_c / op->conv.groups;
    const int32_t group_out = op->conv.out_c / op->conv.groups;
    int32_t zeros[2];
    zeros[0] = (in_zero != 0 ? in_zero[0] : 0) ^ op->in_flip;
    for (int32_t o = 0; o < op->conv.out_c; ++o) {
        const int32_t which = op->filter_zeros > 1 ? o : 0;
        zeros[1] = (filter_zero != 0 ? filter_zero[which] : 0) ^ op->filter_flip;
        out[o] = (int32_t)convolved(op, in + o / group_out * depth,
                                    filter + o * op->conv.filter_out, zeros, taps);
    }
}

void emk_conv_integer(const emk_conv_integer_args *op, const void *in, const void *filter,
                      const void *in_zero, const void *filter_zero, int32_t *out) {
    const emk_window *w = &op->conv.window;
    const uint8_t *image = (const uint8_t *)in;
    emk_taps taps[3];
    for (int32_t n = 0; n < op->conv.batch; ++n) {
        for (int32_t z = 0; z < w->out[0]; ++z) {
            taps[0] = emk_taps_inside(w, 0, z);
            for (int32_t y = 0; y < w->out[1]; ++y) {
                taps[1] = emk_taps_inside(w, 1, y);
                for (int32_t x = 0; x < w->out[2]; ++x) {
                    taps[2] = emk_taps_inside(w, 2, x);
                    convolve_position(op, image, (const uint8_t *)filter, (const uint8_t *)in_zero,
                                      (const uint8_t *)filter_zero, taps, out);
                    out += op->conv.out_c;
                }
            }
        }
        image += w->in[0] * w->in[1] * w->in[2] * op->conv.in_c;
    }
}
