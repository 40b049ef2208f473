/* Layers whose weights lie in flash as indices of 1 to 4 bits into a table of levels. C99,
 * freestanding. */
#ifndef EMK_PACKED_H
#define EMK_PACKED_H

#include <stdint.h>

#include "emk/quantized.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The filter of one output after the other: `row_bytes` bytes of indices, the first index in the
 * lowest bits of the first byte, indices across bytes where 8 is no multiple of `bits`. */
typedef struct emk_packed_weights {
    const uint8_t *indices; /* [out_c][row_bytes] */
    const int8_t *levels;   /* [1 << bits] */
    int32_t bits, row_bytes;
} emk_packed_weights;

/* emk_conv_q8 with packed weights: one output's filter at a time is unpacked into RAM and used for
 * all positions. The result is that of emk_conv_q8 with the weights unpacked. */
typedef struct emk_conv_q8_packed_args {
    emk_conv_q_args layer; /* filter_out: elements of one output's filter */
    emk_packed_weights weights;
    int8_t *filter_ram; /* [filter_out] */
} emk_conv_q8_packed_args;
void emk_conv_q8_packed(const emk_conv_q8_packed_args *op, const int8_t *in, const int32_t *bias,
                        int8_t *out);

#ifdef __cplusplus
}
#endif

#endif /* EMK_PACKED_H */
