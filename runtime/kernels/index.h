/* Indices into an axis, of 32 or 64 bits, and copies of elements of any size. */
#ifndef EMK_INDEX_H
#define EMK_INDEX_H

#include <stdint.h>

/* Element `at` of a tensor of int32_t (bytes 4) or int64_t (bytes 8). */
static inline int64_t emk_integer_at(const void *integers, int32_t at, int32_t bytes) {
    return bytes == 8 ? ((const int64_t *)integers)[at] : ((const int32_t *)integers)[at];
}

static inline void emk_put_integer(void *integers, int32_t at, int32_t wide, int32_t value) {
    if (wide)
        ((int64_t *)integers)[at] = value;
    else
        ((int32_t *)integers)[at] = value;
}

/* The same as a position along an axis: negative ones count from the end, and what is still outside
 * becomes the nearest inside, so that no kernel leaves its tensors. */
static inline int32_t emk_index_at(const void *indices, int32_t at, int32_t bytes, int32_t extent) {
    int64_t index = emk_integer_at(indices, at, bytes);
    if (index < 0) index += extent;
    if (index < 0) return 0;
    return index < extent ? (int32_t)index : extent - 1;
}

/* to[to_at …] = from[from_at …], `count` elements of 1, 2, 4 or 8 bytes. */
static inline void emk_copy_elements(void *to, int32_t to_at, const void *from, int32_t from_at,
                                     int32_t count, int32_t element_bytes) {
#define EMK_COPY(type)                                               \
    for (int32_t i = 0; i < count; ++i)                              \
        ((type *)to)[to_at + i] = ((const type *)from)[from_at + i]; \
    break
    switch (element_bytes) {
        case 1:
            EMK_COPY(uint8_t);
        case 2:
            EMK_COPY(uint16_t);
        case 4:
            EMK_COPY(uint32_t);
        default:
            EMK_COPY(uint64_t);
    }
#undef EMK_COPY
}

#endif /* EMK_INDEX_H */
