/* The USART of older STM32 (F1, F2, F4, L1): one status and one data register; reading the data
 * after the status clears the errors. */
#ifndef STM32_USART_OLD_H
#define STM32_USART_OLD_H

#include "registers.h"

typedef struct usart_registers { /* USARTx */
    volatile uint32_t sr;
    volatile uint32_t dr;
    volatile uint32_t brr;
    volatile uint32_t cr1;
} usart_registers;

#define USART_SR_RXNE BIT(5)
#define USART_SR_TXE BIT(7)
#define USART_SR_RX_ERRORS 0xFu /* parity, framing, noise, overrun */
#define USART_CR1_RE BIT(2)
#define USART_CR1_TE BIT(3)
#define USART_CR1_UE BIT(13)

static inline void usart_init(usart_registers *usart, uint32_t kernel_clock_hz) {
    usart->brr = (kernel_clock_hz + BOARD_BAUD / 2u) / BOARD_BAUD;
    usart->cr1 = USART_CR1_UE | USART_CR1_TE | USART_CR1_RE;
}

static inline int32_t usart_poll(usart_registers *usart) {
    const uint32_t status = usart->sr;
    if (!(status & (USART_SR_RXNE | USART_SR_RX_ERRORS))) return -1;
    const uint32_t byte = usart->dr & 0xFFu;
    return status & USART_SR_RXNE ? (int32_t)byte : -1;
}

static inline void usart_send(usart_registers *usart, uint8_t byte) {
    wait_set(&usart->sr, USART_SR_TXE, USART_SR_TXE);
    usart->dr = byte;
}

/* What port.c asks for. */
static int32_t console_poll(void) {
    return usart_poll(USART(BOARD_UART));
}
static void console_send(uint8_t byte) {
    usart_send(USART(BOARD_UART), byte);
}

#endif /* STM32_USART_OLD_H */
