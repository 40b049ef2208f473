/* Template of the quantised convolutions. The file that includes it defines
 *   EMK_KERNEL          name of the kernel
 *   EMK_VALUE           type of activations
 *   EMK_WEIGHT          type of weights
 *   EMK_BIAS, EMK_SUM   type of the bias, and of the sums: unsigned, so that they wrap
 *   EMK_WEIGHT_ZERO     zero point of the weights, given `op`
 *   EMK_SCALE           emk_scale or emk_scale_wide
 * and, for the transposed convolution, EMK_TRANSPOSED. Without EMK_KERNEL it gives window_sum and
 * place_of alone. */
#include "../window.h"
#include "emk/fixed.h"
#include "emk/quantized.h"

/* Sum over the channels of one tap. */
static EMK_SUM tap_sum(const emk_conv_q_args *op, const EMK_VALUE *pixel, const EMK_WEIGHT *tap,
                       int32_t depth) {
    const int32_t in_zero = op->in_zero;
    EMK_SUM sum = 0;
    for (int32_t i = 0; i < depth; ++i) {
        sum += (EMK_SUM)((pixel[i] - in_zero) * (tap[i] - EMK_WEIGHT_ZERO));
    }
    return sum;
}

#ifndef EMK_TRANSPOSED

/* Where an output reads: the taps inside of the input. */
typedef emk_taps place;

static place place_of(const emk_window *w, int32_t axis, int32_t position) {
    return emk_taps_inside(w, axis, position);
}

/* One output: `in` is the image at the group's first channel, `filter` the output's own. */
static EMK_SUM window_sum(const emk_conv_q_args *op, const EMK_VALUE *in, const EMK_WEIGHT *filter,
                          const place taps[3]) {
    const emk_window *w = &op->conv.window;
    const int32_t depth = op->conv.in_c / op->conv.groups;
    EMK_SUM sum = 0;
    for (int32_t z = taps[0].first; z < taps[0].last; ++z) {
        for (int32_t y = taps[1].first; y < taps[1].last; ++y) {
            for (int32_t x = taps[2].first; x < taps[2].last; ++x) {
                sum += tap_sum(op, in + emk_tap_position(w, taps, z, y, x) * op->conv.in_c,
                               filter + emk_tap_index(w, z, y, x) * op->conv.filter_tap, depth);
            }
        }
    }
    return sum;
}

#else

/* Where an output reads: its own position. */
typedef int32_t place;

static place place_of(const emk_window *w, int32_t axis, int32_t position) {
    (void)w;
    (void)axis;
    return position;
}

/* The input position that reaches output `position` of an axis through `tap`, or -1. */
static int32_t source_of(const emk_window *w, int32_t axis, int32_t position, int32_t tap) {
    const int32_t reach = position + w->before[axis] - tap * w->dilation[axis];
    if (reach < 0 || reach % w->stride[axis] != 0) return -1;
    return reach / w->stride[axis] < w->in[axis] ? reach / w->stride[axis] : -1;
}

/* One output: `in` is the image at the group's first channel, `filter` the output's own. */
static EMK_SUM window_sum(const emk_conv_q_args *op, const EMK_VALUE *in, const EMK_WEIGHT *filter,
                          const place at[3]) {
    const emk_window *w = &op->conv.window;
    const int32_t depth = op->conv.in_c / op->conv.groups;
    EMK_SUM sum = 0;
    for (int32_t kz = 0; kz < w->kernel[0]; ++kz) {
        const int32_t z = source_of(w, 0, at[0], kz);
        if (z < 0) continue;
        for (int32_t ky = 0; ky < w->kernel[1]; ++ky) {
            const int32_t y = source_of(w, 1, at[1], ky);
            if (y < 0) continue;
            for (int32_t kx = 0; kx < w->kernel[2]; ++kx) {
                const int32_t x = source_of(w, 2, at[2], kx);
                if (x < 0) continue;
                sum += tap_sum(op, in + ((z * w->in[1] + y) * w->in[2] + x) * op->conv.in_c,
                               filter + emk_tap_index(w, kz, ky, kx) * op->conv.filter_tap, depth);
            }
        }
    }
    return sum;
}

#endif

#ifdef EMK_KERNEL

/* All channels of one output position. */
static void convolve_position(const emk_conv_q_args *op, const EMK_VALUE *in,
                              const EMK_WEIGHT *filter, const EMK_BIAS *bias, const int32_t at[3],
                              EMK_VALUE *out) {
    const emk_conv_args *conv = &op->conv;
    const emk_rescale *rescale = &op->rescale;
    const int32_t depth = conv->in_c / conv->groups, group_out = conv->out_c / conv->groups;
    place places[3];
    for (int32_t axis = 0; axis < 3; ++axis) {
        places[axis] = place_of(&conv->window, axis, at[axis]);
    }
    for (int32_t o = 0; o < conv->out_c; ++o) {
        const int32_t channel = rescale->per_channel != 0 ? o : 0;
        EMK_SUM sum =
            window_sum(op, in + o / group_out * depth, filter + o * conv->filter_out, places);
        int32_t scaled;
        if (bias != 0) sum += (EMK_SUM)bias[o];
        scaled = EMK_SCALE((EMK_BIAS)sum, rescale->multiplier[channel], rescale->shift[channel]);
        out[o] = (EMK_VALUE)emk_clamp_i32(scaled + rescale->out_zero, rescale->low, rescale->high);
    }
}

void EMK_KERNEL(const emk_conv_q_args *op, const EMK_VALUE *in, const EMK_WEIGHT *filter,
                const EMK_BIAS *bias, EMK_VALUE *out) {
    const emk_window *w = &op->conv.window;
    int32_t at[3];
    for (int32_t n = 0; n < op->conv.batch; ++n) {
        for (at[0] = 0; at[0] < w->out[0]; ++at[0]) {
            for (at[1] = 0; at[1] < w->out[1]; ++at[1]) {
                for (at[2] = 0; at[2] < w->out[2]; ++at[2]) {
                    convolve_position(op, in, filter, bias, at, out);
                    out += op->conv.out_c;
                }
            }
        }
        in += w->in[0] * w->in[1] * w->in[2] * op->conv.in_c;
    }
}

#endif
