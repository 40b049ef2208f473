#include "emk/conv_q8.h"

#define EMK_FUNCTION emk_conv2d_q8_panel_packed
#define EMK_ARGS emk_conv2d_q8_panel_packed_args
#define EMK_LAYER(arguments) (&(arguments)->layer)

/* Scratch memory begins with pairs of levels and the weights of two outputs. */
static const uint32_t *pair_weights(const emk_conv2d_q8_panel_args *op, int32_t pair,
                                    int32_t words) {
    const emk_conv2d_q8_panel_packed_args *packed = (const emk_conv2d_q8_panel_packed_args *)op;
    uint16_t *pairs = (uint16_t *)op->scratch;
    if (pair == 0) emk_make_level_pairs_q8(&packed->packed, pairs);
    return emk_unpack_pair_q8(&packed->packed, pair, words, pairs,
                              (uint32_t *)op->scratch + EMK_LEVEL_PAIR_WORDS);
}
static uint32_t *scratch_of(const emk_conv2d_q8_panel_args *op) {
    return (uint32_t *)op->scratch + EMK_LEVEL_PAIR_WORDS + op->kernel_h * op->run_words;
}

#include "../conv2d/panel_loop_q8.h"
