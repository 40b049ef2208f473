#include "../conv2d/winograd_q8.h"

/* The rows of the weights' transform: (1 0 0), (1 1 1), (1 -1 1), (1 2 4), (1 -2 4), (0 0 1). */
static inline void transform_taps(uint32_t a, uint32_t b, uint32_t c, uint32_t *to, int32_t step) {
    const uint32_t outer = emk_sadd16(a, c), double_b = emk_sadd16(b, b);
    const uint32_t double_c = emk_sadd16(c, c);
    const uint32_t far = emk_sadd16(a, emk_sadd16(double_c, double_c));
    to[0] = a;
    to[step] = emk_sadd16(outer, b);
    to[2 * step] = emk_ssub16(outer, b);
    to[3 * step] = emk_sadd16(far, double_b);
    to[4 * step] = emk_ssub16(far, double_b);
    to[5 * step] = c;
}

/* Two channels of one output; taps [kernel row][kernel column]. */
static inline void transform_filter(const uint32_t taps[9], uint32_t *to, int32_t step) {
    uint32_t rows[18];
    for (int32_t ky = 0; ky < 3; ++ky) {
        transform_taps(taps[3 * ky], taps[3 * ky + 1], taps[3 * ky + 2], rows + 6 * ky, 1);
    }
    for (int32_t x = 0; x < 6; ++x) {
        transform_taps(rows[x], rows[6 + x], rows[12 + x], to + 6 * x * step, step);
    }
}

void emk_winograd_weights_q8(const uint32_t *from, int32_t blocks, uint32_t *to) {
    const int32_t step = 4 * blocks; /* from position to position */
    for (int32_t block = 0; block < blocks; ++block, to += 4) {
        for (int32_t output = 0; output < 2; ++output, from += 9) {
            uint32_t even[9], odd[9];
            for (int32_t tap = 0; tap < 9; ++tap) {
                even[tap] = emk_sxtb16(from[tap]);
                odd[tap] = emk_sxtb16_8(from[tap]);
            }
            transform_filter(even, to + output, step);
            transform_filter(odd, to + 2 + output, step);
        }
    }
}

#if EMK_HAS_DSP_ASSEMBLY

#define EMK_CLOBBERS                                                                              \
    "r1", "r2", "r3", "r4", "r5", "r6", "r7", "r8", "r9", "r10", "r11", "r12", "lr", "s0", "s1",  \
        "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11", "s12", "s13", "s14", "s15", \
        "cc", "memory"

/* Rows of the inputs' transform: (4 0 -5 0 1 0), (0 -4 -4 1 1 0), (0 4 -4 -1 1 0),
 * (0 -2 -1 2 1 0), (0 2 -1 -2 1 0), (0 4 0 -5 0 1). Both halves of a word go through plain
 * additions: a borrow of the low half is undone when 2^15 is added to it in the end. */

/* A row of six words r8 … lr, two channels of each, to [r1 + at …]. */
#define EMK_ROW(rotation, at, at4, at8, at12, at16, at20)                                      \
    "uxtb16 r7, lr" rotation "\n\tuxtb16 r5, r11" rotation "\n\tuxtb16 r3, r9" rotation        \
    "\n\t"                                                                                     \
    "sub r7, r7, r5\n\tsub r2, r5, r3\n\tsub r5, r5, r3, lsl #2\n\tsub r7, r7, r2, lsl #2\n\t" \
    "str r7, [r1, #" at20                                                                      \
    "]\n\t"                                                                                    \
    "uxtb16 r6, r12" rotation "\n\tuxtb16 r4, r10" rotation                                    \
    "\n\t"                                                                                     \
    "sub r7, r6, r4\n\tsub r6, r6, r4, lsl #2\n\t"                                             \
    "add r3, r6, r5\n\tstr r3, [r1, #" at4 "]\n\tsub r6, r6, r5\n\tstr r6, [r1, #" at8         \
    "]\n\t"                                                                                    \
    "add r3, r7, r2, lsl #1\n\tstr r3, [r1, #" at12                                            \
    "]\n\t"                                                                                    \
    "sub r5, r7, r2, lsl #1\n\tstr r5, [r1, #" at16                                            \
    "]\n\t"                                                                                    \
    "uxtb16 r3, r8" rotation                                                                   \
    "\n\tsub r3, r3, r4\n\tadd r3, r7, r3, lsl #2\n\t"                                         \
    "str r3, [r1, #" at "]\n\t"
