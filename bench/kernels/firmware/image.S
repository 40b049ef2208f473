/* The trials, where the linker is told to place them. */
    .section .trials, "a"
    .global emk_trials
    .balign 16
emk_trials:
    .incbin "image.bin"
