/* The part of a window that lies inside of the input; shared by the kernels of this folder. */
#ifndef EMK_KERNELS_WINDOW_H
#define EMK_KERNELS_WINDOW_H

#include "emk/window.h"

/* Taps first <= t < last of one axis are inside; tap t reads position origin + t * dilation. */
typedef struct emk_taps {
    int32_t first, last, origin;
} emk_taps;

static inline emk_taps emk_taps_inside(const emk_window *window, int32_t axis, int32_t position) {
    const int32_t dilation = window->dilation[axis], kernel = window->kernel[axis];
    const int32_t origin = position * window->stride[axis] - window->before[axis];
    const int32_t room = window->in[axis] - origin;
    const int32_t first = origin < 0 ? (dilation - 1 - origin) / dilation : 0;
    const int32_t last = room <= 0 ? 0 : (room + dilation - 1) / dilation;
    emk_taps taps;
    taps.first = first < kernel ? first : kernel;
    taps.last = last < kernel ? last : kernel;
    taps.origin = origin;
    return taps;
}

/* Number of the input position that tap (z, y, x) reads, in (depth, row, column) order. */
static inline int32_t emk_tap_position(const emk_window *window, const emk_taps taps[3], int32_t z,
                                       int32_t y, int32_t x) {
    const int32_t in_z = taps[0].origin + z * window->dilation[0];
    const int32_t in_y = taps[1].origin + y * window->dilation[1];
    const int32_t in_x = taps[2].origin + x * window->dilation[2];
    return (in_z * window->in[1] + in_y) * window->in[2] + in_x;
}

/* Number of tap (z, y, x) in the kernel. */
static inline int32_t emk_tap_index(const emk_window *window, int32_t z, int32_t y, int32_t x) {
    return (z * window->kernel[1] + y) * window->kernel[2] + x;
}

#endif /* EMK_KERNELS_WINDOW_H */
