/* What an STM32F4 and an STM32F7 share (RM0368, RM0090, RM0385): HSI through the PLL, buses. */
#ifndef STM32_F4_F7_H
#define STM32_F4_F7_H

#include "registers.h"

typedef struct clock_registers { /* RCC */
    volatile uint32_t cr;
    volatile uint32_t pllcfgr;
    volatile uint32_t cfgr;
    uint32_t unused_0c[9];
    volatile uint32_t ahb1enr;
    uint32_t unused_34[3];
    volatile uint32_t apb1enr;
    volatile uint32_t apb2enr;
} clock_registers;

#define RCC ((clock_registers *)0x40023800u)
#define FLASH_ACR REGISTER(0x40023C00u)
#define GPIO_BASE 0x40020000u
#define USART1_BASE 0x40011000u
#define USART2_BASE 0x40004400u
#define USART3_BASE 0x40004800u
#define USART_BASE_OF(name) name##_BASE
#define USART_BASE(name) USART_BASE_OF(name)
#define USART(name) ((usart_registers *)USART_BASE(name))

#define FLASH_ACR_LATENCY_MASK 0xFu
#define RCC_CR_PLLON BIT(24)
#define RCC_CR_PLLRDY BIT(25)
#define RCC_CFGR_SW_PLL 2u
#define RCC_CFGR_SWS_MASK (3u << 2)
#define RCC_CFGR_SWS_PLL (2u << 2)
#define RCC_CFGR_PPRE1(code) ((code) << 10)
#define RCC_CFGR_PPRE2(code) ((code) << 13)
#define PRESCALER_1 0u
#define PRESCALER_2 4u
#define PRESCALER_4 5u
#define RCC_APB1ENR_USART2 BIT(17)
#define RCC_APB1ENR_USART3 BIT(18)
#define RCC_APB1ENR_PWR BIT(28)
#define RCC_APB2ENR_USART1 BIT(4)

/* HSI16 / 16 x N / P; the VCO must run at 192 to 432 MHz. */
#if BOARD_CLOCK_HZ < 96000000u
#define PLL_P 4u
#else
#define PLL_P 2u
#endif
#define PLL_N (BOARD_CLOCK_HZ / 1000000u * PLL_P)
#define RCC_PLLCFGR_VALUE (16u | PLL_N << 6 | (PLL_P / 2u - 1u) << 16 | 9u << 24)

/* APB1 takes a quarter of the highest clocks, APB2 half of them. */
#if BOARD_CLOCK_HZ > 100000000u
#define APB1_DIVISOR 4u
#define APB2_DIVISOR 2u
#define BUS_PRESCALERS (RCC_CFGR_PPRE1(PRESCALER_4) | RCC_CFGR_PPRE2(PRESCALER_2))
#else
#define APB1_DIVISOR 2u
#define APB2_DIVISOR 1u
#define BUS_PRESCALERS (RCC_CFGR_PPRE1(PRESCALER_2) | RCC_CFGR_PPRE2(PRESCALER_1))
#endif

static void pll_start(void) {
    RCC->pllcfgr = RCC_PLLCFGR_VALUE;
    RCC->cr |= RCC_CR_PLLON;
    wait_set(&RCC->cr, RCC_CR_PLLRDY, RCC_CR_PLLRDY);
}

static void pll_select(void) {
    RCC->cfgr |= BUS_PRESCALERS;
    RCC->cfgr |= RCC_CFGR_SW_PLL;
    wait_set(&RCC->cfgr, RCC_CFGR_SWS_MASK, RCC_CFGR_SWS_PLL);
}

#endif /* STM32_F4_F7_H */
