/* emk_move, portable: the innermost axis in a loop of its own, the outer ones as a counter. */
#include "emk/move.h"

#define INNER (EMK_MAX_AXES - 1)

/* One loop per element size: a row of the innermost axis. */
#define EMK_COPY_ROW(type)                                          \
    {                                                               \
        const type *from = (const type *)in + at;                   \
        type *to = (type *)out + done;                              \
        for (int32_t i = 0; i < count; ++i) to[i] = from[i * step]; \
        break;                                                      \
    }

void emk_move(const emk_move_args *op, const void *in, void *out) {
    int32_t index[INNER] = {0};
    const int32_t count = op->shape[INNER], step = op->stride[INNER];
    int32_t at = op->offset, done = 0;
    for (;;) {
        int32_t axis = INNER - 1;
        switch (op->element_bytes) {
            case 1:
                EMK_COPY_ROW(uint8_t)
            case 2:
                EMK_COPY_ROW(uint16_t)
            case 4:
                EMK_COPY_ROW(uint32_t)
            default:
                EMK_COPY_ROW(uint64_t)
        }
        done += count;
        while (axis >= 0) {
            at += op->stride[axis];
            if (++index[axis] < op->shape[axis]) break;
            at -= op->stride[axis] * op->shape[axis];
            index[axis--] = 0;
        }
        if (axis < 0) return;
    }
}
