#include "../epilogue_f32.h"
#include "../packed_f32.h"

#define EMK_LANES 4

/* Four outputs at once, whose indices for one input are a word or half of one. */
static void emk_dot_4_indices(const emk_packed_f32 *weights, const float *levels, const float *x,
                              const float *end, int32_t c, float *acc) {
    const uint8_t *index = weights->indices + (end - x) * c * weights->bits / 8;
    const float k0 = emk_weight_scale_f32(weights, c), k1 = emk_weight_scale_f32(weights, c + 1);
    const float k2 = emk_weight_scale_f32(weights, c + 2);
    const float k3 = emk_weight_scale_f32(weights, c + 3);
    float s0 = 0.0f, s1 = 0.0f, s2 = 0.0f, s3 = 0.0f;
    if (weights->bits == 8) {
        for (; x != end; index += 4) {
            const float a = *x++;
            s0 += a * (levels[index[0]] * k0);
            s1 += a * (levels[index[1]] * k1);
            s2 += a * (levels[index[2]] * k2);
            s3 += a * (levels[index[3]] * k3);
        }
    } else {
        for (; x != end; index += 2) {
            const float a = *x++;
            const uint32_t low = index[0], high = index[1];
            s0 += a * (levels[low & 15u] * k0);
            s1 += a * (levels[low >> 4] * k1);
            s2 += a * (levels[high & 15u] * k2);
            s3 += a * (levels[high >> 4] * k3);
        }
    }
    acc[0] = s0, acc[1] = s1, acc[2] = s2, acc[3] = s3;
}

/* The last, narrow block from output c on. */
static void emk_dot_narrow_indices(const emk_packed_f32 *weights, const float *levels,
                                   const float *x, int32_t count, int32_t c, int32_t lanes,
                                   float *acc) {
    for (int32_t lane = 0; lane < lanes; ++lane) {
        const float scale = emk_weight_scale_f32(weights, c + lane);
        float sum = 0.0f;
        for (int32_t i = 0; i < count; ++i) {
            const uint32_t index = emk_weight_index(weights, c * count + i * lanes + lane);
            sum += x[i] * (levels[index] * scale);
        }
        acc[lane] = sum;
    }
}

void emk_dense_f32_packed(const emk_dense_f32_packed_args *op, const float *in, float *out,
                          int32_t y0, int32_t y1) {
    const emk_dense_f32_args *layer = &op->layer;
    const int32_t out_c = layer->out_c;
    emk_read_levels_f32(&op->weights, op->scratch);
    for (int32_t y = y0; y < y1; ++y) {
        const float *x = in + y * layer->in_c;
        for (int32_t c = 0; c < out_c; c += EMK_LANES) {
            float acc[EMK_LANES];
            const int32_t lanes = out_c - c < EMK_LANES ? out_c - c : EMK_LANES;
            if (lanes == EMK_LANES) {
                emk_dot_4_indices(&op->weights, op->scratch, x, x + layer->in_c, c, acc);
            } else {
                emk_dot_narrow_indices(&op->weights, op->scratch, x, layer->in_c, c, lanes, acc);
            }
            for (int32_t lane = 0; lane < lanes; ++lane) {
                const float v = layer->bias != NULL ? acc[lane] + layer->bias[c + lane] : acc[lane];
                out[y * out_c + c + lane] = emk_apply_epilogue_f32(&layer->epilogue, v, c + lane);
            }
        }
    }
}
