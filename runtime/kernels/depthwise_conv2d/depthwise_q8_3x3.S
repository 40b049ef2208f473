/* Tiles of depthwise_q8_3x3.c for Armv7E-M and Armv8-M with DSP: two rows by two columns, 24
 * multiplications for 36 products. */
#if defined(__ARM_FEATURE_DSP)
    #include "../depthwise_conv2d/depthwise_q8_tiles.inc"

/* Loads rows 0 1 and 2 3 of column \at. */
.macro load_column at
    ldr r10, [r0, #128 * \at]
    ldr r11, [r0, #128 * \at + 4]
.endm

/* Adds the loaded column to the sums of the upper and of the lower row; \w01 holds the weights of
 * the window's rows 0 and 1, \w12 those of 1 and 2. */
.macro add_column upper, lower, w01, w12
    add_first \upper, \lower, \w01, \w12, \lower
.endm

/* The same where the lower row's sum begins with \from, the bias in \upper. */
.macro add_first upper, lower, w01, w12, from
    smlatb \lower, r10, \w01, \from
    smlad \upper, r10, \w01, \upper
    smlad \lower, r11, \w12, \lower
    smlabt \upper, r11, \w12, \upper
.endm

.macro tiles name, fast
    .section .text.\name, "ax", %progbits
    .balign 8
    .global \name
    .type \name, %function
\name:
    begin_tiles 8
2:
    .if \fast == 0
    ldr r2, [sp, #weights]
    ldr r3, [sp, #weights + 4]
    .endif
    ldr r8, [sp, #bias]
    load_column 0
    add_first r8, r9, r2, r3, r8
    ldr r12, [sp, #bias]
    load_column 1
    add_column r8, r9, r4, r5
    add_first r12, lr, r2, r3, r12
    load_column 2
    add_column r8, r9, r6, r7
    add_column r12, lr, r4, r5
    load_column 3
    add_column r12, lr, r6, r7
    add r0, r0, #256
    finish_tile \fast, r3
3:
    skip_even_columns
    .if \fast == 0
    ldr r3, [sp, #weights + 4]
    .endif
    ldr r8, [sp, #bias]
    load_column 0
    add_first r8, r9, r2, r3, r8
    load_column 1
    add_column r8, r9, r4, r5
    load_column 2
    add_column r8, r9, r6, r7
    finish_column \fast, r3
5:
    end_tiles 1
    .size \name, . - \name
.endm

    tiles emk_depthwise_q8_tiles, 0      /* stack: 112 */
    tiles emk_depthwise_q8_tiles_fast, 1 /* stack: 112 */
#endif
