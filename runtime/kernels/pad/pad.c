/* emk_pad; see emk/pad.h. */
#include "emk/pad.h"

#include "../index.h"

/* The input position behind position `at` of the input's own count, which may be negative or
 * beyond its n elements; -1 for the value. */
static int32_t emk_pad_source(int32_t mode, int32_t at, int32_t n) {
    int32_t period = n;
    if (at >= 0 && at < n) return at;
    if (mode == EMK_PAD_CONSTANT) return -1;
    if (mode == EMK_PAD_EDGE) return at < 0 ? 0 : n - 1;
    if (mode == EMK_PAD_REFLECT) period = n > 1 ? 2 * n - 2 : 1;
    if (mode == EMK_PAD_SYMMETRIC) period = 2 * n;
    at %= period;
    if (at < 0) at += period;
    if (at < n) return at;
    return mode == EMK_PAD_REFLECT ? period - at : period - 1 - at;
}

/* One row of the innermost axis, whose input row begins at `from`; all of it the value when `from`
 * is negative. */
static void emk_pad_row(const emk_pad_args *op, const void *in, int32_t from, void *out,
                        int32_t to) {
    const int32_t inner = EMK_MAX_AXES - 1, n = op->in[inner], before = op->before[inner];
    const int32_t end = op->out[inner];
    for (int32_t i = 0; i < end; ++i) {
        int32_t at = from < 0 ? -1 : emk_pad_source(op->mode, i - before, n);
        if (at >= 0) {
            const int32_t run = i == before ? n : 1; /* the input's own elements at once */
            emk_copy_elements(out, to + i, in, from + at, run, op->element_bytes);
            i += run - 1;
        } else {
            emk_copy_elements(out, to + i, op->value, 0, 1, op->element_bytes);
        }
    }
}

void emk_pad(const emk_pad_args *op, const void *in, void *out) {
    int32_t index[EMK_MAX_AXES - 1] = {0};
    int32_t to = 0;
    for (;;) {
        int32_t axis, from = 0;
        for (axis = 0; axis < EMK_MAX_AXES - 1 && from >= 0; ++axis) {
            const int32_t at =
                emk_pad_source(op->mode, index[axis] - op->before[axis], op->in[axis]);
            from = at < 0 ? -1 : from * op->in[axis] + at;
        }
        emk_pad_row(op, in, from < 0 ? -1 : from * op->in[EMK_MAX_AXES - 1], out, to);
        to += op->out[EMK_MAX_AXES - 1];
        for (axis = EMK_MAX_AXES - 2; axis >= 0; --axis) {
            if (++index[axis] < op->out[axis]) break;
            index[axis] = 0;
        }
        if (axis < 0) return;
    }
}