/* A column from [r0 + at …] to r2, r3, r5, r4, r6, r7. */
#define EMK_COLUMN(at, at24, at48, at72, at96, at120)                                     \
    "ldr r2, [r0, #" at "]\n\tldr r3, [r0, #" at24 "]\n\tldr r4, [r0, #" at48             \
    "]\n\t"                                                                               \
    "ldr r5, [r0, #" at72 "]\n\tldr r6, [r0, #" at96 "]\n\tldr r7, [r0, #" at120          \
    "]\n\t"                                                                               \
    "add r6, r6, #0x8000\n\tadd r7, r7, #0x8000\n\tsub r7, r7, r5\n\tsub r8, r5, r3\n\t"  \
    "sub r9, r5, r3, lsl #2\n\tsub r7, r7, r8, lsl #2\n\tsub r10, r6, r4\n\t"             \
    "sub r11, r6, r4, lsl #2\n\tadd r3, r11, r9\n\tsub r5, r11, r9\n\tsub r2, r2, r4\n\t" \
    "add r2, r10, r2, lsl #2\n\tadd r4, r10, r8, lsl #1\n\tsub r6, r10, r8, lsl #1\n\t"
#define EMK_PUT(word, at, step) \
    "eor " word ", " word ", #0x8000\n\tstr " word ", [r1, #" at "]\n\t" step "\n\t"
#define EMK_UP "add r1, r1, r12"
#define EMK_DOWN "sub r1, r1, r12"

void emk_winograd_input_q8(const emk_winograd_tile *op) {
    register const emk_winograd_tile *r0 __asm__("r0") = op;
    /* s0 from, s1 to, s2 temporaries, s3 blocks, s4 row, s5 block, s6 position, s7 rows left. */
    __asm__ volatile(
        "vldmia r0, {s0-s6}\n\t"
        "1:\n\t"
        "vmov r0, s0\n\tvmov r1, s2\n\tmovs r3, #6\n\t"
        "2:\n\t"
        "vmov s7, r3\n\tldm r0, {r8, r9, r10, r11, r12, lr}\n\t"
        EMK_ROW("", "0", "4", "8", "12", "16", "20")
        EMK_ROW(", ror #8", "144", "148", "152", "156", "160", "164")
        "vmov r2, s4\n\tadd r0, r0, r2\n\tadds r1, #24\n\tvmov r3, s7\n\tsubs r3, #1\n\tbne 2b\n\t"
        "vmov r0, s2\n\tvmov r1, s1\n\tvmov r12, s6\n\tmov lr, #6\n\t"
        "3:\n\t"
        EMK_COLUMN("0", "24", "48", "72", "96", "120")
        EMK_PUT("r2", "0", EMK_UP) EMK_PUT("r3", "0", EMK_UP) EMK_PUT("r5", "0", EMK_UP)
        EMK_PUT("r4", "0", EMK_UP) EMK_PUT("r6", "0", EMK_UP) EMK_PUT("r7", "0", "")
        EMK_COLUMN("144", "168", "192", "216", "240", "264")
        EMK_PUT("r7", "16", EMK_DOWN) EMK_PUT("r6", "16", EMK_DOWN) EMK_PUT("r4", "16", EMK_DOWN)
        EMK_PUT("r5", "16", EMK_DOWN) EMK_PUT("r3", "16", EMK_DOWN) EMK_PUT("r2", "16", "")
        "add r1, r1, r12, lsl #1\n\tadd r1, r1, r12, lsl #2\n\t"
        "adds r0, #4\n\tsubs lr, lr, #1\n\tbne 3b\n\t"
        "vmov r0, s0\n\tvmov r2, s5\n\tadd r0, r0, r2\n\tvmov s0, r0\n\t"
        "vmov r1, s1\n\tadds r1, #32\n\tvmov s1, r1\n\t"
        "vmov r3, s3\n\tsubs r3, #1\n\tvmov s3, r3\n\tbne 1b\n\t"
        : "+r"(r0)
        :
        : EMK_CLOBBERS);
}

