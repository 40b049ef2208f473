/* emk_depthwise_q8_pack of depthwise_q8_3x3.h for Armv7E-M and Armv8-M with DSP. */
#if defined(__ARM_FEATURE_DSP)
    .syntax unified
    .thumb

/* A column of rows r0 and r1 to r2 + \at. */
.macro column at
    ldr r4, [r0]
    ldr r5, [r1]
    add r0, r0, r6
    add r1, r1, r7
    sxtab16 r8, r12, r4
    sxtab16 r9, r12, r4, ror #8
    sxtab16 r10, r12, r5
    sxtab16 r11, r12, r5, ror #8
    pkhbt r4, r8, r10, lsl #16
    pkhtb r8, r10, r8, asr #16
    pkhbt r5, r9, r11, lsl #16
    pkhtb r9, r11, r9, asr #16
    str r4, [r2, #\at]
    str r5, [r2, #\at + 32]
    str r8, [r2, #\at + 64]
    str r9, [r2, #\at + 96]
.endm

/* r0 pack, r1 planes, r2 a, r3 b; on the stack: slots. */
    .section .text.emk_depthwise_q8_pack, "ax", %progbits
    .balign 8
    .global emk_depthwise_q8_pack
    .type emk_depthwise_q8_pack, %function
emk_depthwise_q8_pack: /* stack: 56 */
    push {r0-r3, r4-r11, lr}
    ldm r0, {r6, r7, r12}
1: /* a slot: sp holds pack, planes, a, b */
    ldr r3, [r0, #12]
    mov r0, r2
    ldr r2, [sp, #4]
    ldr r1, [sp, #12]
    tst r3, #1
    beq 2f
    column 0
    add r2, r2, #128
    subs r3, r3, #1
    beq 3f
2:
    column 0
    column 128
    add r2, r2, #256
    subs r3, r3, #2
    bne 2b
3:
    ldr r0, [sp]
    ldr r1, [sp, #4]
    ldr r2, [sp, #8]
    ldr r3, [sp, #12]
    ldr r8, [sp, #52]
    ldr r9, [r0, #16]
    add r1, r1, #4
    add r2, r2, r9
    add r3, r3, r9
    str r1, [sp, #4]
    str r2, [sp, #8]
    str r3, [sp, #12]
    subs r8, r8, #1
    str r8, [sp, #52]
    bne 1b
    add sp, sp, #16
    pop {r4-r11, pc}
    .size emk_depthwise_q8_pack, . - emk_depthwise_q8_pack
#endif
