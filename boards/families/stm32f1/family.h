/* STM32F103 at 72 MHz, after RM0008: 8 MHz on OSC_IN x 9. */
#ifndef FAMILY_H
#define FAMILY_H

#include "board.h"
#include "cycles_dwt.h"
#include "registers.h"

typedef struct clock_registers { /* RCC */
    volatile uint32_t cr;
    volatile uint32_t cfgr;
    uint32_t unused_08[4];
    volatile uint32_t apb2enr;
    volatile uint32_t apb1enr;
} clock_registers;

typedef struct gpio_registers { /* GPIOx: four bits a pin */
    volatile uint32_t cr[2];
    uint32_t unused_08;
    volatile uint32_t odr;
} gpio_registers;

#define RCC ((clock_registers *)0x40021000u)
#define FLASH_ACR REGISTER(0x40022000u)
#define GPIO(port) ((gpio_registers *)(0x40010800u + 0x400u * (port)))
#define USART1_BASE 0x40013800u
#define USART2_BASE 0x40004400u
#define USART3_BASE 0x40004800u
#define USART_BASE_OF(name) name##_BASE
#define USART_BASE(name) USART_BASE_OF(name)
#define USART(name) ((usart_registers *)USART_BASE(name))

#include "stm32_usart_old.h"

#if BOARD_CLOCK_HZ != 72000000u
#error "expected a clock of 72 MHz"
#endif
#define APB1_DIVISOR 2u
#define FLASH_ACR_LATENCY_MASK 7u
#define FLASH_ACR_PREFETCH BIT(4)
#define RCC_CR_HSEON BIT(16)
#define RCC_CR_HSERDY BIT(17)
#define RCC_CR_HSEBYP BIT(18)
#define RCC_CR_PLLON BIT(24)
#define RCC_CR_PLLRDY BIT(25)
#define RCC_CFGR_SW_PLL 2u
#define RCC_CFGR_SWS_MASK (3u << 2)
#define RCC_CFGR_SWS_PLL (2u << 2)
#define RCC_CFGR_PPRE1_DIV2 (4u << 8)
#define RCC_CFGR_PLLSRC_HSE BIT(16)
#define RCC_CFGR_PLLMUL9 (7u << 18)
#define RCC_APB2ENR_PORT(port) BIT(2u + (port))
#define RCC_APB2ENR_USART1 BIT(14)
#define RCC_APB1ENR_USART2 BIT(17)
#define RCC_APB1ENR_USART3 BIT(18)
#define GPIO_ALTERNATE_50MHZ 0xBu
#define GPIO_PULLED_INPUT 0x8u

static void clock_init(void) {
    set_field(&FLASH_ACR, FLASH_ACR_LATENCY_MASK, BOARD_WAIT_STATES | FLASH_ACR_PREFETCH);
    wait_set(&FLASH_ACR, FLASH_ACR_LATENCY_MASK, BOARD_WAIT_STATES);
    /* The debugger's microcontroller gives the clock: no crystal. */
    RCC->cr |= RCC_CR_HSEBYP;
    RCC->cr |= RCC_CR_HSEON;
    wait_set(&RCC->cr, RCC_CR_HSERDY, RCC_CR_HSERDY);
    RCC->cfgr = RCC_CFGR_PPRE1_DIV2 | RCC_CFGR_PLLSRC_HSE | RCC_CFGR_PLLMUL9;
    RCC->cr |= RCC_CR_PLLON;
    wait_set(&RCC->cr, RCC_CR_PLLRDY, RCC_CR_PLLRDY);
    RCC->cfgr |= RCC_CFGR_SW_PLL;
    wait_set(&RCC->cfgr, RCC_CFGR_SWS_MASK, RCC_CFGR_SWS_PLL);
}

static inline void gpio_configure(uint32_t port, uint32_t pin, uint32_t bits) {
    set_field(&GPIO(port)->cr[pin / 8u], 0xFu << (pin % 8u * 4u), bits << (pin % 8u * 4u));
}

static void console_init(void) {
    const uint32_t base = USART_BASE(BOARD_UART);
    RCC->apb2enr |= RCC_APB2ENR_PORT(BOARD_TRANSMIT_PORT) | RCC_APB2ENR_PORT(BOARD_RECEIVE_PORT);
    if (base == USART1_BASE)
        RCC->apb2enr |= RCC_APB2ENR_USART1;
    else
        RCC->apb1enr |= base == USART2_BASE ? RCC_APB1ENR_USART2 : RCC_APB1ENR_USART3;
    (void)RCC->apb1enr;
    GPIO(BOARD_RECEIVE_PORT)->odr |= BIT(BOARD_RECEIVE_PIN); /* pull up */
    gpio_configure(BOARD_RECEIVE_PORT, BOARD_RECEIVE_PIN, GPIO_PULLED_INPUT);
    gpio_configure(BOARD_TRANSMIT_PORT, BOARD_TRANSMIT_PIN, GPIO_ALTERNATE_50MHZ);
    usart_init(USART(BOARD_UART),
               base == USART1_BASE ? BOARD_CLOCK_HZ : BOARD_CLOCK_HZ / APB1_DIVISOR);
}

#endif /* FAMILY_H */
