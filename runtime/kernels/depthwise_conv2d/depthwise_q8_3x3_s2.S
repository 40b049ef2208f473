/* Tiles of depthwise_q8_3x3_s2.c for Armv7E-M and Armv8-M with DSP: two rows by two columns, 24
 * multiplications for 36 products. */
#if defined(__ARM_FEATURE_DSP)
    #include "../depthwise_conv2d/depthwise_q8_tiles.inc"

/* Loads rows 0 1, 2 3 and 4 of column \at. */
.macro load_column at
    ldr r7, [r0, #128 * \at]
    ldr r10, [r0, #128 * \at + 4]
    ldr r11, [r0, #128 * \at + 8]
.endm

/* Adds the loaded column to the sums of the upper and of the lower row; \w01 holds the weights of
 * the window's rows 0 and 1, half \half of \w2 that of row 2. */
.macro add_column upper, lower, w01, half, w2
    add_first \upper, \lower, \w01, \half, \w2, \lower
.endm

/* The same where the lower row's sum begins with \from, the bias in \upper. */
.macro add_first upper, lower, w01, half, w2, from
    smlad \lower, r10, \w01, \from
    smlad \upper, r7, \w01, \upper
    smlab\half \lower, r11, \w2, \lower
    smlab\half \upper, r10, \w2, \upper
.endm

.macro tiles name, fast
    .section .text.\name, "ax", %progbits
    .balign 8
    .global \name
    .type \name, %function
\name:
    begin_tiles 9
2:
    ldr r8, [sp, #bias]
    load_column 0
    add_first r8, r9, r2, b, r5, r8
    load_column 1
    add_column r8, r9, r3, t, r5
    ldr r12, [sp, #bias]
    load_column 2
    add_column r8, r9, r4, b, r6
    add_first r12, lr, r2, b, r5, r12
    load_column 3
    add_column r12, lr, r3, t, r5
    load_column 4
    add_column r12, lr, r4, b, r6
    add r0, r0, #512
    finish_tile \fast, r7
3:
    skip_even_columns
    ldr r8, [sp, #bias]
    load_column 0
    add_first r8, r9, r2, b, r5, r8
    load_column 1
    add_column r8, r9, r3, t, r5
    load_column 2
    add_column r8, r9, r4, b, r6
    finish_column \fast, r7
5:
    end_tiles 2
    .size \name, . - \name
.endm

    tiles emk_depthwise_q8_tiles_s2, 0      /* stack: 112 */
    tiles emk_depthwise_q8_tiles_s2_fast, 1 /* stack: 112 */
#endif
