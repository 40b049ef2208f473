#include "emk/conv.h"

#include "../window.h"

/* One output: `in` is the image at the group's first channel, `filter` the output's own. */
static float convolved(const emk_conv_args *op, const float *in, const float *filter,
                       const emk_taps taps[3]) {
    const int32_t depth = op->in_c / op->groups;
    float sum = 0.0f;
    for (int32_t z = taps[0].first; z < taps[0].last; ++z) {
        for (int32_t y = taps[1].first; y < taps[1].last; ++y) {
            for (int32_t x = taps[2].first; x < taps[2].last; ++x) {
                const float *pixel = in + emk_tap_position(&op->window, taps, z, y, x) * op->in_c;
                const float *tap = filter + emk_tap_index(&op->window, z, y, x) * op->filter_tap;
                for (int32_t i = 0; i < depth; ++i) sum += pixel[i] * tap[i * op->filter_in];
            }
        }
    }
    return sum;
}

static void convolve_position(const emk_conv_args *op, const float *in, const float *filter,
                              const float *bias, const emk_taps taps[3], float *out) {
    const int32_t depth = op->in_c / op->groups, group_out = op->out_c / op->groups;
    for (int32_t o = 0; o < op->out_c; ++o) {
        const float sum =
            convolved(op, in + o / group_out * depth, filter + o * op->filter_out, taps);
        out[o] = bias != 0 ? sum + bias[o] : sum;
    }
}

void emk_conv_f32(const emk_conv_args *op, const float *in, const float *filter, const float *bias,
                  float *out) {
    const emk_window *w = &op->window;
    emk_taps taps[3];
    for (int32_t n = 0; n < op->batch; ++n) {
        for (int32_t z = 0; z < w->out[0]; ++z) {
            taps[0] = emk_taps_inside(w, 0, z);
            for (int32_t y = 0; y < w->out[1]; ++y) {
                taps[1] = emk_taps_inside(w, 1, y);
                for (int32_t x = 0; x < w->out[2]; ++x) {
                    taps[2] = emk_taps_inside(w, 2, x);
                    convolve_position(op, in, filter, bias, taps, out);
                    out += op->out_c;
                }
            }
        }
        in += w->in[0] * w->in[1] * w->in[2] * op->in_c;
    }
}
