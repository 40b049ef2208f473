#define EMK_VALUE int8_t
#define EMK_WEIGHT int8_t
#define EMK_BIAS int32_t
#define EMK_SUM uint32_t
#define EMK_WEIGHT_ZERO 0
#include "emk/packed.h"

#include "../conv/conv_q.h"

/* One output's filter. */
static void unpack(const emk_packed_weights *weights, int32_t out, int32_t count, int8_t *filter) {
    const uint8_t *from = weights->indices + out * weights->row_bytes;
    const uint32_t mask = (1u << weights->bits) - 1u;
    uint32_t pool = 0;
    int32_t held = 0;
    for (int32_t i = 0; i < count; ++i) {
        if (held < weights->bits) {
            pool |= (uint32_t)*from++ << held;
            held += 8;
        }
        filter[i] = weights->levels[pool & mask];
        pool >>= weights->bits;
        held -= weights->bits;
    }
}

/* One output channel at all positions of an image; `in` begins at the group's first channel. */
static void convolve_channel(const emk_conv_q8_packed_args *op, const int8_t *in, int32_t channel,
                             uint32_t bias, int8_t *out) {
    const emk_conv_q_args *layer = &op->layer;
    const emk_window *w = &layer->conv.window;
    const emk_rescale *rescale = &layer->rescale;
    const int32_t entry = rescale->per_channel != 0 ? channel : 0;
    place places[3];
    for (int32_t z = 0; z < w->out[0]; ++z) {
        places[0] = place_of(w, 0, z);
        for (int32_t y = 0; y < w->out[1]; ++y) {
            places[1] = place_of(w, 1, y);
            for (int32_t x = 0; x < w->out[2]; ++x) {
                int32_t scaled;
                places[2] = place_of(w, 2, x);
                scaled = emk_scale((int32_t)(window_sum(layer, in, op->filter_ram, places) + bias),
                                   rescale->multiplier[entry], rescale->shift[entry]);
                *out =
                    (int8_t)emk_clamp_i32(scaled + rescale->out_zero, rescale->low, rescale->high);
                out += layer->conv.out_c;
            }
        }
    }
}

void emk_conv_q8_packed(const emk_conv_q8_packed_args *op, const int8_t *in, const int32_t *bias,
                        int8_t *out) {
    const emk_conv_args *conv = &op->layer.conv;
    const emk_window *w = &conv->window;
    const int32_t depth = conv->in_c / conv->groups, group_out = conv->out_c / conv->groups;
    const int32_t in_size = w->in[0] * w->in[1] * w->in[2] * conv->in_c;
    const int32_t out_size = w->out[0] * w->out[1] * w->out[2] * conv->out_c;
    for (int32_t o = 0; o < conv->out_c; ++o) {
        unpack(&op->weights, o, conv->filter_out, op->filter_ram);
        for (int32_t n = 0; n < conv->batch; ++n) {
            convolve_channel(op, in + n * in_size + o / group_out * depth, o,
                             bias != 0 ? (uint32_t)bias[o] : 0u, out + n * out_size + o);
        }
    }
}
