/* Elements picked or placed by indices that are computed. C99, freestanding.
 *
 * Indices are int32_t (index_bytes 4) or int64_t (8); negative ones count from the end of their
 * axis, and those outside of it are taken for the nearest inside: no kernel leaves its tensors.
 * Elements have 1, 2, 4 or 8 bytes (element_bytes) and any type unless the name says one. */
#ifndef EMK_GATHER_H
#define EMK_GATHER_H

#include "emk/move.h"
#include "emk/types.h"

#ifdef __cplusplus
extern "C" {
#endif

/* in [batches][outer][extent][inner], indices [batches][count] -> [batches][outer][count][inner] */
typedef struct emk_gather_args {
    int32_t element_bytes, index_bytes;
    int32_t batches, outer, extent, count, inner;
} emk_gather_args;
void emk_gather(const emk_gather_args *op, const void *in, const void *indices, void *out);

/* out[i0][i1]… = in[i0]…[indices[i0][i1]…]…: along one axis the index is replaced. */
typedef struct emk_gather_elements_args {
    int32_t element_bytes, index_bytes;
    int32_t extent, axis_stride;  /* of the axis, through the input */
    int32_t shape[EMK_MAX_AXES];  /* of the indices and the output, padded with ones in front */
    int32_t stride[EMK_MAX_AXES]; /* of the input, in elements; 0 for the axis */
} emk_gather_elements_args;
void emk_gather_elements(const emk_gather_elements_args *op, const void *in, const void *indices,
                         void *out);

/* indices [batches][count][depth] are positions along the input's first `depth` axes after the
 * batch axes; each picks a run of `run` elements. */
typedef struct emk_gather_nd_args {
    int32_t element_bytes, index_bytes;
    int32_t batches, count, depth, run;
    int32_t batch_elements;       /* of the input, per batch */
    int32_t extent[EMK_MAX_AXES]; /* of the first `depth` axes */
    int32_t stride[EMK_MAX_AXES]; /* in elements */
} emk_gather_nd_args;
void emk_gather_nd(const emk_gather_nd_args *op, const void *in, const void *indices, void *out);

/* What happens to the element of `out` that an update meets. */
enum emk_reduction {
    EMK_REDUCE_NONE = 0, /* the update replaces it; the last one wins */
    EMK_REDUCE_ADD = 1,  /* integers modulo 2^width */
    EMK_REDUCE_MUL = 2,
    EMK_REDUCE_MAX = 3,
    EMK_REDUCE_MIN = 4
};

/* out = in, but out[…][indices[i0][i1]…]… takes updates[i0][i1]… */
typedef struct emk_scatter_elements_args {
    int32_t element_bytes, index_bytes;
    int32_t reduction; /* enum emk_reduction */
    int32_t total;     /* elements of the input */
    int32_t extent, axis_stride;
    int32_t shape[EMK_MAX_AXES];  /* of the indices and updates */
    int32_t stride[EMK_MAX_AXES]; /* of the input; 0 for the axis */
} emk_scatter_elements_args;
void emk_scatter_elements(const emk_scatter_elements_args *op, const void *in, const void *indices,
                          const void *updates, void *out);

/* out = in, but the runs at indices [count][depth] take updates [count][run]. */
typedef struct emk_scatter_nd_args {
    int32_t element_bytes, index_bytes;
    int32_t reduction;
    int32_t total;
    int32_t count, depth, run;
    int32_t extent[EMK_MAX_AXES];
    int32_t stride[EMK_MAX_AXES];
} emk_scatter_nd_args;
void emk_scatter_nd(const emk_scatter_nd_args *op, const void *in, const void *indices,
                    const void *updates, void *out);

/* The same with a reduction other than none, by type. */
#define EMK_DECLARE_SCATTER(argument, suffix, type)                                          \
    void emk_scatter_elements_##suffix(const emk_scatter_elements_args *op, const type *in,  \
                                       const void *indices, const type *updates, type *out); \
    void emk_scatter_nd_##suffix(const emk_scatter_nd_args *op, const type *in,              \
                                 const void *indices, const type *updates, type *out);
EMK_NUMBER_TYPES(EMK_DECLARE_SCATTER, 0)
#undef EMK_DECLARE_SCATTER

/* out [outer][depth][inner] = values[1] where the position along depth is indices [outer][inner],
 * else values[0]; an index outside of [-depth, depth) sets nothing. */
typedef struct emk_one_hot_args {
    int32_t element_bytes, index_bytes;
    int32_t outer, depth, inner;
} emk_one_hot_args;
void emk_one_hot(const emk_one_hot_args *op, const void *indices, const void *values, void *out);

/* Reverses the first lengths[b] elements along one axis for every position b of another; lengths
 * are taken for the nearest in [0, extent]. */
typedef struct emk_reverse_sequence_args {
    int32_t element_bytes, index_bytes;
    int32_t batch_axis, time_axis; /* of shape */
    int32_t shape[EMK_MAX_AXES];   /* padded with ones in front */
} emk_reverse_sequence_args;
void emk_reverse_sequence(const emk_reverse_sequence_args *op, const void *in, const void *lengths,
                          void *out);

#ifdef __cplusplus
}
#endif

#endif /* EMK_GATHER_H */
