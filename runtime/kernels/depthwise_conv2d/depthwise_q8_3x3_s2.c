#include "../depthwise_conv2d/depthwise_q8_3x3.h"

#if defined(__ARM_FEATURE_DSP)
/* depthwise_q8_3x3_s2.S */
emk_tiles emk_depthwise_q8_tiles_s2, emk_depthwise_q8_tiles_s2_fast;
#else
static int32_t upper_sum(const int32_t *at, const int32_t *record) {
    int32_t sum = record[6];
    for (int32_t k = 0; k < 3; ++k, at += EMK_LANES * EMK_SLOTS) {
        const uint32_t below = (uint32_t)record[3 + k / 2];
        sum = emk_smlad((uint32_t)at[0], (uint32_t)record[k], sum);
        sum = k == 1 ? emk_smlabt((uint32_t)at[1], below, sum)
                     : emk_smlabb((uint32_t)at[1], below, sum);
    }
    return sum;
}

static int32_t lower_sum(const int32_t *at, const int32_t *record) {
    return upper_sum(at + 1, record);
}

static void emk_depthwise_q8_tiles_s2(const emk_tile_run *run, const int32_t *planes,
                                      const int32_t *records, int8_t *out) {
    emk_make_tiles(run, planes, records, out, upper_sum, lower_sum, emk_exact_output, 2, 2);
}

static void emk_depthwise_q8_tiles_s2_fast(const emk_tile_run *run, const int32_t *planes,
                                           const int32_t *records, int8_t *out) {
    emk_make_tiles(run, planes, records, out, upper_sum, lower_sum, emk_fast_output, 2, 2);
}
#endif

void emk_depthwise_q8_3x3_s2(const emk_depthwise_q8_3x3_args *op, const int8_t *in, int8_t *out,
                             int32_t y0, int32_t y1) {
    emk_make_map(op, in, out, y0, y1, 2, EMK_SLOTS - 2, emk_depthwise_q8_tiles_s2);
}

void emk_depthwise_q8_3x3_s2_fast(const emk_depthwise_q8_3x3_args *op, const int8_t *in,
                                  int8_t *out, int32_t y0, int32_t y1) {
    emk_make_map(op, in, out, y0, y1, 2, EMK_SLOTS - 2, emk_depthwise_q8_tiles_s2_fast);
}
