#include "../clamp_q8.h"
#include "emk/dense_q8.h"
#include "emk/dsp.h"

/* What stands for two indices at once: their levels as halves. */
static void make_pairs(const emk_dense_q8_packed_args *op, uint32_t *pairs) {
    const int32_t count = 1 << op->bits;
    for (int32_t high = 0; high < count; ++high) {
        for (int32_t low = 0; low < count; ++low) {
            *pairs++ = emk_halves(op->levels[low], op->levels[high]);
        }
    }
}

/* Inputs as halves, padded with zeros to a multiple of eight. */
static void expand_inputs(const int8_t *in, int32_t count, int32_t padded, int16_t *to) {
    for (int32_t i = 0; i < count; ++i) to[i] = in[i];
    for (int32_t i = count; i < padded; ++i) to[i] = 0;
}

/* Two inputs of both outputs. Compilers look pairs up ahead of time, and spill them. */
#if defined(__ARM_FEATURE_DSP)
#define EMK_ADD_TWO                                                                               \
    __asm__ volatile(                                                                             \
        "and %[w], %[pool], %[mask]\n\tand %[v], %[other], %[mask]\n\t"                           \
        "ldr %[w], [%[pairs], %[w], lsl #2]\n\tldr %[v], [%[pairs], %[v], lsl #2]\n\t"            \
        "ldr %[in], [%[x]], #4\n\tlsr %[pool], %[pool], %[step]\n\t"                              \
        "lsr %[other], %[other], %[step]\n\tsmlad %[a], %[w], %[in], %[a]\n\t"                    \
        "smlad %[b], %[v], %[in], %[b]"                                                           \
        : [w] "=&r"(w), [v] "=&r"(v), [in] "=&r"(inputs), [pool] "+r"(pool), [other] "+r"(other), \
          [x] "+r"(x), [a] "+r"(a), [b] "+r"(b)                                                   \
        : [mask] "r"(mask), [step] "r"(step), [pairs] "r"(pairs)                                  \
        : "memory")
#else
#define EMK_ADD_TWO              \
    w = pairs[pool & mask];      \
    v = pairs[other & mask];     \
    inputs = *x++;               \
    a = emk_smlad(w, inputs, a); \
    b = emk_smlad(v, inputs, b); \
    pool >>= step, other >>= step
#endif

/* Two outputs: eight inputs at a time, whose indices are `bits` bytes of each row. */
static void sum_two(const emk_dense_q8_packed_args *op, const uint32_t *pairs, const uint32_t *x,
                    const uint32_t *x_end, const uint8_t *first, const uint8_t *second,
                    int32_t sums[2]) {
    const uint32_t step = 2 * (uint32_t)op->bits, mask = (1u << step) - 1u;
    int32_t a = sums[0], b = sums[1];
    while (x != x_end) {
        uint32_t pool = emk_load_u32(first), other = emk_load_u32(second), w, v, inputs;
        first += op->bits;
        second += op->bits;
        EMK_ADD_TWO;
        EMK_ADD_TWO;
        EMK_ADD_TWO;
        EMK_ADD_TWO;
    }
    sums[0] = a;
    sums[1] = b;
}

static void dense_row(const emk_dense_q8_packed_args *op, const uint32_t *x, int32_t padded,
                      int8_t *out) {
    const uint32_t *pairs = op->scratch;
    const int32_t row = padded / 8 * op->bits;
    const int32_t *factor = op->factors;
    for (int32_t o = 0; o < op->out_c; o += 2) {
        /* An odd last one is computed twice. */
        const int32_t last = o + 1 < op->out_c ? o + 1 : o;
        int32_t sums[2] = {op->biases[o], op->biases[last]};
        sum_two(op, pairs, x, x + padded / 2, op->indices + o * row, op->indices + last * row,
                sums);
        for (int32_t i = o; i <= last; ++i, factor += op->factor_words) {
            out[i] = (int8_t)emk_rescale_s8(2 * sums[i - o], factor[0], factor[1], factor[2]);
        }
    }
    emk_clamp_q8(out, op->out_c, op->low, op->high);
}

void emk_dense_q8_packed(const emk_dense_q8_packed_args *op, const int8_t *in, int8_t *out,
                         int32_t y0, int32_t y1) {
    const int32_t padded = (op->in_c + 7) & ~7;
    uint32_t *x = op->scratch + (1 << 2 * op->bits);
    make_pairs(op, op->scratch);
    for (int32_t y = y0; y < y1; ++y) {
        expand_inputs(in + y * op->in_c, op->in_c, padded, (int16_t *)(void *)x);
        dense_row(op, x, padded, out + y * op->out_c);
    }
}
