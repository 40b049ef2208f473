/* Template of the quantised poolings. The file that includes it defines
 *   EMK_SUFFIX  of the kernels: emk_average_pool_<suffix> and emk_max_pool_<suffix>
 *   EMK_VALUE   type of the elements */
#include "../window.h"
#include "emk/fixed.h"
#include "emk/quantized.h"

#define EMK_PASTE(name, suffix) name##_##suffix
#define EMK_NAME(name, suffix) EMK_PASTE(name, suffix)

/* Elements of one channel under a window. */
typedef struct emk_patch {
    int32_t sum, greatest, count;
} emk_patch;

static emk_patch gather(const emk_pool_q_args *op, const EMK_VALUE *in, const emk_taps taps[3]) {
    emk_patch patch = {0, -32768, 0};
    for (int32_t z = taps[0].first; z < taps[0].last; ++z) {
        for (int32_t y = taps[1].first; y < taps[1].last; ++y) {
            for (int32_t x = taps[2].first; x < taps[2].last; ++x) {
                const int32_t value =
                    in[emk_tap_position(&op->window, taps, z, y, x) * op->channels];
                patch.sum += value;
                patch.greatest = value > patch.greatest ? value : patch.greatest;
                ++patch.count;
            }
        }
    }
    return patch;
}

/* Rounded to nearest, halves away from zero. */
static int32_t average_of(emk_patch patch) {
    const int32_t half = patch.count / 2;
    if (patch.count == 0) return 0;
    return (patch.sum > 0 ? patch.sum + half : patch.sum - half) / patch.count;
}

static int32_t greatest_of(emk_patch patch) {
    return patch.greatest;
}

static void pool(const emk_pool_q_args *op, const EMK_VALUE *in, EMK_VALUE *out,
                 int32_t (*result_of)(emk_patch)) {
    const emk_window *w = &op->window;
    emk_taps taps[3];
    for (int32_t n = 0; n < op->batch; ++n) {
        for (int32_t z = 0; z < w->out[0]; ++z) {
            taps[0] = emk_taps_inside(w, 0, z);
            for (int32_t y = 0; y < w->out[1]; ++y) {
                taps[1] = emk_taps_inside(w, 1, y);
                for (int32_t x = 0; x < w->out[2]; ++x) {
                    taps[2] = emk_taps_inside(w, 2, x);
                    for (int32_t c = 0; c < op->channels; ++c) {
                        const int32_t result = result_of(gather(op, in + c, taps));
                        *out++ = (EMK_VALUE)emk_clamp_i32(result, op->low, op->high);
                    }
                }
            }
        }
        in += w->in[0] * w->in[1] * w->in[2] * op->channels;
    }
}

void EMK_NAME(emk_average_pool, EMK_SUFFIX)(const emk_pool_q_args *op, const EMK_VALUE *in,
                                            EMK_VALUE *out) {
    pool(op, in, out, average_of);
}

void EMK_NAME(emk_max_pool, EMK_SUFFIX)(const emk_pool_q_args *op, const EMK_VALUE *in,
                                        EMK_VALUE *out) {
    pool(op, in, out, greatest_of);
}
