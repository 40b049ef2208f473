/* What the row-wise int8 poolings share: the part of a window that lies inside of the map. */
#ifndef EMK_KERNELS_POOL_ROWS_Q8_H
#define EMK_KERNELS_POOL_ROWS_Q8_H

#include "emk/maps_q8.h"

typedef struct emk_pool_span {
    int32_t first, count; /* input positions */
} emk_pool_span;

static inline emk_pool_span emk_pool_span_of(int32_t position, int32_t stride, int32_t before,
                                             int32_t kernel, int32_t extent) {
    const int32_t origin = position * stride - before;
    const int32_t end = origin + kernel < extent ? origin + kernel : extent;
    emk_pool_span span;
    span.first = origin > 0 ? origin : 0;
    span.count = end > span.first ? end - span.first : 0;
    return span;
}

#endif /* EMK_KERNELS_POOL_ROWS_Q8_H */
