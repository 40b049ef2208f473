/* emk_reverse_sequence; see emk/gather.h. */
#include "emk/gather.h"

#include "../index.h"

/* Counts all axes up by one element; 0 behind the last. */
static int32_t emk_next_element(const int32_t *shape, int32_t *index) {
    for (int32_t axis = EMK_MAX_AXES - 1; axis >= 0; --axis) {
        if (++index[axis] < shape[axis]) return 1;
        index[axis] = 0;
    }
    return 0;
}

void emk_reverse_sequence(const emk_reverse_sequence_args *op, const void *in, const void *lengths,
                          void *out) {
    int32_t index[EMK_MAX_AXES] = {0};
    const int32_t extent = op->shape[op->time_axis];
    int32_t stride = 1, at = 0;
    for (int32_t axis = op->time_axis + 1; axis < EMK_MAX_AXES; ++axis) stride *= op->shape[axis];
    do {
        const int32_t time = index[op->time_axis];
        const int64_t wanted = emk_integer_at(lengths, index[op->batch_axis], op->index_bytes);
        const int32_t length = wanted < extent ? (int32_t)(wanted < 0 ? 0 : wanted) : extent;
        const int32_t from = time < length ? at + (length - 1 - 2 * time) * stride : at;
        emk_copy_elements(out, at++, in, from, 1, op->element_bytes);
    } while (emk_next_element(op->shape, index));
}
