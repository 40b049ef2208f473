/* emk_gather, emk_gather_elements, emk_gather_nd; see emk/gather.h. */
#include "emk/gather.h"

#include "../broadcast.h"
#include "../index.h"

void emk_gather(const emk_gather_args *op, const void *in, const void *indices, void *out) {
    int32_t to = 0;
    for (int32_t b = 0; b < op->batches; ++b) {
        for (int32_t o = 0; o < op->outer; ++o) {
            const int32_t from = (b * op->outer + o) * op->extent;
            for (int32_t i = 0; i < op->count; ++i, to += op->inner) {
                const int32_t at =
                    emk_index_at(indices, b * op->count + i, op->index_bytes, op->extent);
                emk_copy_elements(out, to, in, (from + at) * op->inner, op->inner,
                                  op->element_bytes);
            }
        }
    }
}

void emk_gather_elements(const emk_gather_elements_args *op, const void *in, const void *indices,
                         void *out) {
    emk_walk walk = {op->shape, {op->stride, 0, 0}, {0, 0, 0}, {0}};
    int32_t to = 0;
    do {
        int32_t from = walk.at[0];
        for (int32_t i = 0; i < op->shape[EMK_INNER]; ++i, ++to) {
            const int32_t at = emk_index_at(indices, to, op->index_bytes, op->extent);
            emk_copy_elements(out, to, in, from + at * op->axis_stride, 1, op->element_bytes);
            from += op->stride[EMK_INNER];
        }
    } while (emk_next_row(&walk, 1));
}

void emk_gather_nd(const emk_gather_nd_args *op, const void *in, const void *indices, void *out) {
    int32_t to = 0, at = 0;
    for (int32_t b = 0; b < op->batches; ++b) {
        for (int32_t i = 0; i < op->count; ++i, to += op->run) {
            int32_t from = b * op->batch_elements;
            for (int32_t axis = 0; axis < op->depth; ++axis, ++at) {
                from +=
                    emk_index_at(indices, at, op->index_bytes, op->extent[axis]) * op->stride[axis];
            }
            emk_copy_elements(out, to, in, from, op->run, op->element_bytes);
        }
    }
}
