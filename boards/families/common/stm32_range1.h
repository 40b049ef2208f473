/* Clock of an STM32L4+ or STM32G4 (RM0432, RM0440: the same registers but for the PLL's values):
 * HSI16 through the PLL in voltage range 1 boost mode. The family gives PLL_VALUES, the bits of
 * RCC_PLLCFGR that make BOARD_CLOCK_HZ of 16 MHz. */
#ifndef STM32_RANGE1_H
#define STM32_RANGE1_H

#include "registers.h"

typedef struct power_registers { /* PWR */
    volatile uint32_t cr1;
    uint32_t unused_04[4];
    volatile uint32_t sr2;
    uint32_t unused_18[26];
    volatile uint32_t cr5;
} power_registers;

typedef struct clock_registers { /* RCC */
    volatile uint32_t cr;
    uint32_t unused_04;
    volatile uint32_t cfgr;
    volatile uint32_t pllcfgr;
    uint32_t unused_10[15];
    volatile uint32_t ahb2enr;
    uint32_t unused_50[2];
    volatile uint32_t apb1enr1;
    uint32_t unused_5c;
    volatile uint32_t apb2enr;
} clock_registers;

#define PWR ((power_registers *)0x40007000u)
#define RCC ((clock_registers *)0x40021000u)
#define FLASH_ACR REGISTER(0x40022000u)
#define GPIO_BASE 0x48000000u
#define USART1_BASE 0x40013800u
#define USART2_BASE 0x40004400u
#define USART3_BASE 0x40004800u
#define USART_BASE_OF(name) name##_BASE
#define USART_BASE(name) USART_BASE_OF(name)
#define USART(name) ((usart_registers *)USART_BASE(name))
#define USART_HAS_FIFO

#include "stm32_gpio.h"
#include "stm32_usart.h"

#define PWR_CR1_VOS_MASK (3u << 9)
#define PWR_CR1_VOS_RANGE1 (1u << 9)
#define PWR_SR2_VOSF BIT(10)
#define PWR_CR5_R1MODE BIT(8)
#define FLASH_ACR_LATENCY_MASK 0xFu
#define FLASH_ACR_PREFETCH BIT(8)
#define FLASH_ACR_ICACHE BIT(9)
#define FLASH_ACR_DCACHE BIT(10)
#define RCC_CR_HSION BIT(8)
#define RCC_CR_HSIRDY BIT(10)
#define RCC_CR_PLLON BIT(24)
#define RCC_CR_PLLRDY BIT(25)
#define RCC_PLLCFGR_HSI16 2u
#define RCC_CFGR_SW_PLL 3u
#define RCC_CFGR_SWS_MASK (3u << 2)
#define RCC_CFGR_SWS_PLL (3u << 2)
#define RCC_CFGR_HPRE_MASK (15u << 4)
#define RCC_CFGR_HPRE_DIV2 (8u << 4)
#define RCC_APB1ENR1_USART2 BIT(17)
#define RCC_APB1ENR1_USART3 BIT(18)
#define RCC_APB1ENR1_PWR BIT(28)
#define RCC_APB2ENR_USART1 BIT(14)

enum { BOOST_SETTLE_LOOPS = 120 /* more than 1 us at half the clock */ };

/* "Dynamic voltage scaling management": the highest clocks want range 1 boost mode, and the AHB
 * prescaler must halve the step for at least a microsecond. */
static void clock_init(void) {
    uint32_t i;
    RCC->apb1enr1 |= RCC_APB1ENR1_PWR;
    (void)RCC->apb1enr1; /* the clock needs two cycles to arrive */
    set_field(&PWR->cr1, PWR_CR1_VOS_MASK, PWR_CR1_VOS_RANGE1);
    wait_set(&PWR->sr2, PWR_SR2_VOSF, 0);
    PWR->cr5 &= ~PWR_CR5_R1MODE;

    set_field(&FLASH_ACR, FLASH_ACR_LATENCY_MASK,
              BOARD_WAIT_STATES | FLASH_ACR_PREFETCH | FLASH_ACR_ICACHE | FLASH_ACR_DCACHE);
    wait_set(&FLASH_ACR, FLASH_ACR_LATENCY_MASK, BOARD_WAIT_STATES);

    RCC->cr |= RCC_CR_HSION;
    wait_set(&RCC->cr, RCC_CR_HSIRDY, RCC_CR_HSIRDY);
    RCC->pllcfgr = RCC_PLLCFGR_HSI16 | PLL_VALUES;
    RCC->cr |= RCC_CR_PLLON;
    wait_set(&RCC->cr, RCC_CR_PLLRDY, RCC_CR_PLLRDY);

    set_field(&RCC->cfgr, RCC_CFGR_HPRE_MASK, RCC_CFGR_HPRE_DIV2);
    RCC->cfgr |= RCC_CFGR_SW_PLL;
    wait_set(&RCC->cfgr, RCC_CFGR_SWS_MASK, RCC_CFGR_SWS_PLL);
    for (i = 0; i < BOOST_SETTLE_LOOPS; i++) __asm__ volatile("nop");
    RCC->cfgr &= ~RCC_CFGR_HPRE_MASK;
}

/* The kernel clock is the bus's, undivided. */
static void console_init(void) {
    RCC->ahb2enr |= BIT(BOARD_TRANSMIT_PORT) | BIT(BOARD_RECEIVE_PORT);
    if (USART_BASE(BOARD_UART) == USART1_BASE)
        RCC->apb2enr |= RCC_APB2ENR_USART1;
    else
        RCC->apb1enr1 |=
            USART_BASE(BOARD_UART) == USART2_BASE ? RCC_APB1ENR1_USART2 : RCC_APB1ENR1_USART3;
    (void)RCC->apb1enr1;
    console_pins_init();
    usart_init(USART(BOARD_UART), BOARD_CLOCK_HZ);
}

#endif /* STM32_RANGE1_H */
