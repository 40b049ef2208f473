/* What a board (or a host program) offers to the UART service. C99, freestanding. */
#ifndef EMK_PORT_H
#define EMK_PORT_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Clock, console UART and cycle counter; called once, first. */
void emk_port_init(void);
/* The next received byte 0..255; waits for it. -1 when the link is closed (host programs only). */
int32_t emk_port_read(void);
/* The same, but -2 after `milliseconds` (1 to 10,000) without a byte. */
int32_t emk_port_read_within(uint32_t milliseconds);
/* Sends one byte; waits until it can be queued. */
void emk_port_write(uint8_t byte);
/* A free-running counter of core clock cycles (host: of nanoseconds); wraps at 2^32. */
uint32_t emk_port_cycles(void);
/* Frequency of emk_port_cycles, Hz. */
uint32_t emk_port_clock_hz(void);
/* Bytes reserved for the stack, and the deepest use since start; both 0 where unknown. */
uint32_t emk_port_stack_bytes(void);
uint32_t emk_port_stack_high_water(void);
/* 0 once the stack's last word, its canary, has been overwritten; else, or when unknown, 1. */
int emk_port_stack_intact(void);

#ifdef __cplusplus
}
#endif

#endif /* EMK_PORT_H */
