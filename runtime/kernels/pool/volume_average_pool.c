#include "../pool/volume_pool.h"

/* Positions of one axis of a window that count: inside of the input or of the counted padding. */
static int32_t counted(const emk_volume_pool_args *op, int32_t axis, int32_t position) {
    emk_window wider = op->window;
    emk_taps taps;
    wider.in[axis] += op->counted_before[axis] + op->counted_after[axis];
    wider.before[axis] -= op->counted_before[axis];
    taps = emk_taps_inside(&wider, axis, position);
    return taps.last > taps.first ? taps.last - taps.first : 0;
}

static void average_of(const emk_volume_pool_args *op, const float *in, const int32_t at[3],
                       const emk_taps taps[3], float *out) {
    const int32_t count = counted(op, 0, at[0]) * counted(op, 1, at[1]) * counted(op, 2, at[2]);
    for (int32_t c = 0; c < op->channels; ++c) out[c] = 0.0f;
    if (count == 0) return;
    EMK_EACH_TAP(op, float, in, taps, {
        for (int32_t c = 0; c < op->channels; ++c) out[c] += pixel[c];
    })
    for (int32_t c = 0; c < op->channels; ++c) out[c] = out[c] / (float)count;
}

void emk_volume_average_pool_f32(const emk_volume_pool_args *op, const float *in, float *out) {
    EMK_EACH_WINDOW(op, in, out, average_of)
}
