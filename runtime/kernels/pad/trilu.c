/* emk_trilu; see emk/pad.h. */
#include "emk/pad.h"

#include "../index.h"

void emk_trilu(const emk_trilu_args *op, const void *in, void *out) {
    static const uint64_t zero = 0; /* an element of any type */
    int32_t at = 0;
    for (int32_t m = 0; m < op->matrices; ++m) {
        for (int32_t row = 0; row < op->rows; ++row) {
            for (int32_t column = 0; column < op->columns; ++column, ++at) {
                const int32_t right = column - row - op->diagonal;
                const int kept = op->upper != 0 ? right >= 0 : right <= 0;
                emk_copy_elements(out, at, kept ? in : &zero, kept ? at : 0, 1, op->element_bytes);
            }
        }
    }
}