#define EMK_MAC(sum0, sum1, x) \
    "smlad " sum0 ", " x ", r2, " sum0 "\n\tsmlad " sum1 ", " x ", r3, " sum1 "\n\t"
/* 16 cycles for 16 products, 44 bytes. */
#define EMK_STEP(w, w4, at, at4, at8, at12)                                             \
    "ldr.n r2, [r1, #" w "]\n\tldr.n r3, [r1, #" w4                                     \
    "]\n\t"                                                                             \
    "ldr.n r4, [r0, #" at "]\n\tldr.n r5, [r0, #" at4 "]\n\t" EMK_MAC("r6", "r7", "r4") \
        EMK_MAC("r8", "r9", "r5") "ldr.n r4, [r0, #" at8 "]\n\tldr.n r5, [r0, #" at12   \
                                  "]\n\t" EMK_MAC("r10", "r11", "r4") EMK_MAC("r12", "lr", "r5")

void emk_winograd_multiply_q8(const emk_winograd_product *op) {
    const int32_t skipped = -op->words & 7; /* steps of the first time through the loop */
    const struct {
        const uint32_t *tiles, *weights;
        int32_t *sums;
        int32_t quads, weights_step, quad_step, positions_step, other_output, skipped, positions;
        const uint32_t *weights_end;
        int32_t sums_step, entry, quads_left;
    } plan = {op->tiles - 4 * skipped,
              op->weights - 2 * skipped,
              op->sums,
              op->quads,
              8 * op->words,
              16 * EMK_WINOGRAD_POSITIONS * op->words - 16 * (op->words + skipped),
              16 * op->words,
              4 * 4 * EMK_WINOGRAD_POSITIONS * op->quads,
              skipped,
              EMK_WINOGRAD_POSITIONS,
              op->weights + 2 * op->words,
              4 - 4 * 4 * EMK_WINOGRAD_POSITIONS * op->quads,
              0,
              0};
    register const void *r0 __asm__("r0") = &plan;
    /* s0 tiles, s1 weights, s2 sums, s3 quads, s4 step of weights, s5 step to the next quad, s6
     * step of positions, s7 the other output's sums, s8 steps to skip, s9 positions left, s10 end
     * of weights, s11 step back to the next position's sums, s12 entry into the loop, s13 quads
     * left */
    __asm__ volatile(
        "vldmia r0, {s0-s13}\n\t"
        "vmov r1, s8\n\tmovs r2, #44\n\tmul r1, r1, r2\n\tadr.w r2, 4f\n\tadd r1, r1, r2\n\t"
        "orr r1, r1, #1\n\tvmov s12, r1\n\t"
        "1:\n\t" /* positions */
        "vmov r0, s0\n\tvmov r2, s3\n\tvmov s13, r2\n\t"
        "2:\n\t" /* quads */
        "vmov r1, s1\n\tvmov r2, s12\n\t"
        "movs r6, #0\n\tmovs r7, #0\n\tmov r8, r6\n\tmov r9, r6\n\tmov r10, r6\n\tmov r11, r6\n\t"
        "mov r12, r6\n\tmov lr, r6\n\t"
        "bx r2\n\t"
        "4:\n\t" /* eight words */
        EMK_STEP("0", "4", "0", "4", "8", "12") EMK_STEP("8", "12", "16", "20", "24", "28")
        EMK_STEP("16", "20", "32", "36", "40", "44") EMK_STEP("24", "28", "48", "52", "56", "60")
        EMK_STEP("32", "36", "64", "68", "72", "76") EMK_STEP("40", "44", "80", "84", "88", "92")
        EMK_STEP("48", "52", "96", "100", "104", "108")
        EMK_STEP("56", "60", "112", "116", "120", "124")
        "adds r1, #64\n\tvmov r2, s10\n\tadds r0, #128\n\tcmp r1, r2\n\tbne 4b\n\t"
        "vmov r2, s2\n\tvmov r3, s7\n\tvmov r4, s5\n\tadd r3, r3, r2\n\tadd r0, r0, r4\n\t"
        "str r6, [r2]\n\tstr r8, [r2, #144]\n\tstr r10, [r2, #288]\n\tstr r12, [r2, #432]\n\t"
        "str r7, [r3]\n\tstr r9, [r3, #144]\n\tstr r11, [r3, #288]\n\tstr lr, [r3, #432]\n\t"
        "add r2, r2, #576\n\tvmov s2, r2\n\t"
        "vmov r3, s13\n\tsubs r3, #1\n\tvmov s13, r3\n\tbne 2b\n\t"
        "vmov r3, s11\n\tadd r2, r2, r3\n\tvmov s2, r2\n\t"
        "vmov r0, s0\n\tvmov r3, s6\n\tadd r0, r0, r3\n\tvmov s0, r0\n\t"
        "vmov r0, s1\n\tvmov r3, s4\n\tadd r0, r0, r3\n\tvmov s1, r0\n\t"
        "vmov r0, s10\n\tadd r0, r0, r3\n\tvmov s10, r0\n\t"
        "vmov r3, s9\n\tsubs r3, #1\n\tvmov s9, r3\n\tbne 1b\n\t"
        : "+r"(r0)
        :
        : EMK_CLOBBERS);
}

