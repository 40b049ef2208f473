/* emk_one_hot; see emk/gather.h. */
#include "emk/gather.h"

#include "../index.h"

void emk_one_hot(const emk_one_hot_args *op, const void *indices, const void *values, void *out) {
    for (int32_t i = 0; i < op->outer * op->depth * op->inner; ++i) {
        emk_copy_elements(out, i, values, 0, 1, op->element_bytes);
    }
    for (int32_t o = 0; o < op->outer; ++o) {
        for (int32_t i = 0; i < op->inner; ++i) {
            int64_t index = emk_integer_at(indices, o * op->inner + i, op->index_bytes);
            if (index < 0) index += op->depth;
            if (index < 0 || index >= op->depth) continue;
            emk_copy_elements(out, (o * op->depth + (int32_t)index) * op->inner + i, values, 1, 1,
                              op->element_bytes);
        }
    }
}
