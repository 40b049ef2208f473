/* Windows of convolution and pooling over up to three axes. C99, freestanding. */
#ifndef EMK_WINDOW_H
#define EMK_WINDOW_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Per axis, in the order depth, rows, columns; axes that a map lacks have extents of 1. The window
 * of output position p covers the input positions p * stride - before + tap * dilation. */
typedef struct emk_window {
    int32_t in[3];
    int32_t out[3];
    int32_t kernel[3];
    int32_t stride[3];
    int32_t dilation[3];
    int32_t before[3]; /* padding in front of the first input position */
} emk_window;

#ifdef __cplusplus
}
#endif

#endif /* EMK_WINDOW_H */