/* Rows of the outputs' transform, 24 times: (6 -4 -4 1 1 0), 2 * (0 -2 2 1 -1 0),
 * 4 * (0 -1 -1 1 1 0), 4 * (0 -1 1 2 -2 6). Of six sums r2 … r7 to r2, r4, r9, r5 without the
 * factors 2 and 4. */
#define EMK_LOAD_6(at, at4, at8, at12, at16, at20)                          \
    "ldr r2, [r0, #" at "]\n\tldr r3, [r0, #" at4 "]\n\tldr r4, [r0, #" at8 \
    "]\n\t"                                                                 \
    "ldr r5, [r0, #" at12 "]\n\tldr r6, [r0, #" at16 "]\n\tldr r7, [r0, #" at20 "]\n\t"
#define EMK_SUMS(at, at4, at8, at12, at16, at20, to, to24, to48, to72)               \
    EMK_LOAD_6(at, at4, at8, at12, at16, at20)                                       \
    "add r8, r3, r4\n\tsub r3, r3, r4\n\tadd r9, r5, r6\n\tsub r5, r5, r6\n\t"       \
    "add r2, r2, r2, lsl #1\n\tadd r2, r9, r2, lsl #1\n\tsub r2, r2, r8, lsl #2\n\t" \
    "sub r4, r5, r3, lsl #1\n\tsub r9, r9, r8\n\tadd r7, r7, r7, lsl #1\n\t"         \
    "rsb r5, r3, r5, lsl #1\n\tadd r5, r5, r7, lsl #1\n\t"                           \
    "str r2, [r1, #" to "]\n\tstr r4, [r1, #" to24 "]\n\tstr r9, [r1, #" to48        \
    "]\n\t"                                                                          \
    "str r5, [r1, #" to72 "]\n\t"
/* 64 times the sum, twice the sum, and emk_rescale_s8. */
#define EMK_RESCALE(sum)                                   \
    "mla " sum ", " sum ", r8, r12\n\tasr " sum ", " sum   \
    ", #5\n\t"                                             \
    "smmlar r3, " sum ", r9, r11\n\tadd " sum ", r3, " sum \
    ", asr #31\n\t"                                        \
    "asr " sum ", " sum ", r10\n\tssat " sum ", #8, " sum "\n\t"
