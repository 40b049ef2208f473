/* emk/port.h on an STM32L4+: registers and sequences after RM0432, the core's after Arm DDI 0403.
 */
#include "emk/port.h"

enum {
    CLOCK_HZ = 120000000,
    BAUD = 115200,
    SILENT = -2,
    CYCLES_PER_MS = CLOCK_HZ / 1000,
    BOOST_SETTLE_LOOPS = 120 /* more than 1 us at 60 MHz */
};

/* ---- registers; `unused` are offsets that are not touched ---- */

typedef struct power_registers { /* PWR */
    volatile uint32_t cr1;
    uint32_t unused_04[4];
    volatile uint32_t sr2;
    uint32_t unused_18[26];
    volatile uint32_t cr5;
} power_registers;

typedef struct clock_registers { /* RCC */
    volatile uint32_t cr;
    uint32_t unused_04;
    volatile uint32_t cfgr;
    volatile uint32_t pllcfgr;
    uint32_t unused_10[15];
    volatile uint32_t ahb2enr;
    uint32_t unused_50[2];
    volatile uint32_t apb1enr1;
} clock_registers;

typedef struct flash_registers { /* FLASH */
    volatile uint32_t acr;
} flash_registers;

typedef struct gpio_registers { /* GPIOx */
    volatile uint32_t moder;
    uint32_t unused_04[2];
    volatile uint32_t pupdr;
    uint32_t unused_10[4];
    volatile uint32_t afrl;
} gpio_registers;

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

#define PWR ((power_registers *)0x40007000u)
#define RCC ((clock_registers *)0x40021000u)
#define FLASH ((flash_registers *)0x40022000u)
#define GPIOA ((gpio_registers *)0x48000000u)
#define USART2 ((usart_registers *)0x40004400u)
#define DEMCR (*(volatile uint32_t *)0xE000EDFCu)
#define DWT_CTRL (*(volatile uint32_t *)0xE0001000u)
#define DWT_CYCCNT (*(volatile uint32_t *)0xE0001004u)

#define BIT(n) (1u << (n))
#define PWR_CR1_VOS_MASK (3u << 9)
#define PWR_CR1_VOS_RANGE1 (1u << 9)
#define PWR_SR2_VOSF BIT(10)
#define PWR_CR5_R1MODE BIT(8)
#define FLASH_ACR_LATENCY_MASK 0xFu
#define FLASH_ACR_LATENCY_5 5u
#define FLASH_ACR_PREFETCH BIT(8)
#define FLASH_ACR_ICACHE BIT(9)
#define FLASH_ACR_DCACHE BIT(10)
#define RCC_CR_HSION BIT(8)
#define RCC_CR_HSIRDY BIT(10)
#define RCC_CR_PLLON BIT(24)
#define RCC_CR_PLLRDY BIT(25)
/* VCO input 16 MHz / 2, VCO 8 MHz x 30 = 240 MHz, output R 240 MHz / 2 = 120 MHz. */
#define RCC_PLLCFGR_HSI16 2u
#define RCC_PLLCFGR_M2 (1u << 4)
#define RCC_PLLCFGR_N30 (30u << 8)
#define RCC_PLLCFGR_R2_ON BIT(24)
#define RCC_CFGR_SW_PLL 3u
#define RCC_CFGR_SWS_MASK (3u << 2)
#define RCC_CFGR_SWS_PLL (3u << 2)
#define RCC_CFGR_HPRE_MASK (15u << 4)
#define RCC_CFGR_HPRE_DIV2 (8u << 4)
#define RCC_AHB2ENR_GPIOA BIT(0)
#define RCC_APB1ENR1_USART2 BIT(17)
#define RCC_APB1ENR1_PWR BIT(28)
#define USART_CR1_UE BIT(0)
#define USART_CR1_RE BIT(2)
#define USART_CR1_TE BIT(3)
#define USART_CR1_FIFO BIT(29)
#define USART_ISR_RX_ERRORS 0xFu /* parity, framing, noise, overrun */
#define USART_ISR_RXNE BIT(5)
#define USART_ISR_TXE BIT(7)
#define DEMCR_TRCENA BIT(24)
#define DWT_CTRL_CYCCNTENA BIT(0)

/* From the linker script and startup.c. */
extern uint32_t emk_stack_limit[], emk_stack_top[];
#define STACK_PAINT_WORD 0x5A5A5A5Au

static void wait_set(volatile uint32_t *reg, uint32_t mask, uint32_t value) {
    while ((*reg & mask) != value) {
    }
}

/* To 120 MHz, RM0432 "Dynamic voltage scaling management": above 80 MHz wants range 1 boost mode,
 * and the AHB prescaler must halve the step for at least a microsecond. */
