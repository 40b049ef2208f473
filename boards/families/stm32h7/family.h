/* STM32H742/H743/H753 at 400 or 480 MHz, after RM0433. */
#ifndef FAMILY_H
#define FAMILY_H

#include "board.h"
#define DWT_NEEDS_UNLOCKING
#include "cache_m7.h"
#include "cycles_dwt.h"
#include "registers.h"

typedef struct clock_registers { /* RCC */
    volatile uint32_t cr;
    uint32_t unused_04[3];
    volatile uint32_t cfgr;
    uint32_t unused_14;
    volatile uint32_t d1cfgr;
    volatile uint32_t d2cfgr;
    volatile uint32_t d3cfgr;
    uint32_t unused_24;
    volatile uint32_t pllckselr;
    volatile uint32_t pllcfgr;
    volatile uint32_t pll1divr;
    uint32_t unused_34[43];
    volatile uint32_t ahb4enr;
    uint32_t unused_e4;
    volatile uint32_t apb1lenr;
    uint32_t unused_ec;
    volatile uint32_t apb2enr;
    volatile uint32_t apb4enr;
} clock_registers;

typedef struct power_registers { /* PWR */
    uint32_t unused_00;
    volatile uint32_t csr1;
    uint32_t unused_08;
    volatile uint32_t cr3;
    uint32_t unused_10[2];
    volatile uint32_t d3cr;
} power_registers;

#define RCC ((clock_registers *)0x58024400u)
#define PWR ((power_registers *)0x58024800u)
#define FLASH_ACR REGISTER(0x52002000u)
#define SYSCFG_PWRCR REGISTER(0x5800042Cu)
#define GPIO_BASE 0x58020000u
#define USART1_BASE 0x40011000u
#define USART2_BASE 0x40004400u
#define USART3_BASE 0x40004800u
#define USART_BASE_OF(name) name##_BASE
#define USART_BASE(name) USART_BASE_OF(name)
#define USART(name) ((usart_registers *)USART_BASE(name))
#define USART_HAS_FIFO

#include "stm32_gpio.h"
#include "stm32_usart.h"

#if BOARD_CLOCK_HZ != 400000000u && BOARD_CLOCK_HZ != 480000000u
#error "expected a clock of 400 or 480 MHz"
#endif
#define PWR_CR3_LDOEN BIT(1)
#define PWR_CR3_SCUEN BIT(2)
#define PWR_CSR1_ACTVOSRDY BIT(13)
#define PWR_D3CR_VOS_SCALE1 (3u << 14)
#define PWR_D3CR_VOSRDY BIT(13)
#define SYSCFG_PWRCR_ODEN BIT(0)
#define RCC_APB4ENR_SYSCFG BIT(1)
#define FLASH_ACR_MASK 0x3Fu
#define FLASH_ACR_WRHIGHFREQ (2u << 4)
#define RCC_CR_PLL1ON BIT(24)
#define RCC_CR_PLL1RDY BIT(25)
/* HSI 64 MHz / 8 x N / 2: N of 100 or 120, the range of input clocks from 8 to 16 MHz. */
#define PLL_N (BOARD_CLOCK_HZ / 4000000u)
#define RCC_PLLCKSELR_M_MASK (0x3Fu << 4 | 3u)
#define RCC_PLLCKSELR_M8 (8u << 4)
#define RCC_PLLCFGR_PLL1_MASK 0x7000Fu
#define RCC_PLLCFGR_RANGE_8_16_P (3u << 2 | BIT(16))
#define RCC_PLL1DIVR_VALUE ((PLL_N - 1u) | 1u << 9 | 1u << 16 | 1u << 24)
#define RCC_CFGR_SW_PLL1 3u
#define RCC_CFGR_SWS_MASK (7u << 3)
#define RCC_CFGR_SWS_PLL1 (3u << 3)
/* The buses run at half the core's clock, their peripherals at a quarter. */
#define RCC_D1CFGR_VALUE (8u | 4u << 4)
#define RCC_D2CFGR_VALUE (4u << 4 | 4u << 8)
#define RCC_D3CFGR_VALUE (4u << 4)
#define BUS_DIVISOR 4u
#define RCC_APB1LENR_USART2 BIT(17)
#define RCC_APB1LENR_USART3 BIT(18)
#define RCC_APB2ENR_USART1 BIT(4)

static void power_init(void) {
    set_field(&PWR->cr3, PWR_CR3_LDOEN | PWR_CR3_SCUEN, PWR_CR3_LDOEN);
    wait_set(&PWR->csr1, PWR_CSR1_ACTVOSRDY, PWR_CSR1_ACTVOSRDY);
    PWR->d3cr |= PWR_D3CR_VOS_SCALE1;
    wait_set(&PWR->d3cr, PWR_D3CR_VOSRDY, PWR_D3CR_VOSRDY);
#if BOARD_CLOCK_HZ > 400000000u
    RCC->apb4enr |= RCC_APB4ENR_SYSCFG;
    (void)RCC->apb4enr;
    SYSCFG_PWRCR |= SYSCFG_PWRCR_ODEN; /* scale 0 */
    wait_set(&PWR->d3cr, PWR_D3CR_VOSRDY, PWR_D3CR_VOSRDY);
#endif
}

/* HSI runs after reset. */
static void clock_init(void) {
    caches_init();
    power_init();
    set_field(&FLASH_ACR, FLASH_ACR_MASK, BOARD_WAIT_STATES | FLASH_ACR_WRHIGHFREQ);
    wait_set(&FLASH_ACR, FLASH_ACR_MASK, BOARD_WAIT_STATES | FLASH_ACR_WRHIGHFREQ);
    set_field(&RCC->pllckselr, RCC_PLLCKSELR_M_MASK, RCC_PLLCKSELR_M8);
    set_field(&RCC->pllcfgr, RCC_PLLCFGR_PLL1_MASK, RCC_PLLCFGR_RANGE_8_16_P);
    RCC->pll1divr = RCC_PLL1DIVR_VALUE;
    RCC->cr |= RCC_CR_PLL1ON;
    wait_set(&RCC->cr, RCC_CR_PLL1RDY, RCC_CR_PLL1RDY);
    RCC->d1cfgr = RCC_D1CFGR_VALUE;
    RCC->d2cfgr = RCC_D2CFGR_VALUE;
    RCC->d3cfgr = RCC_D3CFGR_VALUE;
    RCC->cfgr |= RCC_CFGR_SW_PLL1;
    wait_set(&RCC->cfgr, RCC_CFGR_SWS_MASK, RCC_CFGR_SWS_PLL1);
}

static void console_init(void) {
    const uint32_t base = USART_BASE(BOARD_UART);
    RCC->ahb4enr |= BIT(BOARD_TRANSMIT_PORT) | BIT(BOARD_RECEIVE_PORT);
    if (base == USART1_BASE)
        RCC->apb2enr |= RCC_APB2ENR_USART1;
    else
        RCC->apb1lenr |= base == USART2_BASE ? RCC_APB1LENR_USART2 : RCC_APB1LENR_USART3;
    (void)RCC->apb1lenr;
    console_pins_init();
    usart_init(USART(BOARD_UART), BOARD_CLOCK_HZ / BUS_DIVISOR);
}

#endif /* FAMILY_H */
