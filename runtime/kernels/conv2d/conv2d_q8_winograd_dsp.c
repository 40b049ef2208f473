#include "emk/conv_q8.h"

#define EMK_FUNCTION emk_conv2d_q8_winograd
#define EMK_ARGS emk_conv2d_q8_winograd_args
#define EMK_LAYER(arguments) (arguments)

static const uint32_t *pair_weights(const emk_conv2d_q8_winograd_args *op, int32_t pair,
                                    int32_t words) {
    return op->weights + pair * words;
}
static uint32_t *scratch_of(const emk_conv2d_q8_winograd_args *op) {
    return (uint32_t *)op->scratch;
}

#include "../conv2d/winograd_loop_q8.h"
