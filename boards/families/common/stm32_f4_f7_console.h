/* The console of an STM32F4 or STM32F7, after the USART's header. */
#ifndef STM32_F4_F7_CONSOLE_H
#define STM32_F4_F7_CONSOLE_H

#include "stm32_f4_f7.h"
#include "stm32_gpio.h"

static void console_init(void) {
    const uint32_t base = USART_BASE(BOARD_UART);
    RCC->ahb1enr |= BIT(BOARD_TRANSMIT_PORT) | BIT(BOARD_RECEIVE_PORT);
    if (base == USART1_BASE)
        RCC->apb2enr |= RCC_APB2ENR_USART1;
    else
        RCC->apb1enr |= base == USART2_BASE ? RCC_APB1ENR_USART2 : RCC_APB1ENR_USART3;
    (void)RCC->apb1enr;
    console_pins_init();
    usart_init(USART(BOARD_UART),
               BOARD_CLOCK_HZ / (base == USART1_BASE ? APB2_DIVISOR : APB1_DIVISOR));
}

#endif /* STM32_F4_F7_CONSOLE_H */
