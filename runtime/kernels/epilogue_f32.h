/* What follows a layer's sums; shared by the kernels of this folder. */
#ifndef EMK_EPILOGUE_F32_H
#define EMK_EPILOGUE_F32_H

#include <stddef.h>

#include "emk/f32.h"

static inline float emk_apply_epilogue_f32(const emk_epilogue_f32 *epilogue, float v, int32_t c) {
    if (epilogue->function != NULL) {
        v = epilogue->function(v, epilogue->alpha);
    }
    /* Written so that NaN passes through. */
    v = v < epilogue->low ? epilogue->low : v;
    v = v > epilogue->high ? epilogue->high : v;
    if (epilogue->scale != NULL) {
        v = v * epilogue->scale[c];
        v = v + epilogue->shift[c];
    }
    return v;
}

#endif /* EMK_EPILOGUE_F32_H */
