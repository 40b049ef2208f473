#include "../conv2d/conv2d_f32.h"
#include "../packed_f32.h"

/* The filter of the block that starts at channel c and at index number `first`. */
static void emk_unpack_block(const emk_packed_f32 *weights, const float *levels, int32_t first,
                             int32_t taps, int32_t c, int32_t lanes, float *filter) {
    for (int32_t lane = 0; lane < lanes; ++lane) {
        const float scale = emk_weight_scale_f32(weights, c + lane);
        const int32_t end = taps * lanes;
        for (int32_t i = lane; i < end; i += lanes) {
            filter[i] = levels[emk_weight_index(weights, first + i)] * scale;
        }
    }
}

void emk_conv2d_f32_packed(const emk_conv2d_f32_packed_args *op, const float *in, float *out,
                           int32_t y0, int32_t y1) {
    const emk_conv2d_f32_args *layer = &op->layer;
    const int32_t taps = layer->kernel_h * layer->kernel_w * (layer->in_c / layer->groups);
    float *filter = op->scratch + (1 << op->weights.bits);
    emk_read_levels_f32(&op->weights, op->scratch);
    for (int32_t c = 0; c < layer->out_c;) {
        const int32_t lanes = emk_conv2d_f32_lanes(layer, c);
        /* Channels before c, each of `taps` indices. */
        emk_unpack_block(&op->weights, op->scratch, c * taps, taps, c, lanes, filter);
        emk_conv2d_f32_block(layer, filter, c, in, out, y0, y1);
        c += lanes;
    }
}
