/* The walk over all windows; shared by the volume pools. */
#ifndef EMK_KERNELS_VOLUME_POOL_H
#define EMK_KERNELS_VOLUME_POOL_H

#include "emk/volume_pool.h"

#include "../window.h"

/* Runs `pool(op, image, at, taps, out)` for every output position. */
#define EMK_EACH_WINDOW(op, in, out, pool)                     \
    const emk_window *w = &(op)->window;                       \
    int32_t at[3];                                             \
    emk_taps taps[3];                                          \
    for (int32_t n = 0; n < (op)->batch; ++n) {                \
        for (at[0] = 0; at[0] < w->out[0]; ++at[0]) {          \
            taps[0] = emk_taps_inside(w, 0, at[0]);            \
            for (at[1] = 0; at[1] < w->out[1]; ++at[1]) {      \
                taps[1] = emk_taps_inside(w, 1, at[1]);        \
                for (at[2] = 0; at[2] < w->out[2]; ++at[2]) {  \
                    taps[2] = emk_taps_inside(w, 2, at[2]);    \
                    pool(op, in, at, taps, out);               \
                    out += (op)->channels;                     \
                }                                              \
            }                                                  \
        }                                                      \
        in += w->in[0] * w->in[1] * w->in[2] * (op)->channels; \
    }

/* Runs `body` with `pixel` at each input of a window, in (depth, row, column) order. */
#define EMK_EACH_TAP(op, type, in, taps, body)                                            \
    for (int32_t z = taps[0].first; z < taps[0].last; ++z) {                              \
        for (int32_t y = taps[1].first; y < taps[1].last; ++y) {                          \
            for (int32_t x = taps[2].first; x < taps[2].last; ++x) {                      \
                const type *pixel =                                                       \
                    in + emk_tap_position(&(op)->window, taps, z, y, x) * (op)->channels; \
                body                                                                      \
            }                                                                             \
        }                                                                                 \
    }

#endif /* EMK_KERNELS_VOLUME_POOL_H */
