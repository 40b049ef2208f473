#include "../conv2d/winograd_q8.h"

#if EMK_HAS_DSP_ASSEMBLY

#define EMK_CLOBBERS                                                                              \
    "r1", "r2", "r3", "r4", "r5", "r6", "r7", "r8", "r9", "r10", "r11", "r12", "lr", "s0", "s1",  \
        "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11", "s12", "s13", "s14", "s15", \
        "cc", "memory"

/* Rows of the weights' transform: (1 0 0), (1 1 1), (1 -1 1), (1 2 4), (1 -2 4), (0 0 1). Of r2,
 * r3, r4, which lie two channels of a word each, the results that are not r2 and r4 are stored. */
#define EMK_FILTER(at1, at2, at3, at4, base)                                               \
    "sadd16 r5, r2, r4\n\tsadd16 r6, r5, r3\n\tssub16 r5, r5, r3\n\tsadd16 r7, r4, r4\n\t" \
    "sadd16 r7, r7, r7\n\tsadd16 r7, r7, r2\n\tsadd16 r3, r3, r3\n\tsadd16 r8, r7, r3\n\t" \
    "ssub16 r7, r7, r3\n\tstr r6, [" base ", #" at1 "]\n\tstr r5, [" base ", #" at2        \
    "]\n\t"                                                                                \
    "str r8, [" base ", #" at3 "]\n\tstr r7, [" base ", #" at4 "]\n\t"
/* A row of taps from [r0 + …] to the temporaries at r12, two channels at a time. */
#define EMK_TAPS(tap0, tap1, tap2, at, at1, at2, at3, at4, at5, odd, odd1, odd2, odd3, odd4, odd5) \
    "ldr r9, [r0, #" tap0 "]\n\tldr r10, [r0, #" tap1 "]\n\tldr r11, [r0, #" tap2 "]\n\t"         \
    "sxtb16 r2, r9\n\tsxtb16 r3, r10\n\tsxtb16 r4, r11\n\t"                                     \
    "str r2, [r12, #" at "]\n\tstr r4, [r12, #" at5 "]\n\t"                                      \
    EMK_FILTER(at1, at2, at3, at4, "r12")                                                       \
    "sxtb16 r2, r9, ror #8\n\tsxtb16 r3, r10, ror #8\n\tsxtb16 r4, r11, ror #8\n\t"             \
    "str r2, [r12, #" odd "]\n\tstr r4, [r12, #" odd5 "]\n\t"                                    \
    EMK_FILTER(odd1, odd2, odd3, odd4, "r12")
/* A column of the temporaries to the output's words at r1. */
#define EMK_FILTER_COLUMN(at, at24, at48, to, to8, to16, to24, to32, to40)       \
    "ldr r2, [r12, #" at "]\n\tldr r3, [r12, #" at24 "]\n\tldr r4, [r12, #" at48 \
    "]\n\t"                                                                      \
    "str r2, [r1, #" to "]\n\tstr r4, [r1, #" to40 "]\n\t" EMK_FILTER(to8, to16, to24, to32, "r1")

void emk_winograd_weights_q8(const emk_winograd_filters *op) {
    register const emk_winograd_filters *r0 __asm__("r0") = op;
    /* s0 from, s1 to, s2 temporaries, s3 blocks */
    __asm__ volatile(
        "vldmia r0, {s0-s3}\n\t"
        "vmov r0, s0\n\tvmov r1, s1\n\t"
        "1:\n\t" /* blocks, then outputs */
        "mov lr, #2\n\t"
        "2:\n\t"
        "vmov r12, s2\n\t"
        EMK_TAPS("0", "4", "8", "0", "4", "8", "12", "16", "20", "72", "76", "80", "84", "88", "92")
        EMK_TAPS("12", "16", "20", "24", "28", "32", "36", "40", "44", "96", "100", "104", "108",
                 "112", "116")
        EMK_TAPS("24", "28", "32", "48", "52", "56", "60", "64", "68", "120", "124", "128", "132",
                 "136", "140")
        "adds r0, #36\n\tmov r11, #6\n\t"
        "3:\n\t"
        EMK_FILTER_COLUMN("0", "24", "48", "0", "8", "16", "24", "32", "40")
        EMK_FILTER_COLUMN("72", "96", "120", "288", "296", "304", "312", "320", "328")
        "adds r1, #48\n\tadd r12, r12, #4\n\tsubs r11, r11, #1\n\tbne 3b\n\t"
        "sub r1, r1, #284\n\tsubs lr, lr, #1\n\tbne 2b\n\t"
        "add r1, r1, #568\n\t"
        "vmov r2, s3\n\tsubs r2, #1\n\tvmov s3, r2\n\tbne 1b\n\t"
        : "+r"(r0)
        :
        : EMK_CLOBBERS);
}

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
#define EMK_PUT(word, at) "eor " word ", " word ", #0x8000\n\tstr " word ", [r1, #" at "]\n\t"

