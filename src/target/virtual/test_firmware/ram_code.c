/* Runs code from RAM, replaces it, runs it again. */
#include "registers.h"

volatile uint32_t results[2];
static volatile uint16_t code[2];

int main(void) {
    uint32_t (*function)(void) = (uint32_t(*)(void))((uint32_t)code | 1u);
    code[1] = 0x4770; /* bx lr */
    for (uint32_t i = 0; i < 2; i++) {
        code[0] = (uint16_t)(0x2001 + i); /* movs r0, #1 + i */
        __asm__ volatile("dsb\n isb");
        results[i] = function();
    }
    return 0;
}
