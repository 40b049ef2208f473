@ Vector table and reset: no data, no bss, then main; sleeps when it comes back.
    .syntax unified
    .cpu cortex-m4
    .thumb

    .section .isr_vector, "a"
    .word emk_stack_top
    .word reset

    .text
    .global reset
    .type reset, %function
reset:
    bl main
sleep:
    wfi
    b sleep
    .size reset, . - reset