void emk_winograd_input_q8(const emk_winograd_tile *op) {
    register const emk_winograd_tile *r0 __asm__("r0") = op;
    /* s0 from, s1 to, s2 temporaries, s3 blocks, s4 row, s5 block, s6 rows left. */
    __asm__ volatile(
        "vldmia r0, {s0-s5}\n\t"
        "1:\n\t"
        "vmov r0, s0\n\tvmov r1, s2\n\tmovs r3, #6\n\t"
        "2:\n\t"
        "vmov s6, r3\n\tldm r0, {r8, r9, r10, r11, r12, lr}\n\t"
        EMK_ROW("", "0", "4", "8", "12", "16", "20")
        EMK_ROW(", ror #8", "144", "148", "152", "156", "160", "164")
        "vmov r2, s4\n\tadd r0, r0, r2\n\tadds r1, #24\n\tvmov r3, s6\n\tsubs r3, #1\n\tbne 2b\n\t"
        "vmov r0, s2\n\tvmov r1, s1\n\tmov lr, #6\n\t"
        "3:\n\t"
        EMK_COLUMN("0", "24", "48", "72", "96", "120")
        EMK_PUT("r2", "0") EMK_PUT("r3", "16") EMK_PUT("r5", "32") EMK_PUT("r4", "48")
        EMK_PUT("r6", "64") EMK_PUT("r7", "80")
        EMK_COLUMN("144", "168", "192", "216", "240", "264")
        EMK_PUT("r2", "576") EMK_PUT("r3", "592") EMK_PUT("r5", "608") EMK_PUT("r4", "624")
        EMK_PUT("r6", "640") EMK_PUT("r7", "656")
        "adds r1, #96\n\tadds r0, #4\n\tsubs lr, lr, #1\n\tbne 3b\n\t"
        "vmov r0, s0\n\tvmov r2, s5\n\tadd r0, r0, r2\n\tvmov s0, r0\n\t"
        "add r1, r1, #576\n\tvmov s1, r1\n\t"
        "vmov r3, s3\n\tsubs r3, #1\n\tvmov s3, r3\n\tbne 1b\n\t"
        : "+r"(r0)
        :
        : EMK_CLOBBERS);
}

#define EMK_MAC(sum0, sum1, x) \
    "smlad " sum0 ", " x ", r2, " sum0 "\n\tsmlad " sum1 ", " x ", r3, " sum1 "\n\t"
/* 16 cycles for 16 products, 56 bytes. The first step of all does not add to anything. */
#define EMK_LOADS(w, w4, at, at4) \
    "ldr.w r2, [r1, #" w "]\n\tldr.w r3, [r1, #" w4 "]\n\t" EMK_LOAD_TILES(at, at4)
#define EMK_LOAD_TILES(at, at4) "ldr.w r4, [r0, #" at "]\n\tldr.w r5, [r0, #" at4 "]\n\t"
#define EMK_STEP(w, w4, at, at4, at8, at12) \
    EMK_LOADS(w, w4, at, at4)               \
    EMK_MAC("r6", "r7", "r4")               \
    EMK_MAC("r8", "r9", "r5")               \
    EMK_LOAD_TILES(at8, at12) EMK_MAC("r10", "r11", "r4") EMK_MAC("r12", "lr", "r5")
