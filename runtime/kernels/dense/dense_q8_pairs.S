/* Inner products of dense_q8_pairs.h for Armv7E-M and Armv8-M with DSP. */
#if defined(__ARM_FEATURE_DSP)
    .syntax unified
    .thumb

/* Offsets in emk_dense_run. */
    .equ run_in, 0
    .equ run_rest, 8
    .equ run_rest_end, 12
    .equ run_stream, 16
    .equ run_factor, 20
    .equ run_factor_words, 24
    .equ run_out, 28

/* Codes of two pairs at r1 + 4 + \at: code sums += code * x, a's sums += low byte * x. */
.macro two_pairs at, low0, code0, low1, code1, x
    ldr r12, [r1, #\at + 4]
    ldr lr, [r1, #\at + 8]
    smlad \code0, r12, \x, \code0
    sxtb16 r12, r12
    smlad \code1, lr, \x, \code1
    sxtb16 lr, lr
    smlad \low0, r12, \x, \low0
    smlad \low1, lr, \x, \low1
.endm

/* The next four inputs at r0 with the eight words from r1 + 4 + \at on, r1 moving on by \step: 39
 * cycles for 32 products. */
.macro four_inputs at, step
    ldr r10, [r0], #4
    ldr r12, [r1, #\at + 4]
    ldr lr, [r1, #\at + 8]
    sxtb16 r11, r10
    smlad r6, r12, r11, r6
    sxtb16 r12, r12
    smlad r7, lr, r11, r7
    sxtb16 lr, lr
    smlad r2, r12, r11, r2
    smlad r3, lr, r11, r3
    two_pairs \at + 8, r4, r8, r5, r9, r11
    sxtb16 r10, r10, ror #8
    ldr r11, [r1, #\at + 20]
    ldr r12, [r1, #\at + 24]
    ldr lr, [r1, #\at + 28]
    smlad r6, r11, r10, r6
    sxtb16 r11, r11
    smlad r7, r12, r10, r7
    sxtb16 r12, r12
    smlad r2, r11, r10, r2
    .if \step
    ldr r11, [r1, #\step]!
    .else
    ldr r11, [r1, #\at + 32]
    .endif
    smlad r3, r12, r10, r3
    smlad r8, lr, r10, r8
    sxtb16 lr, lr
    smlad r9, r11, r10, r9
    sxtb16 r11, r11
    smlad r4, lr, r10, r4
    smlad r5, r11, r10, r5
.endm

/* Output \index of \sum, which is twice its size already; emk_rescale_s8. */
.macro store_output sum, index
    ldr r10, [lr]
    ldr r11, [lr, #4]
    ldr r12, [lr, #8]
    add lr, lr, r1, lsl #2
    add r11, r11, \sum, asr #31
    smmlar \sum, \sum, r10, r11
    asr \sum, \sum, r12
    ssat \sum, #8, \sum
    strb \sum, [r0, #\index]
.endm

/* Sums of a in r2-r5, of the codes in r6-r9; on the stack: run, end of the inputs (later: the
 * stream), blocks left. */
    .section .text.emk_dense_q8_blocks, "ax", %progbits
    .balign 8
    .global emk_dense_q8_blocks
    .type emk_dense_q8_blocks, %function
emk_dense_q8_blocks: /* stack: 48 */
    push {r1, r4-r11, lr}
    push {r0, r1}
    ldr r1, [r0, #run_stream]
    mov r10, r0
1:
    ldm r1, {r2-r9}
    ldrd r0, r12, [r10, #run_in]
    add r1, r1, #28
2:
    str r12, [sp, #4]
    sub r12, r12, r0
    tst r12, #8
    bne 4f
3:
    four_inputs 0, 0
    four_inputs 32, 64
4: /* an odd number of eights begins here */
    four_inputs 0, 0
    four_inputs 32, 64
    ldr r12, [sp, #4]
    cmp r0, r12
    bne 3b
    ldr r10, [sp]
    ldr r12, [r10, #run_rest_end]
    cmp r0, r12
    beq 5f
    ldr r0, [r10, #run_rest]
    b 2b
5:
    add r1, r1, #4
    str r1, [sp, #4]
    ldr lr, [r10, #run_factor]
    ldr r1, [r10, #run_factor_words]
    ldr r0, [r10, #run_out]
    sub r6, r6, r2
    sub r7, r7, r3
    sub r8, r8, r4
    sub r9, r9, r5
    lsl r2, r2, #1
    store_output r2, 0
    asr r6, r6, #7
    store_output r6, 1
    lsl r3, r3, #1
    store_output r3, 2
    asr r7, r7, #7
    store_output r7, 3
    lsl r4, r4, #1
    store_output r4, 4
    asr r8, r8, #7
    store_output r8, 5
    lsl r5, r5, #1
    store_output r5, 6
    asr r9, r9, #7
    store_output r9, 7
    ldr r10, [sp]
    ldr r1, [sp, #4]
    ldr r12, [sp, #8]
    add r0, r0, #8
    str r0, [r10, #run_out]
    str lr, [r10, #run_factor]
    subs r12, r12, #1
    str r12, [sp, #8]
    bne 1b
    str r1, [r10, #run_stream]
    add sp, sp, #12
    pop {r4-r11, pc}
    .size emk_dense_q8_blocks, . - emk_dense_q8_blocks

    .section .text.emk_dense_q8_pair, "ax", %progbits
    .balign 8
    .global emk_dense_q8_pair
    .type emk_dense_q8_pair, %function
emk_dense_q8_pair: /* stack: 36 */
    push {r4-r11, lr}
    ldrd r4, r5, [r3]
1:
    ldr r6, [r0]
    ldr r7, [r0, #4]
    ldr r8, [r2]
    ldr r9, [r2, #4]
    ldr r10, [r2, #8]
    ldr r11, [r2, #12]
    add r0, r0, #8
    add r2, r2, #16
    sxtb16 r12, r6
    sxtb16 r6, r6, ror #8
    smlad r5, r8, r12, r5
    sxtb16 r8, r8
    smlad r5, r9, r6, r5
    sxtb16 r9, r9
    smlad r4, r8, r12, r4
    smlad r4, r9, r6, r4
    sxtb16 r12, r7
    sxtb16 r7, r7, ror #8
    smlad r5, r10, r12, r5
    sxtb16 r10, r10
    smlad r5, r11, r7, r5
    sxtb16 r11, r11
    smlad r4, r10, r12, r4
    smlad r4, r11, r7, r4
    cmp r0, r1
    bne 1b
    strd r4, r5, [r3]
    mov r0, r2
    pop {r4-r11, pc}
    .size emk_dense_q8_pair, . - emk_dense_q8_pair
#endif
