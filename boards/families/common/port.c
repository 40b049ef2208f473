/* emk/port.h on a Cortex-M. What differs between families is in family.h beside this file:
 *
 *   static void clock_init(void);            to BOARD_CLOCK_HZ
 *   static void console_init(void);          BOARD_UART at BOARD_BAUD, 8N1
 *   static int32_t console_poll(void);       the received byte, or -1; errors are cleared
 *   static void console_send(uint8_t byte);  waits until it can be queued
 *   static void cycle_counter_init(void);
 *   static uint32_t cycle_count(void);       of the core's clock, wraps at 2^32
 */
#include "emk/port.h"

#include "family.h"

enum { SILENT = -2 };

/* From the linker script and startup.c. */
extern uint32_t emk_stack_limit[], emk_stack_top[];
#define STACK_PAINT_WORD 0x5A5A5A5Au

void emk_port_init(void) {
    clock_init();
    console_init();
    cycle_counter_init();
}

int32_t emk_port_read(void) {
    int32_t byte;
    do {
        byte = console_poll();
    } while (byte < 0);
    return byte;
}

int32_t emk_port_read_within(uint32_t milliseconds) {
    const uint32_t start = cycle_count();
    const uint32_t limit = milliseconds * (BOARD_CLOCK_HZ / 1000u);
    do {
        const int32_t byte = console_poll();
        if (byte >= 0) return byte;
    } while (cycle_count() - start < limit);
    return SILENT;
}

void emk_port_write(uint8_t byte) {
    console_send(byte);
}

uint32_t emk_port_cycles(void) {
    return cycle_count();
}

uint32_t emk_port_clock_hz(void) {
    return BOARD_CLOCK_HZ;
}

uint32_t emk_port_stack_bytes(void) {
    return (uint32_t)((uintptr_t)emk_stack_top - (uintptr_t)emk_stack_limit);
}

uint32_t emk_port_stack_high_water(void) {
    const volatile uint32_t *word = emk_stack_limit;
    while ((uintptr_t)word < (uintptr_t)emk_stack_top && *word == STACK_PAINT_WORD) word++;
    return (uint32_t)((uintptr_t)emk_stack_top - (uintptr_t)word);
}

int emk_port_stack_intact(void) {
    return *(const volatile uint32_t *)emk_stack_limit == STACK_PAINT_WORD;
}
