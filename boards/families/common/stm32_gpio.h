/* The GPIO ports of all STM32 but the F1. The family gives GPIO_BASE. */
#ifndef STM32_GPIO_H
#define STM32_GPIO_H

#include "registers.h"

typedef struct gpio_registers { /* GPIOx */
    volatile uint32_t moder;
    uint32_t unused_04[2];
    volatile uint32_t pupdr;
    uint32_t unused_10[4];
    volatile uint32_t afr[2];
} gpio_registers;

#define GPIO(port) ((gpio_registers *)(GPIO_BASE + 0x400u * (port)))

static inline void gpio_alternate(uint32_t port, uint32_t pin, uint32_t function) {
    gpio_registers *gpio = GPIO(port);
    set_field(&gpio->afr[pin / 8u], 0xFu << (pin % 8u * 4u), function << (pin % 8u * 4u));
    set_field(&gpio->moder, 3u << (pin * 2u), 2u << (pin * 2u));
}

/* The pull-up keeps an unplugged line idle. */
static inline void console_pins_init(void) {
    gpio_registers *receive = GPIO(BOARD_RECEIVE_PORT);
    set_field(&receive->pupdr, 3u << (BOARD_RECEIVE_PIN * 2u), 1u << (BOARD_RECEIVE_PIN * 2u));
    gpio_alternate(BOARD_TRANSMIT_PORT, BOARD_TRANSMIT_PIN, BOARD_PIN_FUNCTION);
    gpio_alternate(BOARD_RECEIVE_PORT, BOARD_RECEIVE_PIN, BOARD_PIN_FUNCTION);
}

#endif /* STM32_GPIO_H */
