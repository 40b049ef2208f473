#include "emk/conv.h"

/* The input position that reaches output `position` of an axis through `tap`, or -1. */
static int32_t source_of(const emk_window *w, int32_t axis, int32_t position, int32_t tap) {
    const int32_t reach = position + w->before[axis] - tap * w->dilation[axis];
    if (reach < 0 || reach % w->stride[axis] != 0) return -1;
    return reach / w->stride[axis] < w->in[axis] ? reach / w->stride[axis] : -1;
}

/* One output: `in` is the image at the group's first channel, `filter` the output's own. */
static float gathered(const emk_conv_args *op, const float *in, const float *filter,
                      const int32_t at[3]) {
    const emk_window *w = &op->window;
    const int32_t depth = op->in_c / op->groups;
    float sum = 0.0f;
    for (int32_t kz = 0; kz < w->kernel[0]; ++kz) {
        const int32_t z = source_of(w, 0, at[0], kz);
        if (z < 0) continue;
        for (int32_t ky = 0; ky < w->kernel[1]; ++ky) {
            const int32_t y = source_of(w, 1, at[1], ky);
            if (y < 0) continue;
            for (int32_t kx = 0; kx < w->kernel[2]; ++kx) {
                const int32_t x = source_of(w, 2, at[2], kx);
                const float *pixel, *tap;
                if (x < 0) continue;
                pixel = in + ((z * w->in[1] + y) * w->in[2] + x) * op->in_c;
                tap = filter + ((kz * w->kernel[1] + ky) * w->kernel[2] + kx) * op->filter_tap;
                for (int32_t i = 0; i < depth; ++i) sum += pixel[i] * tap[i * op->filter_in];
            }
        }
    }
    return sum;
}

void emk_conv_transpose_f32(const emk_conv_args *op, const float *in, const float *filter,
                            const float *bias, float *out) {
    const emk_window *w = &op->window;
    const int32_t depth = op->in_c / op->groups, group_out = op->out_c / op->groups;
    int32_t at[3];
    for (int32_t n = 0; n < op->batch; ++n) {
        for (at[0] = 0; at[0] < w->out[0]; ++at[0]) {
            for (at[1] = 0; at[1] < w->out[1]; ++at[1]) {
                for (at[2] = 0; at[2] < w->out[2]; ++at[2]) {
                    for (int32_t o = 0; o < op->out_c; ++o) {
                        const float sum = gathered(op, in + o / group_out * depth,
                                                   filter + o * op->filter_out, at);
                        *out++ = bias != 0 ? sum + bias[o] : sum;
                    }
                }
            }
        }
        in += w->in[0] * w->in[1] * w->in[2] * op->in_c;
    }
}
