/* nRF52840 at 64 MHz, after its product specification. The core runs at full speed from reset; the
 * crystal is started for the UART's sake. The UART is used without EasyDMA. */
#ifndef FAMILY_H
#define FAMILY_H

#include "board.h"
#include "cycles_dwt.h"
#include "registers.h"

typedef struct uart_registers { /* UART0 */
    volatile uint32_t start_receive;
    uint32_t unused_004;
    volatile uint32_t start_transmit;
    uint32_t unused_00c[63];
    volatile uint32_t received;
    uint32_t unused_10c[4];
    volatile uint32_t transmitted;
    uint32_t unused_120[216];
    volatile uint32_t errors;
    uint32_t unused_484[31];
    volatile uint32_t enable;
    uint32_t unused_504[2];
    volatile uint32_t transmit_pin;
    uint32_t unused_510;
    volatile uint32_t receive_pin;
    volatile uint32_t receive_data;
    volatile uint32_t transmit_data;
    uint32_t unused_520;
    volatile uint32_t baud;
} uart_registers;

#define UART0 ((uart_registers *)0x40002000u)
#define CLOCK_HFCLKSTART REGISTER(0x40000000u)
#define CLOCK_HFCLKSTARTED REGISTER(0x40000100u)
#define NVMC_ICACHECNF REGISTER(0x4001E540u)
#define GPIO_OUTSET(port) REGISTER(0x50000508u + 0x300u * (port))
#define GPIO_PIN_CNF(port, pin) REGISTER(0x50000700u + 0x300u * (port) + 4u * (pin))
#define PIN_CNF_OUTPUT 3u         /* direction out, input buffer off */
#define PIN_CNF_PULLED_INPUT 0xCu /* input buffer on, pull up */
#define UART_ENABLED 4u

#if BOARD_CLOCK_HZ != 64000000u || BOARD_BAUD != 115200u
#error "expected a clock of 64 MHz and 115200 baud"
#endif
#define BAUD_115200 0x01D7E000u /* of the product specification's table */

static void clock_init(void) {
    CLOCK_HFCLKSTARTED = 0;
    CLOCK_HFCLKSTART = 1;
    wait_set(&CLOCK_HFCLKSTARTED, 1u, 1u);
    NVMC_ICACHECNF = 1;
}

static void console_init(void) {
    GPIO_OUTSET(BOARD_TRANSMIT_PORT) = BIT(BOARD_TRANSMIT_PIN); /* idle is high */
    GPIO_PIN_CNF(BOARD_TRANSMIT_PORT, BOARD_TRANSMIT_PIN) = PIN_CNF_OUTPUT;
    GPIO_PIN_CNF(BOARD_RECEIVE_PORT, BOARD_RECEIVE_PIN) = PIN_CNF_PULLED_INPUT;
    UART0->transmit_pin = BOARD_TRANSMIT_PORT << 5 | BOARD_TRANSMIT_PIN;
    UART0->receive_pin = BOARD_RECEIVE_PORT << 5 | BOARD_RECEIVE_PIN;
    UART0->baud = BAUD_115200;
    UART0->enable = UART_ENABLED;
    UART0->start_receive = 1;
    UART0->start_transmit = 1;
    UART0->transmitted = 1; /* free for the first byte */
}

static int32_t console_poll(void) {
    if (UART0->errors) UART0->errors = UART0->errors;
    if (!UART0->received) return -1;
    UART0->received = 0;
    return (int32_t)(UART0->receive_data & 0xFFu);
}

static void console_send(uint8_t byte) {
    wait_set(&UART0->transmitted, 1u, 1u);
    UART0->transmitted = 0;
    UART0->transmit_data = byte;
}

#endif /* FAMILY_H */