static void clock_init(void) {
    uint32_t i;
    RCC->apb1enr1 |= RCC_APB1ENR1_PWR;
    (void)RCC->apb1enr1; /* the clock needs two cycles to arrive */
    PWR->cr1 = (PWR->cr1 & ~PWR_CR1_VOS_MASK) | PWR_CR1_VOS_RANGE1;
    wait_set(&PWR->sr2, PWR_SR2_VOSF, 0);
    PWR->cr5 &= ~PWR_CR5_R1MODE;

    FLASH->acr = (FLASH->acr & ~FLASH_ACR_LATENCY_MASK) | FLASH_ACR_LATENCY_5 | FLASH_ACR_PREFETCH |
                 FLASH_ACR_ICACHE | FLASH_ACR_DCACHE;
    wait_set(&FLASH->acr, FLASH_ACR_LATENCY_MASK, FLASH_ACR_LATENCY_5);

    RCC->cr |= RCC_CR_HSION;
    wait_set(&RCC->cr, RCC_CR_HSIRDY, RCC_CR_HSIRDY);
    RCC->pllcfgr = RCC_PLLCFGR_HSI16 | RCC_PLLCFGR_M2 | RCC_PLLCFGR_N30 | RCC_PLLCFGR_R2_ON;
    RCC->cr |= RCC_CR_PLLON;
    wait_set(&RCC->cr, RCC_CR_PLLRDY, RCC_CR_PLLRDY);

    RCC->cfgr = (RCC->cfgr & ~RCC_CFGR_HPRE_MASK) | RCC_CFGR_HPRE_DIV2;
    RCC->cfgr |= RCC_CFGR_SW_PLL;
    wait_set(&RCC->cfgr, RCC_CFGR_SWS_MASK, RCC_CFGR_SWS_PLL);
    for (i = 0; i < BOOST_SETTLE_LOOPS; i++) __asm__ volatile("nop");
    RCC->cfgr &= ~RCC_CFGR_HPRE_MASK;
}

/* USART2 on PA2 (transmit) and PA3 (receive), alternate function 7. */
static void console_init(void) {
    RCC->ahb2enr |= RCC_AHB2ENR_GPIOA;
    RCC->apb1enr1 |= RCC_APB1ENR1_USART2;
    (void)RCC->apb1enr1;
    GPIOA->afrl = (GPIOA->afrl & ~0xFF00u) | 0x7700u;
    /* The pull-up keeps an unplugged line idle. */
    GPIOA->pupdr = (GPIOA->pupdr & ~(3u << 6)) | (1u << 6);
    GPIOA->moder = (GPIOA->moder & ~(0xFu << 4)) | (0xAu << 4);
    USART2->brr = (CLOCK_HZ + BAUD / 2) / BAUD; /* kernel clock: PCLK1 = 120 MHz; 0.03 % off */
    USART2->cr1 = USART_CR1_FIFO | USART_CR1_TE | USART_CR1_RE;
    USART2->cr1 |= USART_CR1_UE;
}

static void cycle_counter_init(void) {
    DEMCR |= DEMCR_TRCENA;
    DWT_CYCCNT = 0;
    DWT_CTRL |= DWT_CTRL_CYCCNTENA;
}

void emk_port_init(void) {
    clock_init();
    console_init();
    cycle_counter_init();
}

/* The received byte, or -1. Errors are cleared: the protocols above notice what is lost. */
static int32_t poll_byte(void) {
    const uint32_t status = USART2->isr;
    if (status & USART_ISR_RX_ERRORS) USART2->icr = USART_ISR_RX_ERRORS;
    if (!(status & USART_ISR_RXNE)) return -1;
    return (int32_t)(USART2->rdr & 0xFFu);
}

int32_t emk_port_read(void) {
    int32_t byte;
    do {
        byte = poll_byte();
    } while (byte < 0);
    return byte;
}

int32_t emk_port_read_within(uint32_t milliseconds) {
    const uint32_t start = DWT_CYCCNT;
    const uint32_t limit = milliseconds * CYCLES_PER_MS;
    do {
        const int32_t byte = poll_byte();
        if (byte >= 0) return byte;
    } while (DWT_CYCCNT - start < limit);
    return SILENT;
}

void emk_port_write(uint8_t byte) {
    wait_set(&USART2->isr, USART_ISR_TXE, USART_ISR_TXE);
    USART2->tdr = byte;
}

uint32_t emk_port_cycles(void) {
    return DWT_CYCCNT;
}

uint32_t emk_port_clock_hz(void) {
    return CLOCK_HZ;
}

uint32_t emk_port_stack_bytes(void) {
    return (uint32_t)((uintptr_t)emk_stack_top - (uintptr_t)emk_stack_limit);
}

uint32_t emk_port_stack_high_water(void) {
    const volatile uint32_t *word = emk_stack_limit;
    while ((uintptr_t)word < (uintptr_t)emk_stack_top && *word == STACK_PAINT_WORD) word++;
    return (uint32_t)((uintptr_t)emk_stack_top - (uintptr_t)word);
}