#define EMK_FIRST(sum0, sum1, x) "smuad " sum0 ", " x ", r2\n\tsmuad " sum1 ", " x ", r3\n\t"
#define EMK_FIRST_STEP            \
    EMK_LOADS("0", "4", "0", "4") \
    EMK_FIRST("r6", "r7", "r4")   \
    EMK_FIRST("r8", "r9", "r5")   \
    EMK_LOAD_TILES("8", "12") EMK_FIRST("r10", "r11", "r4") EMK_FIRST("r12", "lr", "r5")

void emk_winograd_multiply_q8(const emk_winograd_product *op) {
    enum { TILES = 16 * EMK_WINOGRAD_POSITIONS, WEIGHTS = 8 * EMK_WINOGRAD_POSITIONS };
    const int32_t skipped = (1 - op->words) & 7; /* steps of the first time through the loop */
    const struct {
        const uint32_t *tiles, *weights;
        int32_t *sums;
        int32_t quads, tiles_ahead, weights_ahead, entry, other_output, unused, next_sums;
        const uint32_t *weights_end;
        int32_t positions, quads_left;
    } plan = {op->tiles,
              op->weights,
              op->sums,
              op->quads,
              TILES * (1 - skipped),
              WEIGHTS * (1 - skipped),
              56 * skipped,
              TILES * op->quads,
              0,
              4 - TILES * op->quads,
              op->weights + WEIGHTS / 4 * op->words,
              EMK_WINOGRAD_POSITIONS,
              0};
    register const void *r0 __asm__("r0") = &plan;
    /* s0 tiles, s1 weights, s2 sums, s3 quads, s4 and s5 steps from the first word to where the
     * loop is entered, s6 that place, s7 the other output's sums, s9 step back to the next
     * position's sums, s10 end of weights, s11 positions left, s12 quads left. Tiles of the next
     * quad follow those of this one. */
    __asm__ volatile(
        "vldmia r0, {s0-s12}\n\t"
        "vmov r1, s6\n\tadr.w r2, 4f\n\tadd r1, r1, r2\n\torr r1, r1, #1\n\tvmov s6, r1\n\t"
        "1:\n\t" /* positions */
        "vmov r0, s0\n\tvmov r2, s3\n\tvmov s12, r2\n\t"
        "2:\n\t" /* quads */
        "vmov r1, s1\n\t"
        EMK_FIRST_STEP
        "vmov r2, s4\n\tvmov r3, s5\n\tvmov r4, s6\n\tadd r0, r0, r2\n\tadd r1, r1, r3\n\tbx r4\n\t"
        "4:\n\t" /* eight words */
        EMK_STEP("0", "4", "0", "4", "8", "12")
        EMK_STEP("288", "292", "576", "580", "584", "588")
        EMK_STEP("576", "580", "1152", "1156", "1160", "1164")
        EMK_STEP("864", "868", "1728", "1732", "1736", "1740")
        EMK_STEP("1152", "1156", "2304", "2308", "2312", "2316")
        EMK_STEP("1440", "1444", "2880", "2884", "2888", "2892")
        EMK_STEP("1728", "1732", "3456", "3460", "3464", "3468")
        EMK_STEP("2016", "2020", "4032", "4036", "4040", "4044")
        "add r1, r1, #2304\n\tvmov r2, s10\n\tadd r0, r0, #4608\n\tcmp r1, r2\n\tbne 4b\n\t"
        "vmov r2, s2\n\tvmov r3, s7\n\tadd r3, r3, r2\n\t"
        "str r6, [r2]\n\tstr r8, [r2, #144]\n\tstr r10, [r2, #288]\n\tstr r12, [r2, #432]\n\t"
        "str r7, [r3]\n\tstr r9, [r3, #144]\n\tstr r11, [r3, #288]\n\tstr lr, [r3, #432]\n\t"
        "add r2, r2, #576\n\tvmov s2, r2\n\t"
        "vmov r3, s12\n\tsubs r3, #1\n\tvmov s12, r3\n\tbne 2b\n\t"
        "vmov r3, s9\n\tadd r2, r2, r3\n\tvmov s2, r2\n\t"
        "vmov r0, s0\n\tadds r0, #16\n\tvmov s0, r0\n\t"
        "vmov r0, s1\n\tadds r0, #8\n\tvmov s1, r0\n\t"
        "vmov r0, s10\n\tadds r0, #8\n\tvmov s10, r0\n\t"
        "vmov r3, s11\n\tsubs r3, #1\n\tvmov s11, r3\n\tbne 1b\n\t"
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
        "movs r7, #1\n\tvmov s10, r7\n\t"
        "3:\n\t" /* two rows each: factors 1 and 2, then 4 and 4 */
        EMK_OUTPUT_ROW("0", "4", "8", "12", "16", "20")
        "vmov r7, s10\n\tlsl r8, r8, r7\n\t"
        EMK_OUTPUT_ROW("24", "28", "32", "36", "40", "44")
        "adds r0, #48\n\tlsl r8, r8, #1\n\t"
        "vmov r7, s10\n\tsubs r7, #1\n\tvmov s10, r7\n\tbeq 3b\n\t"
        "vmov r1, s1\n\tvmov r7, s4\n\tadd r1, r1, r7, lsl #2\n\tvmov s1, r1\n\t"
        "vmov r3, s3\n\tsubs r3, #1\n\tvmov s3, r3\n\tbne 1b\n\t"
        : "+r"(r0)
        :
        : EMK_CLOBBERS);
}

