/* STM32U5 at 160 MHz, after RM0456; TrustZone off, as shipped. */
#ifndef FAMILY_H
#define FAMILY_H

#include "board.h"
#include "cycles_dwt.h"
#include "registers.h"

typedef struct clock_registers { /* RCC */
    volatile uint32_t cr;
    uint32_t unused_04[6];
    volatile uint32_t cfgr1;
    uint32_t unused_20[2];
    volatile uint32_t pll1cfgr;
    uint32_t unused_2c[2];
    volatile uint32_t pll1divr;
    uint32_t unused_38[21];
    volatile uint32_t ahb2enr1;
    uint32_t unused_90;
    volatile uint32_t ahb3enr;
    uint32_t unused_98;
    volatile uint32_t apb1enr1;
    uint32_t unused_a0;
    volatile uint32_t apb2enr;
} clock_registers;

#define RCC ((clock_registers *)0x46020C00u)
#define PWR_VOSR REGISTER(0x4602080Cu)
#define FLASH_ACR REGISTER(0x40022000u)
#define ICACHE_CR REGISTER(0x40030400u)
#define GPIO_BASE 0x42020000u
#define USART1_BASE 0x40013800u
#define USART2_BASE 0x40004400u
#define USART3_BASE 0x40004800u
#define USART_BASE_OF(name) name##_BASE
#define USART_BASE(name) USART_BASE_OF(name)
#define USART(name) ((usart_registers *)USART_BASE(name))
#define USART_HAS_FIFO

#include "stm32_gpio.h"
#include "stm32_usart.h"

#if BOARD_CLOCK_HZ != 160000000u
#error "expected a clock of 160 MHz"
#endif
#define RCC_AHB3ENR_PWR BIT(2)
#define PWR_VOSR_BOOSTRDY BIT(14)
#define PWR_VOSR_VOSRDY BIT(15)
#define PWR_VOSR_RANGE1 (3u << 16)
#define PWR_VOSR_BOOSTEN BIT(18)
#define FLASH_ACR_LATENCY_MASK 0xFu
#define FLASH_ACR_PREFETCH BIT(8)
#define ICACHE_CR_EN BIT(0)
#define RCC_CR_HSION BIT(8)
#define RCC_CR_HSIRDY BIT(10)
#define RCC_CR_PLL1ON BIT(24)
#define RCC_CR_PLL1RDY BIT(25)
/* HSI16 / 1 x 10 / 1; input range 8 to 16 MHz; the booster runs at 16 MHz. */
#define RCC_PLL1CFGR_VALUE (2u | 3u << 2 | BIT(18))
#define RCC_PLL1DIVR_VALUE ((10u - 1u) | 1u << 9 | 1u << 16)
#define RCC_CFGR1_SW_PLL1 3u
#define RCC_CFGR1_SWS_MASK (3u << 2)
#define RCC_CFGR1_SWS_PLL1 (3u << 2)
#define RCC_APB1ENR1_USART2 BIT(17)
#define RCC_APB1ENR1_USART3 BIT(18)
#define RCC_APB2ENR_USART1 BIT(14)

/* Range 1 with the embedded power distribution's booster, which PLL1's input drives. */
static void clock_init(void) {
    RCC->cr |= RCC_CR_HSION;
    wait_set(&RCC->cr, RCC_CR_HSIRDY, RCC_CR_HSIRDY);
    RCC->ahb3enr |= RCC_AHB3ENR_PWR;
    (void)RCC->ahb3enr;
    RCC->pll1cfgr = RCC_PLL1CFGR_VALUE;
    PWR_VOSR |= PWR_VOSR_RANGE1;
    wait_set(&PWR_VOSR, PWR_VOSR_VOSRDY, PWR_VOSR_VOSRDY);
    PWR_VOSR |= PWR_VOSR_BOOSTEN;
    wait_set(&PWR_VOSR, PWR_VOSR_BOOSTRDY, PWR_VOSR_BOOSTRDY);
    set_field(&FLASH_ACR, FLASH_ACR_LATENCY_MASK, BOARD_WAIT_STATES | FLASH_ACR_PREFETCH);
    wait_set(&FLASH_ACR, FLASH_ACR_LATENCY_MASK, BOARD_WAIT_STATES);
    ICACHE_CR |= ICACHE_CR_EN;
    RCC->pll1divr = RCC_PLL1DIVR_VALUE;
    RCC->cr |= RCC_CR_PLL1ON;
    wait_set(&RCC->cr, RCC_CR_PLL1RDY, RCC_CR_PLL1RDY);
    RCC->cfgr1 |= RCC_CFGR1_SW_PLL1;
    wait_set(&RCC->cfgr1, RCC_CFGR1_SWS_MASK, RCC_CFGR1_SWS_PLL1);
}

static void console_init(void) {
    const uint32_t base = USART_BASE(BOARD_UART);
    RCC->ahb2enr1 |= BIT(BOARD_TRANSMIT_PORT) | BIT(BOARD_RECEIVE_PORT);
    if (base == USART1_BASE)
        RCC->apb2enr |= RCC_APB2ENR_USART1;
    else
        RCC->apb1enr1 |= base == USART2_BASE ? RCC_APB1ENR1_USART2 : RCC_APB1ENR1_USART3;
    (void)RCC->apb1enr1;
    console_pins_init();
    usart_init(USART(BOARD_UART), BOARD_CLOCK_HZ);
}

#endif /* FAMILY_H */
