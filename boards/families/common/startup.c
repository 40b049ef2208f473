/* Vector table, reset and faults of any Cortex-M. Arm DDI 0419 (Armv6-M), DDI 0403 (Armv7-M),
 * DDI 0553 (Armv8-M). */
#include <stdint.h>

enum { CPACR_FULL_ACCESS_CP10_CP11 = 0xF << 20, STACK_PAINT = 0x5A };

/* Coprocessor access control, System Control Block. */
#define SCB_CPACR (*(volatile uint32_t *)0xE000ED88u)

/* Addresses from the linker script; the values are meaningless. */
extern uint32_t emk_stack_limit[], emk_stack_top[];
extern uint32_t emk_data_load[], emk_data_start[], emk_data_end[];
extern uint32_t emk_bss_start[], emk_bss_end[];

int main(void);
void emk_reset(void);
void emk_nmi(void);
void emk_hard_fault(void);
void emk_memory_fault(void);
void emk_bus_fault(void);
void emk_usage_fault(void);
void emk_unexpected_interrupt(void);

/* Sleeps for ever with interrupts masked. No BKPT: without a debugger it would be a fault itself.
 */
static void halt(void) {
    __asm__ volatile("cpsid i" ::: "memory");
    for (;;) __asm__ volatile("wfi");
}

void emk_nmi(void) {
    halt();
}
void emk_hard_fault(void) {
    halt();
}
void emk_memory_fault(void) {
    halt();
}
void emk_bus_fault(void) {
    halt();
}
void emk_usage_fault(void) {
    halt();
}
void emk_unexpected_interrupt(void) {
    halt();
}

typedef union vector {
    const uint32_t *stack;
    void (*handler)(void);
    uintptr_t reserved;
} vector;

/* The core's own sixteen; no interrupt of a peripheral is ever enabled. Armv6-M has fewer faults
 * and leaves their places unused. */
__attribute__((section(".isr_vector"), used)) static const vector vectors[16] = {
    {.stack = emk_stack_top},
    {.handler = emk_reset},
    {.handler = emk_nmi},
    {.handler = emk_hard_fault},
    {.handler = emk_memory_fault},
    {.handler = emk_bus_fault},
    {.handler = emk_usage_fault},
    {.reserved = 0},
    {.reserved = 0},
    {.reserved = 0},
    {.reserved = 0},
    {.handler = emk_unexpected_interrupt}, /* SVC */
    {.handler = emk_unexpected_interrupt}, /* debug monitor */
    {.reserved = 0},
    {.handler = emk_unexpected_interrupt}, /* PendSV */
    {.handler = emk_unexpected_interrupt}, /* SysTick */
};

/* Paints the stack below the caller's frame, for emk_port_stack_high_water. */
static void paint_stack(void) {
    const uint32_t pattern = STACK_PAINT * 0x01010101u;
    uint32_t *word = emk_stack_limit;
    uint32_t *end;
    __asm__ volatile("mov %0, sp" : "=r"(end));
    while (word < end) *(volatile uint32_t *)word++ = pattern;
}

void emk_reset(void) {
    const uint32_t *from = emk_data_load;
    uint32_t *to;
#ifdef __ARM_FP
    /* First of all: the compiler may use the FPU's registers anywhere. */
    SCB_CPACR |= CPACR_FULL_ACCESS_CP10_CP11;
    __asm__ volatile("dsb\n\tisb" ::: "memory");
#endif
    paint_stack();
    for (to = emk_data_start; to < emk_data_end; to++) *to = *from++;
    for (to = emk_bss_start; to < emk_bss_end; to++) *to = 0;
    (void)main();
    halt();
}
