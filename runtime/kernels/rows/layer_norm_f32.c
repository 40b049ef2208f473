#include "emk/arithmetic.h"
#include "emk/rows.h"

typedef struct moments {
    float mean, inverse_deviation;
} moments;

static moments moments_of(const emk_layer_norm_f32_args *op, const float *x) {
    const float length = (float)op->length;
    float sum = 0.0f, squares = 0.0f;
    moments found;
    for (int32_t i = 0; op->centered != 0 && i < op->length; ++i) sum += x[i];
    found.mean = sum / length;
    for (int32_t i = 0; i < op->length; ++i) {
        const float d = x[i] - found.mean;
        squares += d * d;
    }
    found.inverse_deviation = 1.0f / emk_sqrtf(squares / length + op->epsilon);
    return found;
}

static void normalise_row(const emk_layer_norm_f32_args *op, moments row, const float *x,
                          const float *scale, const float *bias, float *out) {
    for (int32_t i = 0; i < op->length; ++i) {
        float y = (x[i] - row.mean) * row.inverse_deviation;
        if (scale != 0) y = y * scale[i];
        out[i] = bias != 0 ? y + bias[i] : y;
    }
}

void emk_layer_norm_f32(const emk_layer_norm_f32_args *op, const float *in, const float *scale,
                        const float *bias, float *out) {
    for (int32_t row = 0; row < op->rows; ++row, in += op->length, out += op->length) {
        normalise_row(op, moments_of(op, in), in, scale, bias, out);
    }
}

void emk_layer_norm_statistics_f32(const emk_layer_norm_f32_args *op, const float *in,
                                   const float *scale, const float *bias, float *out, float *mean,
                                   float *inverse_deviation) {
    for (int32_t row = 0; row < op->rows; ++row, in += op->length, out += op->length) {
        const moments found = moments_of(op, in);
        normalise_row(op, found, in, scale, bias, out);
        mean[row] = found.mean;
        inverse_deviation[row] = found.inverse_deviation;
    }
}
