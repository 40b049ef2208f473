/* Inner loops of add_rows_q8.c for Armv7E-M and Armv8-M with DSP. */
#if defined(__ARM_FEATURE_DSP)
    .syntax unified
    .thumb

/* r8-r11: table entries of the next four bytes of b, plus those of a at bit 20. */
.macro add_four
    ldr r12, [r1], #4
    ldr lr, [r0], #4
    uxtb r8, r12
    ubfx r9, r12, #8, #8
    ubfx r10, r12, #16, #8
    lsr r11, r12, #24
    ldr r8, [r3, r8, lsl #2]
    ldr r9, [r3, r9, lsl #2]
    ldr r10, [r3, r10, lsl #2]
    ldr r11, [r3, r11, lsl #2]
    sxtb16 r12, lr
    sxtb16 lr, lr, ror #8
    add r8, r8, r12, lsl #20
    add r9, r9, lr, lsl #20
    asr r12, r12, #16
    asr lr, lr, #16
    add r10, r10, r12, lsl #20
    add r11, r11, lr, lsl #20
.endm

/* emk_rescale_s8; where outputs are clamped at the zero point, \exact is 0 and halves of negative
 * sums may be rounded up. */
.macro rescale sum, exact
    .if \exact
    add r12, r5, \sum, asr #31
    smmlar \sum, \sum, r4, r12
    .else
    smmlar \sum, \sum, r4, r5
    .endif
.endm

.macro store sum, at
    asr \sum, \sum, r6
    ssat \sum, #8, \sum
    strb \sum, [r2, #\at]
.endm

.macro eight_outputs exact
    .irp at, 0, 4
    add_four
    rescale r8, \exact
    rescale r9, \exact
    rescale r10, \exact
    rescale r11, \exact
    store r8, \at
    store r9, \at + 1
    store r10, \at + 2
    store r11, \at + 3
    .endr
.endm

/* r0 a, r1 b, r2 out, r3 table; on the stack: count (a multiple of 8, at least 8) and the three
 * words of the factor. */
.macro add_loop name, exact
    .section .text.\name, "ax", %progbits
    .balign 8
    .global \name
    .type \name, %function
\name:
    push {r4-r11, lr}
    add r8, sp, #36
    ldm r8, {r4-r7}
    add lr, r2, r4
    mov r4, r5
    mov r5, r6
    mov r6, r7
    mov r7, lr
1:
    eight_outputs \exact
    add r2, r2, #8
    cmp r2, r7
    bne 1b
    pop {r4-r11, pc}
    .size \name, . - \name
.endm

    add_loop emk_add_table_q8, 1      /* stack: 36 */
    add_loop emk_add_table_q8_relu, 0 /* stack: 36 */
#endif
