/* Registers that the test firmware touches, RM0432 and Arm DDI 0403. */
#ifndef REGISTERS_H
#define REGISTERS_H

#include <stdint.h>

#define REG(address) (*(volatile uint32_t *)(address))

#define RCC_CR REG(0x40021000)
#define RCC_CFGR REG(0x40021008)
#define RCC_PLLCFGR REG(0x4002100C)
#define RCC_AHB2ENR REG(0x4002104C)
#define RCC_APB1ENR1 REG(0x40021058)
#define PWR_CR5 REG(0x40007080)
#define FLASH_ACR REG(0x40022000)
#define GPIOA_MODER REG(0x48000000)
#define GPIOA_AFRL REG(0x48000020)
#define USART2_CR1 REG(0x40004400)
#define USART2_BRR REG(0x4000440C)
#define USART2_ISR REG(0x4000441C)
#define USART2_TDR REG(0x40004428)
#define CPACR REG(0xE000ED88)
#define DEMCR REG(0xE000EDFC)
#define DWT_CTRL REG(0xE0001000)
#define DWT_CYCCNT REG(0xE0001004)
#define SYST_CSR REG(0xE000E010)
#define SYST_RVR REG(0xE000E014)
#define SYST_CVR REG(0xE000E018)

static inline void start_cycle_counter(void) {
    DEMCR |= 1u << 24;
    DWT_CTRL |= 1;
}

static inline void enable_fpu(void) {
    CPACR |= 0xFu << 20;
    __asm__ volatile("dsb\n isb");
}

/* HSI16 / 2 x 30 / 2 = 120 MHz. */
static inline void start_pll(void) {
    RCC_CR |= 1u << 8;
    RCC_PLLCFGR = 2u | 1u << 4 | 30u << 8 | 1u << 24;
    RCC_CR |= 1u << 24;
}

#endif
