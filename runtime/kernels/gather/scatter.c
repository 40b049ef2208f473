/* emk_scatter_elements, emk_scatter_nd; see emk/gather.h. */
#include "emk/gather.h"

#include "../broadcast.h"
#include "../index.h"

void emk_scatter_elements(const emk_scatter_elements_args *op, const void *in, const void *indices,
                          const void *updates, void *out) {
    emk_walk walk = {op->shape, {op->stride, 0, 0}, {0, 0, 0}, {0}};
    int32_t from = 0;
    emk_copy_elements(out, 0, in, 0, op->total, op->element_bytes);
    do {
        int32_t to = walk.at[0];
        for (int32_t i = 0; i < op->shape[EMK_INNER]; ++i, ++from) {
            const int32_t at = emk_index_at(indices, from, op->index_bytes, op->extent);
            emk_copy_elements(out, to + at * op->axis_stride, updates, from, 1, op->element_bytes);
            to += op->stride[EMK_INNER];
        }
    } while (emk_next_row(&walk, 1));
}

/* Where the run of update `i` begins. */
static inline int32_t emk_run_of(const emk_scatter_nd_args *op, const void *indices, int32_t i) {
    int32_t to = 0;
    for (int32_t axis = 0; axis < op->depth; ++axis) {
        to += emk_index_at(indices, i * op->depth + axis, op->index_bytes, op->extent[axis]) *
              op->stride[axis];
    }
    return to;
}

void emk_scatter_nd(const emk_scatter_nd_args *op, const void *in, const void *indices,
                    const void *updates, void *out) {
    emk_copy_elements(out, 0, in, 0, op->total, op->element_bytes);
    for (int32_t i = 0; i < op->count; ++i) {
        emk_copy_elements(out, emk_run_of(op, indices, i), updates, i * op->run, op->run,
                          op->element_bytes);
    }
}

/* Sums and products of integers are computed as uint64_t, which does not overflow. */
#define EMK_REDUCED(suffix, type, wide)                                          \
    static inline type emk_reduced_##suffix(int32_t reduction, type x, type y) { \
        switch (reduction) {                                                     \
            case EMK_REDUCE_ADD:                                                 \
                return (type)((wide)x + (wide)y);                                \
            case EMK_REDUCE_MUL:                                                 \
                return (type)((wide)x * (wide)y);                                \
            case EMK_REDUCE_MAX:                                                 \
                return x > y || x != x ? x : y;                                  \
            case EMK_REDUCE_MIN:                                                 \
                return x < y || x != x ? x : y;                                  \
            default:                                                             \
                return y;                                                        \
        }                                                                        \
    }
#define EMK_SCATTERS(argument, suffix, type)                                                  \
    void emk_scatter_elements_##suffix(const emk_scatter_elements_args *op, const type *in,   \
                                       const void *indices, const type *updates, type *out) { \
        emk_walk walk = {op->shape, {op->stride, 0, 0}, {0, 0, 0}, {0}};                      \
        int32_t from = 0;                                                                     \
        for (int32_t i = 0; i < op->total; ++i) out[i] = in[i];                               \
        do {                                                                                  \
            type *to = out + walk.at[0];                                                      \
            for (int32_t i = 0; i < op->shape[EMK_INNER]; ++i, to += op->stride[EMK_INNER]) { \
                const int32_t at = emk_index_at(indices, from, op->index_bytes, op->extent);  \
                type *met = to + at * op->axis_stride;                                        \
                *met = emk_reduced_##suffix(op->reduction, *met, updates[from++]);            \
            }                                                                                 \
        } while (emk_next_row(&walk, 1));                                                     \
    }                                                                                         \
    void emk_scatter_nd_##suffix(const emk_scatter_nd_args *op, const type *in,               \
                                 const void *indices, const type *updates, type *out) {       \
        for (int32_t i = 0; i < op->total; ++i) out[i] = in[i];                               \
        for (int32_t i = 0; i < op->count; ++i) {                                             \
            type *to = out + emk_run_of(op, indices, i);                                      \
            for (int32_t n = 0; n < op->run; ++n) {                                           \
                to[n] = emk_reduced_##suffix(op->reduction, to[n], updates[i * op->run + n]); \
            }                                                                                 \
        }                                                                                     \
    }
#define EMK_SCATTERS_OF_INTEGERS(argument, suffix, type) \
    EMK_REDUCED(suffix, type, uint64_t)                  \
    EMK_SCATTERS(argument, suffix, type)
EMK_REDUCED(f32, float, float)
EMK_REDUCED(f64, double, double)
EMK_FLOAT_TYPES(EMK_SCATTERS, 0)
EMK_INTEGER_TYPES(EMK_SCATTERS_OF_INTEGERS, 0)
