/* Functions of whole rows, the last axis or axes of a tensor: normalisation and softmax. C99,
 * freestanding. All but emk_lrn_f32 may work in place. */
#ifndef EMK_ROWS_H
#define EMK_ROWS_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* [rows][length] -> the same. */
typedef struct emk_rows_args {
    int32_t rows, length;
} emk_rows_args;

/* x - max - log(sum of exp(x - max)) */
void emk_log_softmax_f32(const emk_rows_args *op, const float *in, float *out);
/* 1 at the first greatest element, else 0. */
void emk_hardmax_f32(const emk_rows_args *op, const float *in, float *out);

/* exp(beta * (x - max)) / sum */
typedef struct emk_softmax_beta_f32_args {
    int32_t rows, length;
    float beta;
} emk_softmax_beta_f32_args;
void emk_softmax_beta_f32(const emk_softmax_beta_f32_args *op, const float *in, float *out);

/* (x - mean) / sqrt(variance + epsilon) * scale + bias, Ba et al. 2016, arXiv:1607.06450; not
 * centered: x / sqrt(mean of x^2 + epsilon) * scale + bias, Zhang & Sennrich 2019,
 * arXiv:1910.07467. scale and bias are [length] or null. */
typedef struct emk_layer_norm_f32_args {
    int32_t rows, length;
    int32_t centered; /* 1, or 0 for the root mean square alone */
    float epsilon;
} emk_layer_norm_f32_args;
void emk_layer_norm_f32(const emk_layer_norm_f32_args *op, const float *in, const float *scale,
                        const float *bias, float *out);
/* The same, and mean and 1 / sqrt(variance + epsilon) of every row. */
void emk_layer_norm_statistics_f32(const emk_layer_norm_f32_args *op, const float *in,
                                   const float *scale, const float *bias, float *out, float *mean,
                                   float *inverse_deviation);

/* [batch][pixels][channels]: (x - mean) / sqrt(variance + epsilon) * scale + bias with mean and
 * variance over the pixels and the channels of a group, Wu & He 2018, arXiv:1803.08494; scale and
 * bias are [channels]. As many groups as channels make instance normalisation. */
typedef struct emk_group_norm_f32_args {
    int32_t batch, pixels, channels, groups;
    float epsilon;
} emk_group_norm_f32_args;
void emk_group_norm_f32(const emk_group_norm_f32_args *op, const float *in, const float *scale,
                        const float *bias, float *out);

/* Local response normalisation, Krizhevsky et al. 2012: x / (bias + alpha * sum of x^2)^beta over
 * `before` elements in front of each one, itself and `after` behind it, as far as the row goes. */
typedef struct emk_lrn_f32_args {
    int32_t rows, length;
    int32_t before, after;
    float alpha, beta, bias;
} emk_lrn_f32_args;
void emk_lrn_f32(const emk_lrn_f32_args *op, const float *in, float *out);

/* x / max(norm of the row, least); 0 where that is 0. */
typedef struct emk_normalize_f32_args {
    int32_t rows, length;
    int32_t p; /* of the norm: 1 or 2 */
    float least;
} emk_normalize_f32_args;
void emk_normalize_f32(const emk_normalize_f32_args *op, const float *in, float *out);

#ifdef __cplusplus
}
#endif

#endif /* EMK_ROWS_H */
