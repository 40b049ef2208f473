/* GCC emits calls to these four whatever its options; firmware is linked without a C library.
 * Words where both sides are aligned, else bytes. */
#include <stddef.h>
#include <stdint.h>

/* Otherwise GCC recognises the loops and calls the function that it is compiling. */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("no-tree-loop-distribute-patterns")
#endif

void *memcpy(void *destination, const void *source, size_t bytes);
void *memmove(void *destination, const void *source, size_t bytes);
void *memset(void *destination, int value, size_t bytes);
int memcmp(const void *left, const void *right, size_t bytes);

/* May alias anything: the memory belongs to objects of other types. */
#if defined(__GNUC__)
typedef uint32_t __attribute__((may_alias)) word;
#else
typedef uint8_t word;
#endif

static int aligned(uintptr_t address) {
    return address % sizeof(word) == 0u;
}

void *memcpy(void *destination, const void *source, size_t bytes) {
    uint8_t *to = (uint8_t *)destination;
    const uint8_t *from = (const uint8_t *)source;
    if (aligned((uintptr_t)to | (uintptr_t)from)) {
        for (; bytes >= sizeof(word); bytes -= sizeof(word)) {
            *(word *)(void *)to = *(const word *)(const void *)from;
            to += sizeof(word);
            from += sizeof(word);
        }
    }
    for (; bytes > 0u; bytes--) *to++ = *from++;
    return destination;
}

void *memmove(void *destination, const void *source, size_t bytes) {
    uint8_t *to = (uint8_t *)destination;
    const uint8_t *from = (const uint8_t *)source;
    if ((uintptr_t)to <= (uintptr_t)from || (uintptr_t)to >= (uintptr_t)from + bytes) {
        return memcpy(destination, source, bytes);
    }
    if (aligned((uintptr_t)(to + bytes) | (uintptr_t)(from + bytes))) {
        for (; bytes >= sizeof(word); bytes -= sizeof(word)) {
            *(word *)(void *)(to + bytes - sizeof(word)) =
                *(const word *)(const void *)(from + bytes - sizeof(word));
        }
    }
    for (; bytes > 0u; bytes--) to[bytes - 1u] = from[bytes - 1u];
    return destination;
}

void *memset(void *destination, int value, size_t bytes) {
    uint8_t *to = (uint8_t *)destination;
    const uint8_t byte = (uint8_t)value;
    const word pattern = (word)(byte * 0x01010101u);
    for (; bytes > 0u && !aligned((uintptr_t)to); bytes--) *to++ = byte;
    for (; bytes >= sizeof(word); bytes -= sizeof(word)) {
        *(word *)(void *)to = pattern;
        to += sizeof(word);
    }
    for (; bytes > 0u; bytes--) *to++ = byte;
    return destination;
}

int memcmp(const void *left, const void *right, size_t bytes) {
    const uint8_t *a = (const uint8_t *)left;
    const uint8_t *b = (const uint8_t *)right;
    for (; bytes > 0u; bytes--, a++, b++) {
        if (*a != *b) return *a < *b ? -1 : 1;
    }
    return 0;
}
