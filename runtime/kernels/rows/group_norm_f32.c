#include "emk/arithmetic.h"
#include "emk/rows.h"

/* One group of one image: `in`, `scale`, `bias` and `out` at the group's first channel. */
static void normalise_group(const emk_group_norm_f32_args *op, const float *in, const float *scale,
                            const float *bias, float *out) {
    const int32_t width = op->channels / op->groups, channels = op->channels;
    const float count = (float)width * (float)op->pixels;
    float sum = 0.0f, squares = 0.0f, mean, factor;
    for (int32_t p = 0; p < op->pixels; ++p) {
        for (int32_t c = 0; c < width; ++c) sum += in[p * channels + c];
    }
    mean = sum / count;
    for (int32_t p = 0; p < op->pixels; ++p) {
        for (int32_t c = 0; c < width; ++c) {
            const float d = in[p * channels + c] - mean;
            squares += d * d;
        }
    }
    factor = 1.0f / emk_sqrtf(squares / count + op->epsilon);
    for (int32_t p = 0; p < op->pixels; ++p) {
        for (int32_t c = 0; c < width; ++c) {
            const float y = (in[p * channels + c] - mean) * factor;
            out[p * channels + c] = y * scale[c] + bias[c];
        }
    }
}

void emk_group_norm_f32(const emk_group_norm_f32_args *op, const float *in, const float *scale,
                        const float *bias, float *out) {
    const int32_t width = op->channels / op->groups, image = op->pixels * op->channels;
    for (int32_t n = 0; n < op->batch; ++n, in += image, out += image) {
        for (int32_t c = 0; c < op->channels; c += width) {
            normalise_group(op, in + c, scale + c, bias + c, out + c);
        }
    }
}
