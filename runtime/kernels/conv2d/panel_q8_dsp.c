#include "../conv2d/panel_q8.h"

#if EMK_HAS_DSP_ASSEMBLY

/* Registers: r0 panel, r1 weights, r2 and r3 both outputs' weights, r4, r5 (r12) inputs, from r6 on
 * sums, two for each column. The rest is in s0 … s24, as emk_panel_q8 has it; s0 becomes the end of
 * the current run and s19 where a run enters the unrolled loop, so that its length need be no
 * multiple of the steps there: all steps have the same size. */

#define EMK_WEIGHTS_STEP \
    "sxtb16 r2, r3\n\t"  \
    "sxtb16 r3, r3, ror #8\n\t"
#define EMK_MAC(sum0, sum1, x)         \
    "smlad " sum0 ", " x ", r2, " sum0 \
    "\n\t"                             \
    "smlad " sum1 ", " x ", r3, " sum1 "\n\t"
/* 17 cycles for 16 products. */
#define EMK_STEP_4(at, at4, at8, at12)                                                \
    "ldr.w r3, [r1], #4\n\tldr.n r4, [r0, #" at "]\n\tldr.n r5, [r0, #" at4           \
    "]\n\t" EMK_WEIGHTS_STEP EMK_MAC("r6", "r7", "r4")                                \
        EMK_MAC("r8", "r9", "r5") "ldr.n r4, [r0, #" at8 "]\n\tldr.n r5, [r0, #" at12 \
                                  "]\n\t" EMK_MAC("r10", "r11", "r4") EMK_MAC("r12", "lr", "r5")
#define EMK_STEP_3(at, at4, at8, at12)                                         \
    "ldr.w r3, [r1], #4\n\tldr.n r4, [r0, #" at "]\n\tldr.n r5, [r0, #" at4    \
    "]\n\t"                                                                    \
    "ldr.w r12, [r0, #" at8 "]\n\t" EMK_WEIGHTS_STEP EMK_MAC("r6", "r7", "r4") \
        EMK_MAC("r8", "r9", "r5") EMK_MAC("r10", "r11", "r12")
#define EMK_STEP_2(at, at4, at8, at12)                                      \
    "ldr.w r3, [r1], #4\n\tldr.n r4, [r0, #" at "]\n\tldr.n r5, [r0, #" at4 \
    "]\n\t" EMK_WEIGHTS_STEP EMK_MAC("r6", "r7", "r4") EMK_MAC("r8", "r9", "r5")
#define EMK_STEP_1(at, at4, at8, at12) \
    "ldr.w r3, [r1], #4\n\tldr.n r4, [r0, #" at "]\n\t" EMK_WEIGHTS_STEP EMK_MAC("r6", "r7", "r4")
/* The same with expanded weights: 16 cycles. */
#define EMK_STEP_EXPANDED(w, w4, at, at4, at8, at12)                                  \
    "ldr.n r2, [r1, #" w "]\n\tldr.n r3, [r1, #" w4 "]\n\tldr.n r4, [r0, #" at        \
    "]\n\tldr.n r5, [r0, #" at4 "]\n\t" EMK_MAC("r6", "r7", "r4")                     \
        EMK_MAC("r8", "r9", "r5") "ldr.n r4, [r0, #" at8 "]\n\tldr.n r5, [r0, #" at12 \
                                  "]\n\t" EMK_MAC("r10", "r11", "r4") EMK_MAC("r12", "lr", "r5")
#define EMK_STEPS_EXPANDED                                   \
    EMK_STEP_EXPANDED("0", "4", "0", "4", "8", "12")         \
    EMK_STEP_EXPANDED("8", "12", "16", "20", "24", "28")     \
    EMK_STEP_EXPANDED("16", "20", "32", "36", "40", "44")    \
    EMK_STEP_EXPANDED("24", "28", "48", "52", "56", "60")    \
    EMK_STEP_EXPANDED("32", "36", "64", "68", "72", "76")    \
    EMK_STEP_EXPANDED("40", "44", "80", "84", "88", "92")    \
    EMK_STEP_EXPANDED("48", "52", "96", "100", "104", "108") \
    EMK_STEP_EXPANDED("56", "60", "112", "116", "120", "124") "adds r1, #64\n\t"
#define EMK_STEPS(step)                                                                 \
    step("0", "4", "8", "12") step("16", "20", "24", "28") step("32", "36", "40", "44") \
        step("48", "52", "56", "60")
#define EMK_STEPS_MORE(step)                                                                  \
    step("64", "68", "72", "76") step("80", "84", "88", "92") step("96", "100", "104", "108") \
        step("112", "116", "120", "124")

