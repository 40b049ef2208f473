@ Straight pieces of code of known length. Each is called as f(buffer) at no wait states; the test
@ subtracts what `nothing` costs.
    .syntax unified
    .cpu cortex-m4
    .fpu fpv4-sp-d16
    .thumb
    .text

.macro piece name
    .balign 4
    .global \name
    .type \name, %function
\name:
.endm
.macro done
    bx lr
.endm

piece nothing
    done
piece ten_nops
    .rept 10
    nop
    .endr
    done
piece counted_loop
    movs r1, #100
1:  subs r1, #1
    bne 1b
    done
piece grouped_loads
    ldr r1, [r0]
    ldr r2, [r0, #4]
    ldr r3, [r0, #8]
    ldr r12, [r0, #12]
    done
piece chained_loads
    ldr r1, [r0, #16]
    ldr r2, [r1]
    done
piece load_behind_address
    adds r0, #4
    ldr r1, [r0]
    done
piece stores
    str r1, [r0]
    str r1, [r0, #4]
    movs r2, #8
    movs r3, #0
    str r1, [r0, r2]
    done
piece load_multiple
    ldm r0, {r1, r2, r3, r12}
    done
piece load_double
    ldrd r1, r2, [r0]
    done
piece push_and_pop
    push {r4, r5, r6, r7}
    pop {r4, r5, r6, r7}
    done
piece multiply
    mul r1, r2, r3
    mla r1, r2, r3, r1
    smlad r1, r2, r3, r1
    smlal r1, r2, r3, r12
    done
piece divide
    movs r2, #3
    udiv r1, r2, r2
    done
piece jump
    b 1f
    nop
1:  done
piece condition
    cmp r0, #0
    it eq
    moveq r1, #1
    done
piece float_apart
    vadd.f32 s0, s1, s2
    vmul.f32 s3, s4, s5
    vsub.f32 s6, s7, s8
    done
piece float_chain
    vadd.f32 s0, s1, s2
    vmul.f32 s3, s0, s5
    vfma.f32 s6, s3, s8
    done
piece float_divide
    vdiv.f32 s0, s1, s2
    nop
    vsqrt.f32 s3, s4
    done
piece float_dot
    vfma.f32 s0, s1, s2
    vfma.f32 s0, s3, s4
    done
piece float_loads
    vldr s0, [r0]
    vldm r0, {s4-s7}
    vldr d1, [r0]
    done
piece float_moves
    vmov s0, r1
    vmov r1, r2, s0, s1
    vmrs apsr_nzcv, fpscr
    done
