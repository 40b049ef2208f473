/* One thing that a chip faults on, or that would go wrong on it, chosen by -DFAULT=name. */
#include "registers.h"

#define CONCAT_(a, b) a##b
#define CONCAT(a, b) CONCAT_(a, b)
#define CASE(name) __attribute__((noinline, unused)) static void name(void)

volatile uint32_t sink;
volatile float real = 1.5f;
/* Zero, by the linker script: the compiler would delete a write to a null that it sees. */
extern uint32_t null_address[];

CASE(null_write) {
    REG(null_address) = 1; /* here: null_write */
}
CASE(flash_write) {
    REG(0x08001000) = 1; /* here: flash_write */
}
CASE(outside_read) {
    sink = REG(0x60000000); /* here: outside_read */
}
CASE(beyond_ram) {
    REG(0x20000000 + 640 * 1024) = 1; /* here: beyond_ram */
}
CASE(float_off) {
    real = real * real; /* here: float_off */
}
CASE(no_peripheral) {
    sink = REG(0x40015000); /* here: no_peripheral */
}
CASE(no_register) {
    sink = REG(0x40021200); /* here: no_register */
}
CASE(clock_off) {
    GPIOA_MODER = 0; /* here: clock_off */
}
CASE(undefined) {
    __asm__ volatile("udf #7"); /* here: undefined */
}
CASE(semihosting) {
    __asm__ volatile("bkpt 0xAB"); /* here: semihosting */
}
CASE(supervisor_call) {
    __asm__ volatile("svc #1"); /* here: supervisor_call */
}
CASE(wild_jump) {
    ((void (*)(void))0x70000001)(); /* here: wild_jump */
}
__attribute__((noinline)) static uint32_t recurse(uint32_t depth) {
    volatile uint32_t frame[16];
    frame[depth & 15] = depth;
    return recurse(depth + 1) + frame[0];
}
CASE(overflow) {
    sink = recurse(0);
}
CASE(too_fast_for_flash) {
    RCC_APB1ENR1 |= 1u << 28;
    PWR_CR5 = 0;
    FLASH_ACR = 0x604;
    start_pll();
    RCC_CFGR = 3; /* here: too_fast_for_flash */
}
CASE(no_boost) {
    FLASH_ACR = 0x605;
    start_pll();
    RCC_CFGR = 3; /* here: no_boost */
}
CASE(pll_off) {
    RCC_CFGR = 3; /* here: pll_off */
}
static void start_uart(uint32_t divisor) {
    RCC_AHB2ENR |= 1;
    RCC_APB1ENR1 |= 1u << 17;
    USART2_BRR = divisor;
    USART2_CR1 = 1u << 3 | 1u;
}
CASE(no_pin) {
    start_uart(35);
    USART2_TDR = 'x'; /* here: no_pin */
}
CASE(wrong_baud) {
    start_uart(417);
    GPIOA_AFRL = 0x700;
    GPIOA_MODER = (GPIOA_MODER & ~(3u << 4)) | 2u << 4;
    USART2_TDR = 'x'; /* here: wrong_baud */
}
CASE(interrupt) {
    SYST_CSR = 7; /* here: interrupt */
}

int main(void) {
    FAULT();
    return 0;
}
