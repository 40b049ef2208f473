@ Uses 128 bytes of stack in three ways, after painting it as the UART service's port does.
    .syntax unified
    .cpu cortex-m4
    .thumb
    .text
    .global main
    .type main, %function
main:
    mov r8, lr
    ldr r0, =emk_stack_limit
    ldr r1, =0x5A5A5A5A
    mov r2, sp
paint:
    cmp r0, r2
    bhs painted
    str r1, [r0], #4
    b paint
painted:
    push {r4-r7, lr}        @ 20
    sub sp, #96             @ touched at its deepest word only
    str r0, [sp]
    bl leaf
    add sp, #96
    pop {r4-r7, lr}
    bx r8
    .size main, . - main

    .type leaf, %function
leaf:
    push {r4, r5}           @ 8
    pop {r4, r5}
    str r0, [sp, #-4]!      @ 4, not deeper
    add sp, #4
    bx lr
    .size leaf, . - leaf
