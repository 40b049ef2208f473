/* STM32G0 at 64 MHz, after RM0444. Armv6-M has no cycle counter: TIM2, 32 bits wide, counts. */
#ifndef FAMILY_H
#define FAMILY_H

#include "board.h"
#include "registers.h"

typedef struct clock_registers { /* RCC */
    volatile uint32_t cr;
    uint32_t unused_04;
    volatile uint32_t cfgr;
    volatile uint32_t pllcfgr;
    uint32_t unused_10[9];
    volatile uint32_t iopenr;
    uint32_t unused_38;
    volatile uint32_t apbenr1;
    volatile uint32_t apbenr2;
} clock_registers;

typedef struct timer_registers { /* TIM2 */
    volatile uint32_t cr1;
    uint32_t unused_04[8];
    volatile uint32_t cnt;
    volatile uint32_t psc;
    volatile uint32_t arr;
} timer_registers;

#define RCC ((clock_registers *)0x40021000u)
#define TIM2 ((timer_registers *)0x40000000u)
#define FLASH_ACR REGISTER(0x40022000u)
#define GPIO_BASE 0x50000000u
#define USART1_BASE 0x40013800u
#define USART2_BASE 0x40004400u
#define USART_BASE_OF(name) name##_BASE
#define USART_BASE(name) USART_BASE_OF(name)
#define USART(name) ((usart_registers *)USART_BASE(name))
#define USART_HAS_FIFO

#include "stm32_gpio.h"
#include "stm32_usart.h"

#if BOARD_CLOCK_HZ != 64000000u
#error "expected a clock of 64 MHz"
#endif
#define FLASH_ACR_LATENCY_MASK 7u
#define FLASH_ACR_PREFETCH BIT(8)
#define FLASH_ACR_ICACHE BIT(9)
#define RCC_CR_PLLON BIT(24)
#define RCC_CR_PLLRDY BIT(25)
/* HSI16 x 8 = 128 MHz, output R 128 MHz / 2 = 64 MHz. */
#define RCC_PLLCFGR_VALUE (2u | 8u << 8 | BIT(28) | 1u << 29)
#define RCC_CFGR_SW_PLL 2u
#define RCC_CFGR_SWS_MASK (7u << 3)
#define RCC_CFGR_SWS_PLL (2u << 3)
#define RCC_APBENR1_TIM2 BIT(0)
#define RCC_APBENR1_USART2 BIT(17)
#define RCC_APBENR2_USART1 BIT(14)

/* HSI16 runs after reset. */
static void clock_init(void) {
    set_field(&FLASH_ACR, FLASH_ACR_LATENCY_MASK,
              BOARD_WAIT_STATES | FLASH_ACR_PREFETCH | FLASH_ACR_ICACHE);
    wait_set(&FLASH_ACR, FLASH_ACR_LATENCY_MASK, BOARD_WAIT_STATES);
    RCC->pllcfgr = RCC_PLLCFGR_VALUE;
    RCC->cr |= RCC_CR_PLLON;
    wait_set(&RCC->cr, RCC_CR_PLLRDY, RCC_CR_PLLRDY);
    RCC->cfgr |= RCC_CFGR_SW_PLL;
    wait_set(&RCC->cfgr, RCC_CFGR_SWS_MASK, RCC_CFGR_SWS_PLL);
}

static void console_init(void) {
    RCC->iopenr |= BIT(BOARD_TRANSMIT_PORT) | BIT(BOARD_RECEIVE_PORT);
    if (USART_BASE(BOARD_UART) == USART1_BASE)
        RCC->apbenr2 |= RCC_APBENR2_USART1;
    else
        RCC->apbenr1 |= RCC_APBENR1_USART2;
    (void)RCC->apbenr1;
    console_pins_init();
    usart_init(USART(BOARD_UART), BOARD_CLOCK_HZ);
}

static void cycle_counter_init(void) {
    RCC->apbenr1 |= RCC_APBENR1_TIM2;
    (void)RCC->apbenr1;
    TIM2->psc = 0;
    TIM2->arr = 0xFFFFFFFFu;
    TIM2->cr1 = 1u;
}

static uint32_t cycle_count(void) {
    return TIM2->cnt;
}

#endif /* FAMILY_H */
