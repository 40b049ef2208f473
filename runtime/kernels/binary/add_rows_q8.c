#include "../clamp_q8.h"
#include "emk/dsp.h"
#include "emk/maps_q8.h"

/* Twice b' for b - b_zero at bit b_left, lower bits zero. */
static inline int32_t twice_b(const emk_add_rows_q8_args *op, uint32_t b) {
    const int32_t scaled = emk_smmlar((int32_t)b, op->b_multiplier, op->b_rounding);
    return (int32_t)(2u * (uint32_t)((scaled + ((int32_t)b >> 31)) >> op->b_shift));
}

/* The output for a - a_zero at bit 20 and twice b'. */
static inline int32_t output_of(const emk_add_rows_q8_args *op, uint32_t a, int32_t b) {
    return emk_rescale_s8((int32_t)(a + (uint32_t)b), op->multiplier, op->rounding, op->shift);
}

/* Bytes 0 and 2 of a word as outputs. */
static inline uint32_t two_outputs(const emk_add_rows_q8_args *op, uint32_t a, uint32_t b) {
    const uint32_t left = (uint32_t)op->b_left;
    return emk_halves(output_of(op, a << 20, twice_b(op, b << left)),
                      output_of(op, a >> 16 << 20, twice_b(op, b >> 16 << left)));
}

static void add_bytes(const emk_add_rows_q8_args *op, const int8_t *a, const int8_t *b, int8_t *out,
                      int32_t count) {
    for (int32_t i = 0; i < count; ++i) {
        const uint32_t a1 = (uint32_t)(a[i] - op->a_zero), b1 = (uint32_t)(b[i] - op->b_zero);
        out[i] = (int8_t)output_of(op, a1 << 20, twice_b(op, b1 << op->b_left));
    }
}

static void add_row(const emk_add_rows_q8_args *op, const int8_t *a, const int8_t *b, int8_t *out) {
    const emk_add_rows_q8_args local = *op;
    const uint32_t a_offset = emk_halves(-op->a_zero, -op->a_zero);
    const uint32_t b_offset = emk_halves(-op->b_zero, -op->b_zero);
    const int32_t whole = op->row_bytes & ~3;
    for (int32_t i = 0; i < whole; i += 4) {
        const uint32_t a4 = emk_load_u32(a + i), b4 = emk_load_u32(b + i);
        const uint32_t even =
            two_outputs(&local, emk_sxtab16(a_offset, a4), emk_sxtab16(b_offset, b4));
        const uint32_t odd =
            two_outputs(&local, emk_sxtab16_8(a_offset, a4), emk_sxtab16_8(b_offset, b4));
        emk_store_u32(out + i, emk_uxtb16(even) | emk_uxtb16(odd) << 8);
    }
    add_bytes(op, a + whole, b + whole, out + whole, op->row_bytes - whole);
}

#if defined(__ARM_FEATURE_DSP)
/* add_rows_q8.S; count is a multiple of 8 */
void emk_add_table_q8(const int8_t *a, const int8_t *b, int8_t *out, const int32_t *table,
                      int32_t count, int32_t multiplier, int32_t rounding, int32_t shift);
void emk_add_table_q8_relu(const int8_t *a, const int8_t *b, int8_t *out, const int32_t *table,
                           int32_t count, int32_t multiplier, int32_t rounding, int32_t shift);
#else
static void emk_add_table_q8(const int8_t *a, const int8_t *b, int8_t *out, const int32_t *table,
                             int32_t count, int32_t multiplier, int32_t rounding, int32_t shift) {
    for (int32_t i = 0; i < count; ++i) {
        const uint32_t sum = (uint32_t)table[(uint8_t)b[i]] + ((uint32_t)a[i] << 20);
        out[i] = (int8_t)emk_rescale_s8((int32_t)sum, multiplier, rounding, shift);
    }
}
#define emk_add_table_q8_relu emk_add_table_q8
#endif

/* The table is by the bits of b, and takes a's zero point as well. */
static void fill_table(const emk_add_rows_q8_args *op) {
    const uint32_t a_zero = (uint32_t)op->a_zero << 20;
    for (int32_t b = -128; b < 128; ++b) {
        const uint32_t twice = (uint32_t)twice_b(op, (uint32_t)(b - op->b_zero) << op->b_left);
        op->table[b & 0xFF] = (int32_t)(twice - a_zero);
    }
}

static void add_by_table(const emk_add_rows_q8_args *op, const int8_t *a, const int8_t *b,
                         int8_t *out) {
    const int32_t whole = op->row_bytes & ~7;
    if (whole > 0 && op->relu != 0) {
        emk_add_table_q8_relu(a, b, out, op->table, whole, op->multiplier, op->rounding, op->shift);
    } else if (whole > 0) {
        emk_add_table_q8(a, b, out, op->table, whole, op->multiplier, op->rounding, op->shift);
    }
    add_bytes(op, a + whole, b + whole, out + whole, op->row_bytes - whole);
}

void emk_add_rows_q8(const emk_add_rows_q8_args *op, const int8_t *a, const int8_t *b, int8_t *out,
                     int32_t y0, int32_t y1) {
    if (op->table != 0) fill_table(op);
    for (int32_t y = y0; y < y1; ++y) {
        const int8_t *from_a = a + y % op->a_ring * op->row_bytes;
        const int8_t *from_b = b + y % op->b_ring * op->row_bytes;
        int8_t *line = out + y % op->out_ring * op->row_bytes;
        if (op->table != 0) {
            add_by_table(op, from_a, from_b, line);
        } else {
            add_row(op, from_a, from_b, line);
        }
        emk_clamp_q8(line, op->row_bytes, op->low, op->high);
    }
}
