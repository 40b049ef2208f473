/* Wait states: the same loop from flash and RAM, sequential reads of flash, at 120 MHz. */
#include "registers.h"

enum { WORDS = 1024, REPEATS = 4 };
__attribute__((aligned(32))) const uint32_t weights[WORDS] = {1, 2, 3};
static uint32_t copy[WORDS];
volatile uint32_t results[6];
volatile uint32_t sum;

static __attribute__((noinline)) uint32_t add_up(const uint32_t *words) {
    const uint32_t start = DWT_CYCCNT;
    uint32_t total = 0;
    for (uint32_t i = 0; i < WORDS; i++) total += words[i];
    sum = total;
    return DWT_CYCCNT - start;
}

static void to_120_mhz(void) {
    RCC_APB1ENR1 |= 1u << 28;
    PWR_CR5 = 0;
    FLASH_ACR = 0x705;
    start_pll();
    RCC_CFGR = 8u << 4;
    RCC_CFGR = 8u << 4 | 3;
    RCC_CFGR = 3;
}

int main(void) {
    start_cycle_counter();
    for (uint32_t i = 0; i < WORDS; i++) copy[i] = weights[i];
    add_up(copy);
    results[0] = add_up(copy);
    results[1] = add_up(weights);
    to_120_mhz();
    add_up(copy);
    results[2] = add_up(copy);
    results[3] = add_up(weights);
    FLASH_ACR = 0x005;
    results[4] = add_up(copy);
    SYST_RVR = 0xFFFFFF;
    SYST_CVR = 0;
    SYST_CSR = 5;
    const uint32_t before = SYST_CVR, start = DWT_CYCCNT;
    for (volatile uint32_t i = 0; i < 100; i++) {
    }
    results[5] = (DWT_CYCCNT - start) - (before - SYST_CVR);
    return 0;
}