#define EMK_OUTPUT_ROW(at, at4, at8, at12, at16, at20) \
    EMK_LOAD_6(at, at4, at8, at12, at16, at20)         \
    "add lr, r3, r4\n\tsub r3, r3, r4\n\tadd r4, r5, r6\n\tsub r5, r5, r6\n\t"                  \
    "add r2, r2, r2, lsl #1\n\tadd r2, r4, r2, lsl #1\n\tsub r2, r2, lr, lsl #2\n\t"            \
    "sub r6, r5, r3, lsl #1\n\tlsl r6, r6, #1\n\tsub r4, r4, lr\n\tlsl r4, r4, #2\n\t"          \
    "add r7, r7, r7, lsl #1\n\trsb r5, r3, r5, lsl #1\n\tadd r5, r5, r7, lsl #1\n\t"            \
    "lsl r5, r5, #2\n\t"                                                                        \
    EMK_RESCALE("r2") EMK_RESCALE("r6") EMK_RESCALE("r4") EMK_RESCALE("r5")                     \
    "vmov r7, s4\n\tvmov lr, s5\n\tstrb r2, [r1]\n\tadd r2, r1, r7\n\tadd r1, r1, lr\n\t"       \
    "strb r6, [r2]\n\tadd r2, r2, r7\n\tadd r7, r7, r2\n\tstrb r4, [r2]\n\tstrb r5, [r7]\n\t"

void emk_winograd_output_q8(const emk_winograd_outputs *op) {
    register const emk_winograd_outputs *r0 __asm__("r0") = op;
    /* s0 sums, s1 out, s2 temporaries, s3 tiles, s4 column, s5 row, s6 bias, s7 multiplier, s8
     * rounding, s9 shift */
    __asm__ volatile(
        "vldmia r0, {s0-s9}\n\t"
        "1:\n\t"
        "vmov r0, s0\n\tvmov r1, s2\n\tmov r12, #2\n\t"
        "2:\n\t" /* three columns each */
        EMK_SUMS("0", "4", "8", "12", "16", "20", "0", "24", "48", "72")
        EMK_SUMS("24", "28", "32", "36", "40", "44", "4", "28", "52", "76")
        EMK_SUMS("48", "52", "56", "60", "64", "68", "8", "32", "56", "80")
        "adds r0, #72\n\tadds r1, #12\n\tsubs r12, r12, #1\n\tbne 2b\n\t"
        "vmov s0, r0\n\tvmov r0, s2\n\tvmov r1, s1\n\tvmov r12, s6\n\tvmov r9, s7\n\t"
        "vmov r11, s8\n\tvmov r10, s9\n\tmovw r8, #0x8E39\n\tmovt r8, #0x38E3\n\t"
        EMK_OUTPUT_ROW("0", "4", "8", "12", "16", "20")
        "lsl r8, r8, #1\n\t"
        EMK_OUTPUT_ROW("24", "28", "32", "36", "40", "44")
        "lsl r8, r8, #1\n\t"
        EMK_OUTPUT_ROW("48", "52", "56", "60", "64", "68")
        EMK_OUTPUT_ROW("72", "76", "80", "84", "88", "92")
        "vmov r1, s1\n\tvmov r7, s4\n\tadd r1, r1, r7, lsl #2\n\tvmov s1, r1\n\t"
        "vmov r3, s3\n\tsubs r3, #1\n\tvmov s3, r3\n\tbne 1b\n\t"
        : "+r"(r0)
        :
        : EMK_CLOBBERS);
}

#else

/* Six values `step` apart, transformed in place; unsigned, as they wrap. */
static void transform_inputs(uint32_t *x, int32_t step) {
    const uint32_t d0 = x[0], d1 = x[step], d2 = x[2 * step];
    const uint32_t d3 = x[3 * step], d4 = x[4 * step], d5 = x[5 * step];
    x[0] = 4 * d0 - 5 * d2 + d4;
    x[step] = d4 - 4 * d2 + (d3 - 4 * d1);
    x[2 * step] = d4 - 4 * d2 - (d3 - 4 * d1);
    x[3 * step] = d4 - d2 + 2 * (d3 - d1);
    x[4 * step] = d4 - d2 - 2 * (d3 - d1);
    x[5 * step] = 4 * d1 - 5 * d3 + d5;
}

