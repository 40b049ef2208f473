/* The USART of newer STM32 (F7, G0, G4, H7, L4, U5), with separate registers for status, reading
 * and writing. The family gives USART(name) and,
 * where there is a FIFO, USART_HAS_FIFO. */
#ifndef STM32_USART_H
#define STM32_USART_H

#include "registers.h"

typedef struct usart_registers { /* USARTx */
    volatile uint32_t cr1;
    uint32_t unused_04[2];
    volatile uint32_t brr;
    uint32_t unused_10[3];
    volatile uint32_t isr;
    volatile uint32_t icr;
    volatile uint32_t rdr;
    volatile uint32_t tdr;
} usart_registers;

#define USART_CR1_UE BIT(0)
#define USART_CR1_RE BIT(2)
#define USART_CR1_TE BIT(3)
#ifdef USART_HAS_FIFO
#define USART_CR1_FIFO BIT(29)
#else
#define USART_CR1_FIFO 0u
#endif
#define USART_ISR_RX_ERRORS 0xFu /* parity, framing, noise, overrun */
#define USART_ISR_RXNE BIT(5)
#define USART_ISR_TXE BIT(7)

static inline void usart_init(usart_registers *usart, uint32_t kernel_clock_hz) {
    usart->brr = (kernel_clock_hz + BOARD_BAUD / 2u) / BOARD_BAUD;
    usart->cr1 = USART_CR1_FIFO | USART_CR1_TE | USART_CR1_RE;
    usart->cr1 |= USART_CR1_UE;
}

static inline int32_t usart_poll(usart_registers *usart) {
    const uint32_t status = usart->isr;
    if (status & USART_ISR_RX_ERRORS) usart->icr = USART_ISR_RX_ERRORS;
    if (!(status & USART_ISR_RXNE)) return -1;
    return (int32_t)(usart->rdr & 0xFFu);
}

static inline void usart_send(usart_registers *usart, uint8_t byte) {
    wait_set(&usart->isr, USART_ISR_TXE, USART_ISR_TXE);
    usart->tdr = byte;
}

/* What port.c asks for. */
static int32_t console_poll(void) {
    return usart_poll(USART(BOARD_UART));
}
static void console_send(uint8_t byte) {
    usart_send(USART(BOARD_UART), byte);
}

#endif /* STM32_USART_H */
