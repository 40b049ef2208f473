/* STM32F7 at 216 MHz, after RM0385. */
#ifndef FAMILY_H
#define FAMILY_H

#include "board.h"
#define DWT_NEEDS_UNLOCKING
#include "cache_m7.h"
#include "cycles_dwt.h"
#include "stm32_f4_f7.h"
#include "stm32_usart.h"

#include "stm32_f4_f7_console.h"

#define PWR_CR1 REGISTER(0x40007000u)
#define PWR_CSR1 REGISTER(0x40007004u)
#define PWR_CR1_ODEN BIT(16)
#define PWR_CR1_ODSWEN BIT(17)
#define PWR_CSR1_ODRDY BIT(16)
#define PWR_CSR1_ODSWRDY BIT(17)
#define FLASH_ACR_PREFETCH BIT(8)
#define FLASH_ACR_ART BIT(9)

/* Above 180 MHz the core wants over-drive, which is switched on between starting the PLL and
 * running from it. */
static void clock_init(void) {
    caches_init();
    RCC->apb1enr |= RCC_APB1ENR_PWR;
    (void)RCC->apb1enr;
    set_field(&FLASH_ACR, FLASH_ACR_LATENCY_MASK,
              BOARD_WAIT_STATES | FLASH_ACR_PREFETCH | FLASH_ACR_ART);
    wait_set(&FLASH_ACR, FLASH_ACR_LATENCY_MASK, BOARD_WAIT_STATES);
    pll_start();
    PWR_CR1 |= PWR_CR1_ODEN;
    wait_set(&PWR_CSR1, PWR_CSR1_ODRDY, PWR_CSR1_ODRDY);
    PWR_CR1 |= PWR_CR1_ODSWEN;
    wait_set(&PWR_CSR1, PWR_CSR1_ODSWRDY, PWR_CSR1_ODSWRDY);
    pll_select();
}

#endif /* FAMILY_H */