static void transform_block(const emk_winograd_tile *op, const uint32_t *from, int32_t odd,
                            uint32_t *to) {
    uint32_t *x = op->temporaries;
    for (int32_t row = 0; row < 6; ++row) {
        for (int32_t column = 0; column < 6; ++column) {
            const uint32_t word = from[row * (op->row / 4) + column];
            x[6 * row + column] = odd ? emk_uxtb16_8(word) : emk_uxtb16(word);
        }
        transform_inputs(x + 6 * row, 1);
    }
    for (int32_t column = 0; column < 6; ++column) {
        transform_inputs(x + column, 6);
        for (int32_t row = 0; row < 6; ++row) {
            to[(6 * column + row) * (op->position / 4)] = (x[6 * row + column] + 0x8000u) ^ 0x8000u;
        }
    }
}

void emk_winograd_input_q8(const emk_winograd_tile *op) {
    for (int32_t block = 0; block < op->blocks; ++block) {
        const uint32_t *from = op->from + block * (op->block / 4);
        transform_block(op, from, 0, op->to + 8 * block);
        transform_block(op, from, 1, op->to + 8 * block + 4);
    }
}

void emk_winograd_multiply_q8(const emk_winograd_product *op) {
    const int32_t tiles = 4 * op->quads;
    for (int32_t i = 0; i < EMK_WINOGRAD_POSITIONS * tiles; ++i) {
        const int32_t tile = i / EMK_WINOGRAD_POSITIONS, position = i % EMK_WINOGRAD_POSITIONS;
        const int32_t quad = tile / 4 * EMK_WINOGRAD_POSITIONS + position;
        const uint32_t *x = op->tiles + 4 * quad * op->words + tile % 4;
        const uint32_t *w = op->weights + 2 * position * op->words;
        int32_t first = 0, second = 0;
        for (int32_t word = 0; word < op->words; ++word) {
            first = emk_smlad(x[4 * word], w[2 * word], first);
            second = emk_smlad(x[4 * word], w[2 * word + 1], second);
        }
        op->sums[i] = first;
        op->sums[tiles * EMK_WINOGRAD_POSITIONS + i] = second;
    }
}

/* Six sums `step` apart to four, 24 times too large. */
static void transform_sums(uint32_t *m, int32_t step) {
    const uint32_t near_sum = m[step] + m[2 * step], near_difference = m[step] - m[2 * step];
    const uint32_t far_sum = m[3 * step] + m[4 * step];
    const uint32_t far_difference = m[3 * step] - m[4 * step];
    m[0] = 6 * m[0] - 4 * near_sum + far_sum;
    m[step] = 2 * (far_difference - 2 * near_difference);
    m[2 * step] = 4 * (far_sum - near_sum);
    m[3 * step] = 4 * (2 * far_difference - near_difference + 6 * m[5 * step]);
}

void emk_winograd_output_q8(const emk_winograd_outputs *op) {
    uint32_t *m = (uint32_t *)op->temporaries;
    for (int32_t tile = 0; tile < op->tiles; ++tile) {
        for (int32_t i = 0; i < EMK_WINOGRAD_POSITIONS; ++i) {
            m[i] = (uint32_t)op->sums[EMK_WINOGRAD_POSITIONS * tile + i];
        }
        for (int32_t column = 0; column < 6; ++column) transform_sums(m + 6 * column, 1);
        for (int32_t row = 0; row < 4; ++row) {
            int8_t *out = op->out + 4 * tile * op->column + row * op->row;
            transform_sums(m + row, 6);
            for (int32_t column = 0; column < 4; ++column) {
                const uint32_t sum = m[6 * column + row] * 0x38E38E39u + (uint32_t)op->bias;
                out[column * op->column] = (int8_t)emk_rescale_s8((int32_t)sum >> 5, op->multiplier,
                                                                  op->rounding, op->shift);
            }
        }
    }
}

#endif