#define EMK_BIASES_1 "vmov r6, s8\n\tvmov r7, s9\n\t"
#define EMK_BIASES_2 EMK_BIASES_1 "vmov r8, s8\n\tvmov r9, s9\n\t"
#define EMK_BIASES_3 EMK_BIASES_2 "vmov r10, s8\n\tvmov r11, s9\n\t"
#define EMK_BIASES_4 EMK_BIASES_3 "vmov r12, s8\n\tvmov lr, s9\n\t"

/* emk_rescale_s8 */
#define EMK_STORE(sum, at)                                \
    "smmlar r5, " sum ", r2, r3\n\tadd " sum ", r5, " sum \
    ", asr #31\n\t"                                       \
    "asr " sum ", " sum ", r4\n\tssat " sum ", #8, " sum "\n\tstrb " sum ", [r1, #" at "]\n\t"
#define EMK_NEXT "add r1, r1, r0\n\t"
#define EMK_BACK "sub r1, r1, r0\n\t"
#define EMK_SECOND "vmov r2, s13\n\tvmov r3, s14\n\tvmov r4, s15\n\t"
#define EMK_STORES_1 EMK_STORE("r6", "0") EMK_SECOND EMK_STORE("r7", "1")
#define EMK_STORES_2     \
    EMK_STORE("r6", "0") \
    EMK_NEXT EMK_STORE("r8", "0") EMK_SECOND EMK_STORE("r9", "1") EMK_BACK EMK_STORE("r7", "1")
#define EMK_STORES_3                                                                              \
    EMK_STORE("r6", "0")                                                                          \
    EMK_NEXT EMK_STORE("r8", "0") EMK_NEXT EMK_STORE("r10", "0") EMK_SECOND EMK_STORE("r11", "1") \
        EMK_BACK EMK_STORE("r9", "1") EMK_BACK EMK_STORE("r7", "1")
#define EMK_STORES_4                                                                            \
    EMK_STORE("r6", "0")                                                                        \
    EMK_NEXT EMK_STORE("r8", "0") EMK_NEXT EMK_STORE("r10", "0") EMK_NEXT EMK_STORE("r12", "0") \
        EMK_SECOND EMK_STORE("lr", "1") EMK_BACK EMK_STORE("r11", "1")                          \
            EMK_BACK EMK_STORE("r9", "1") EMK_BACK EMK_STORE("r7", "1")

/* `count` steps of `bytes` bytes of code each, `wide` bytes of the panel in all. */
#define EMK_MULTIPLY(name, biases, steps, stores, count, bytes, wide)                             \
    static void name(const emk_panel_q8 *op) {                                                    \
        register const emk_panel_q8 *r0 __asm__("r0") = op;                                       \
        __asm__ volatile(                                                                         \
            "vldmia r0, {s0-s24}\n\t"                                                             \
            "vmov r1, s19\n\tvmov r0, s4\n\trsb r1, r1, #0\n\tand r1, r1, #" count                \
            " - 1\n\t" /* steps that a run skips */                                               \
            "sub r0, r0, r1, lsl #4\n\tvmov r2, s3\n\tsub r2, r2, r1, lsl #4\n\tvmov s3, r2\n\t"  \
            "movs r2, #" bytes                                                                    \
            "\n\tmul r1, r1, r2\n\tadr.w r2, 3f\n\tadd r1, r1, r2\n\t"                            \
            "orr r1, r1, #1\n\tvmov s19, r1\n\tb 1f\n\t"                                          \
            "0:\n\t" /* the next block */                                                         \
            "vmov r2, s20\n\tvmov r0, s4\n\tvmov r3, s16\n\tadd r1, r1, r2\n\tadd r0, r0, r3\n\t" \
            "5:\n\t"                                                                              \
            "vmov s5, r1\n\t"                                                                     \
            "1:\n\t"                                                                              \
            "vmov s4, r0\n\tvmov r1, s7\n\tvmov r2, s18\n\tvmov s0, r2\n\t" biases                \
            "2:\n\t" /* runs */                                                                   \
            "vmov r2, s19\n\tbx r2\n\t"                                                           \
            "3:\n\t" steps "adds r0, #" wide                                                      \
            "\n\tvmov r2, s0\n\tcmp r1, r2\n\tbne 3b\n\t"                                         \
            "vmov r3, s1\n\tcmp r2, r3\n\tbeq 4f\n\t"                                             \
            "vmov r3, s2\n\tadd r2, r2, r3\n\tvmov s0, r2\n\t"                                    \
            "vmov r3, s3\n\tadd r0, r0, r3\n\tb 2b\n\t"                                           \
            "4:\n\t"                                                                              \
            "vmov r0, s17\n\tvmov r1, s5\n\tvmov r2, s10\n\tvmov r3, s11\n\tvmov r4, "            \
            "s12\n\t" stores                                                                      \
            "vmov r2, s6\n\tsubs r2, r2, #1\n\tvmov s6, r2\n\tbne 0b\n\t"                         \
            "vmov r2, s21\n\tsubs r2, r2, #1\n\tbeq 6f\n\tvmov s21, r2\n\t" /* the next row */    \
            "vmov r2, s22\n\tvmov s6, r2\n\tvmov r2, s24\n\tadd r1, r1, r2\n\t"                   \
            "vmov r0, s4\n\tvmov r2, s23\n\tadd r0, r0, r2\n\tb 5b\n\t"                           \
            "6:\n\t"                                                                              \
            : "+r"(r0)                                                                            \
            :                                                                                     \
            : "r1", "r2", "r3", "r4", "r5", "r6", "r7", "r8", "r9", "r10", "r11", "r12", "lr",    \
              "s0", "s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11", "s12",    \
              "s13", "s14", "s15", "s16", "s17", "s18", "s19", "s20", "s21", "s22", "s23", "s24", \
              "cc", "memory");                                                                    \
    }

