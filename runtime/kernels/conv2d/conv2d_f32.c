#include <stddef.h>

#include "../conv2d/conv2d_f32.h"
#include "../epilogue_f32.h"

#define EMK_LANES EMK_CONV2D_F32_LANES

/* One block of output channels on one convolution row. */
typedef struct emk_conv_block {
    const emk_conv2d_f32_args *op;
    const float *filter; /* [kh][kw][in_g][lanes] of this block */
    const float *in;     /* channel 0 of this block's group */
    int32_t lanes;       /* 1..4 */
    int32_t in_g;        /* input channels of a group */
    int32_t ky0, ky1;    /* filter rows that meet the map */
    int32_t row0;        /* ring index of the input row under ky0 */
} emk_conv_block;

/* Sums four neighbouring pixels by four channels over one contiguous run of inputs. */
static void emk_sum_4x4(float *acc, const float *x, int32_t step, const float *w, int32_t run) {
    const float *x1 = x + step;
    const float *x2 = x1 + step;
    const float *x3 = x2 + step;
    const float *end = x + run;
    float s00 = acc[0], s01 = acc[1], s02 = acc[2], s03 = acc[3];
    float s10 = acc[4], s11 = acc[5], s12 = acc[6], s13 = acc[7];
    float s20 = acc[8], s21 = acc[9], s22 = acc[10], s23 = acc[11];
    float s30 = acc[12], s31 = acc[13], s32 = acc[14], s33 = acc[15];
    while (x != end) {
        const float w0 = w[0], w1 = w[1], w2 = w[2], w3 = w[3];
        const float a = *x++, b = *x1++, c = *x2++, d = *x3++;
        w += EMK_LANES;
        s00 += a * w0;
        s01 += a * w1;
        s02 += a * w2;
        s03 += a * w3;
        s10 += b * w0;
        s11 += b * w1;
        s12 += b * w2;
        s13 += b * w3;
        s20 += c * w0;
        s21 += c * w1;
        s22 += c * w2;
        s23 += c * w3;
        s30 += d * w0;
        s31 += d * w1;
        s32 += d * w2;
        s33 += d * w3;
    }
    acc[0] = s00, acc[1] = s01, acc[2] = s02, acc[3] = s03;
    acc[4] = s10, acc[5] = s11, acc[6] = s12, acc[7] = s13;
    acc[8] = s20, acc[9] = s21, acc[10] = s22, acc[11] = s23;
    acc[12] = s30, acc[13] = s31, acc[14] = s32, acc[15] = s33;
}

/* The same for one pixel. */
static void emk_sum_1x4(float *acc, const float *x, const float *w, int32_t run) {
    const float *end = x + run;
    float s0 = acc[0], s1 = acc[1], s2 = acc[2], s3 = acc[3];
    while (x != end) {
        const float a = *x++;
        s0 += a * w[0];
        s1 += a * w[1];
        s2 += a * w[2];
        s3 += a * w[3];
        w += EMK_LANES;
    }
    acc[0] = s0, acc[1] = s1, acc[2] = s2, acc[3] = s3;
}

/* The same for one pixel and a narrow block. */
static void emk_sum_narrow(float *acc, const float *x, const float *w, int32_t run, int32_t lanes) {
    for (int32_t i = 0; i < run; ++i) {
        for (int32_t lane = 0; lane < lanes; ++lane) {
            acc[lane] += x[i] * *w++;
        }
    }
}

/* Sums `pixels` (1 or 4) output pixels from column x on. Four pixels must lie inside the map. */
static void emk_sum_pixels(const emk_conv_block *block, int32_t x, int32_t pixels, float *acc) {
    const emk_conv2d_f32_args *op = block->op;
    const int32_t left = x * op->stride_w - op->pad_left;
    int32_t kx0 = 0;
    int32_t kx1 = op->kernel_w;
    while (left + kx0 * op->dilation_w < 0 && kx0 < kx1) {
        ++kx0;
    }
    while (kx1 > kx0 && left + (kx1 - 1) * op->dilation_w >= op->in_w) {
        --kx1;
    }
    /* Without dilation and groups, a filter row's inputs lie one after another. */
    const int32_t whole = op->dilation_w == 1 && op->groups == 1;
    const int32_t run = whole ? (kx1 - kx0) * block->in_g : block->in_g;
    int32_t row = block->row0;
    for (int32_t ky = block->ky0; ky < block->ky1; ++ky) {
        const float *line = block->in + row * op->in_w * op->in_c;
        const float *w = block->filter + (ky * op->kernel_w + kx0) * block->in_g * block->lanes;
        for (int32_t kx = kx0; kx < kx1; kx = whole ? kx1 : kx + 1) {
            const float *p = line + (left + kx * op->dilation_w) * op->in_c;
            if (pixels == 4) {
                emk_sum_4x4(acc, p, op->stride_w * op->in_c, w, run);
            } else if (block->lanes == EMK_LANES) {
                emk_sum_1x4(acc, p, w, run);
            } else {
                emk_sum_narrow(acc, p, w, run, block->lanes);
            }
            w += block->in_g * block->lanes;
        }
        row += op->dilation_h;
        if (row >= op->in_ring) {
            row -= op->in_ring;
        }
    }
}

