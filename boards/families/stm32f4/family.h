/* STM32F4 at up to 168 MHz, after RM0368 and RM0090. */
#ifndef FAMILY_H
#define FAMILY_H

#include "board.h"
#include "cycles_dwt.h"
#include "stm32_f4_f7.h"
#include "stm32_usart_old.h"

#include "stm32_f4_f7_console.h"

#if BOARD_CLOCK_HZ > 168000000u
#error "a clock above 168 MHz needs the over-drive of some STM32F4"
#endif
#define FLASH_ACR_PREFETCH BIT(8)
#define FLASH_ACR_ICACHE BIT(9)
#define FLASH_ACR_DCACHE BIT(10)

/* The regulator's scale after reset is right for each of them at its highest clock. */
static void clock_init(void) {
    set_field(&FLASH_ACR, FLASH_ACR_LATENCY_MASK,
              BOARD_WAIT_STATES | FLASH_ACR_PREFETCH | FLASH_ACR_ICACHE | FLASH_ACR_DCACHE);
    wait_set(&FLASH_ACR, FLASH_ACR_LATENCY_MASK, BOARD_WAIT_STATES);
    pll_start();
    pll_select();
}

#endif /* FAMILY_H */
