/* emk_copy; see emk/move.h. */
#include "emk/move.h"

#include "../index.h"

void emk_copy(const emk_copy_args *op, const void *in, void *out) {
    for (int32_t block = 0; block < op->blocks; ++block) {
        emk_copy_elements(out, block * op->stride, in, block * op->run, op->run, op->element_bytes);
    }
}