/* Bias, epilogue and pooling of one pixel's block of channels from c on. */
static void emk_store(const emk_conv2d_f32_args *op, const float *acc, float *out, int32_t y,
                      int32_t x, int32_t c, int32_t lanes) {
    const int32_t px = x / op->pool_w;
    if (px >= op->out_w / op->pool_w) {
        return; /* columns that no pooling window covers */
    }
    const int32_t first = y % op->pool_h == 0 && x % op->pool_w == 0;
    const int32_t row = (y / op->pool_h) % op->out_ring;
    float *to = out + (row * (op->out_w / op->pool_w) + px) * op->out_c + c;
    for (int32_t lane = 0; lane < lanes; ++lane) {
        float v = acc[lane];
        if (op->bias != NULL) {
            v += op->bias[c + lane];
        }
        v = emk_apply_epilogue_f32(&op->epilogue, v, c + lane);
        if (first || v > to[lane]) {
            to[lane] = v;
        }
    }
}

/* One row of one block of channels. */
static void emk_conv_row(emk_conv_block *block, float *out, int32_t y, int32_t c) {
    const emk_conv2d_f32_args *op = block->op;
    const int32_t top = y * op->stride_h - op->pad_top;
    block->ky0 = 0;
    block->ky1 = op->kernel_h;
    while (block->ky0 < block->ky1 && top + block->ky0 * op->dilation_h < 0) {
        ++block->ky0;
    }
    while (block->ky1 > block->ky0 && top + (block->ky1 - 1) * op->dilation_h >= op->in_h) {
        --block->ky1;
    }
    block->row0 = (top + block->ky0 * op->dilation_h) % op->in_ring;

    /* Pixels x0 <= x < x1 need no padding. */
    const int32_t reach = (op->kernel_w - 1) * op->dilation_w;
    const int32_t x0 = (op->pad_left + op->stride_w - 1) / op->stride_w;
    const int32_t room = op->in_w - 1 - reach + op->pad_left;
    const int32_t x1 = room < 0 ? 0 : room / op->stride_w + 1;
    int32_t x = 0;
    while (x < op->out_w) {
        float acc[4 * EMK_LANES] = {0};
        int32_t pixels = 1;
        if (block->lanes == EMK_LANES && x >= x0 && x + 4 <= x1 && x + 4 <= op->out_w) {
            pixels = 4;
        }
        emk_sum_pixels(block, x, pixels, acc);
        for (int32_t i = 0; i < pixels; ++i) {
            emk_store(op, acc + i * EMK_LANES, out, y, x + i, c, block->lanes);
        }
        x += pixels;
    }
}

void emk_conv2d_f32_block(const emk_conv2d_f32_args *op, const float *filter, int32_t c,
                          const float *in, float *out, int32_t y0, int32_t y1) {
    emk_conv_block block;
    block.op = op;
    block.filter = filter;
    block.in_g = op->in_c / op->groups;
    block.in = in + c / (op->out_c / op->groups) * block.in_g;
    block.lanes = emk_conv2d_f32_lanes(op, c);
    for (int32_t y = y0; y < y1; ++y) {
        emk_conv_row(&block, out, y, c);
    }
}

void emk_conv2d_f32(const emk_conv2d_f32_args *op, const float *in, float *out, int32_t y0,
                    int32_t y1) {
    const float *filter = op->filter;
    for (int32_t c = 0; c < op->out_c;) {
        const int32_t lanes = emk_conv2d_f32_lanes(op, c);
        const int32_t count = op->kernel_h * op->kernel_w * (op->in_c / op->groups) * lanes;
        const float *block = filter;
        if (op->weights_ram != NULL) {
            for (int32_t i = 0; i < count; ++i) {
                op->weights_ram[i] = filter[i];
            }
            block = op->weights_ram;
        }
        emk_conv2d_f32_block(op, block, c, in, out, y0, y1);
        filter += count;
        c += lanes;
    }
}