#else

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

void emk_winograd_weights_q8(const emk_winograd_filters *op) {
    const uint32_t *from = op->from;
    uint32_t *to = op->to;
    for (int32_t block = 0; block < op->blocks; ++block, to += 4 * EMK_WINOGRAD_POSITIONS) {
        for (int32_t output = 0; output < 2; ++output, from += 9) {
            uint32_t even[9], odd[9];
            for (int32_t tap = 0; tap < 9; ++tap) {
                even[tap] = emk_sxtb16(from[tap]);
                odd[tap] = emk_sxtb16_8(from[tap]);
            }
            transform_filter(even, to + output, 2);
            transform_filter(odd, to + 2 * EMK_WINOGRAD_POSITIONS + output, 2);
        }
    }
}

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
            to[4 * (6 * column + row)] = (x[6 * row + column] + 0x8000u) ^ 0x8000u;
        }
    }
}

void emk_winograd_input_q8(const emk_winograd_tile *op) {
    for (int32_t block = 0; block < op->blocks; ++block) {
        const uint32_t *from = op->from + block * (op->block / 4);
        transform_block(op, from, 0, op->to + 8 * EMK_WINOGRAD_POSITIONS * block);
        transform_block(op, from, 1, op->to + 4 * EMK_WINOGRAD_POSITIONS * (2 * block + 1));
    }
}

void emk_winograd_multiply_q8(const emk_winograd_product *op) {
    const int32_t tiles = 4 * op->quads;
    for (int32_t i = 0; i < EMK_WINOGRAD_POSITIONS * tiles; ++i) {
        const int32_t tile = i / EMK_WINOGRAD_POSITIONS, position = i % EMK_WINOGRAD_POSITIONS;
        const int32_t quad = tile / 4 * EMK_WINOGRAD_POSITIONS * op->words + position;
        const uint32_t *x = op->tiles + 4 * quad + tile % 4;
        const uint32_t *w = op->weights + 2 * position;
        int32_t first = 0, second = 0;
        for (int32_t word = 0; word < op->words; ++word) {
            first = emk_smlad(*x, w[0], first);
            second = emk_smlad(*x, w[1], second);
            x += 4 * EMK_WINOGRAD_POSITIONS;
            w += 2 * EMK_WINOGRAD_POSITIONS;
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