EMK_MULTIPLY(multiply_1, EMK_BIASES_1, EMK_STEPS(EMK_STEP_1), EMK_STORES_1, "4", "22", "64")
EMK_MULTIPLY(multiply_2, EMK_BIASES_2, EMK_STEPS(EMK_STEP_2), EMK_STORES_2, "4", "32", "64")
EMK_MULTIPLY(multiply_3, EMK_BIASES_3, EMK_STEPS(EMK_STEP_3), EMK_STORES_3, "4", "44", "64")
EMK_MULTIPLY(multiply_4, EMK_BIASES_4, EMK_STEPS(EMK_STEP_4) EMK_STEPS_MORE(EMK_STEP_4),
             EMK_STORES_4, "8", "52", "128")
EMK_MULTIPLY(multiply_expanded, EMK_BIASES_4, EMK_STEPS_EXPANDED, EMK_STORES_4, "8", "44", "128")

void emk_panel_multiply_q8(const emk_panel_q8 *op, int32_t lanes) {
    if (lanes == 4) multiply_4(op);
    if (lanes == 3) multiply_3(op);
    if (lanes == 2) multiply_2(op);
    if (lanes == 1) multiply_1(op);
}

void emk_panel_multiply_expanded_q8(const emk_panel_q8 *op) {
    multiply_expanded(op);
}

#else

/* Two outputs of one column; `expanded`: the form of the weights. */
static void multiply_column(const emk_panel_q8 *op, int32_t expanded, const uint32_t *from,
                            int8_t *out) {
    const uint32_t *weights = op->weights;
    const int32_t gap = expanded ? 2 * emk_panel_gap(op->words) : 0;
    int32_t sums[2] = {op->channels[0], op->channels[1]};
    while (weights != op->end) {
        weights += gap;
        for (int32_t i = 0; i < op->words; ++i) {
            sums[0] = emk_smlad(*from, expanded ? weights[0] : emk_sxtb16(*weights), sums[0]);
            sums[1] = emk_smlad(*from, expanded ? weights[1] : emk_sxtb16_8(*weights), sums[1]);
            from += 4;
            weights += expanded ? 2 : 1;
        }
        from += op->jump / 4;
    }
    for (int32_t i = 0; i < 2; ++i) {
        const int32_t *channel = op->channels + 2 + 3 * i;
        out[i] = (int8_t)emk_rescale_s8(sums[i], channel[0], channel[1], channel[2]);
    }
}

static void multiply(const emk_panel_q8 *op, int32_t lanes, int32_t expanded) {
    const int32_t from_row = op->from_next + (op->blocks - 1) * op->from_step;
    const int32_t out_row = op->out_next + (op->blocks - 1) * op->out_step;
    for (int32_t i = 0; i < op->rows * op->blocks * lanes; ++i) {
        const int32_t lane = i % lanes, block = i / lanes % op->blocks;
        const int32_t row = i / lanes / op->blocks;
        multiply_column(op, expanded,
                        op->from + (block * op->from_step + row * from_row) / 4 + lane,
                        op->out + block * op->out_step + row * out_row + lane * op->lane_step);
    }
}

void emk_panel_multiply_q8(const emk_panel_q8 *op, int32_t lanes) {
    multiply(op, lanes, 0);
}

void emk_panel_multiply_expanded_q8(const emk_panel_q8 *op) {
    multiply(op, 4, 1);
}

#endif
