/* Integer, DSP and floating-point work with known results; also code with conditions, calls and
 * table jumps for checking instruction counts. */
#include "registers.h"

volatile uint32_t results[8];
static uint32_t numbers[200];

static uint32_t step(uint32_t kind, uint32_t x) {
    switch (kind) {
        case 0:
            return x * 3 + 1;
        case 1:
            return x / 7;
        case 2:
            return x ^ x >> 5;
        case 3:
            return (x & 1) ? x - 9 : x + 5;
        case 4:
            return x << 2 | x >> 30;
        default:
            return x > 1000 ? x % 1000 : x + kind;
    }
}

static uint32_t mix(uint32_t rounds) {
    uint32_t x = 12345;
    for (uint32_t i = 0; i < rounds; i++) {
        x = step(i % 6, x);
        numbers[i % 200] = x;
    }
    return x;
}

static void sort(void) {
    for (uint32_t i = 1; i < 200; i++)
        for (uint32_t j = i; j > 0 && numbers[j - 1] > numbers[j]; j--) {
            const uint32_t swap = numbers[j];
            numbers[j] = numbers[j - 1];
            numbers[j - 1] = swap;
        }
}

static uint32_t dual_multiply(void) {
    uint32_t result;
    const uint32_t a = 0xFFFF0003, b = 0x00050007, c = 100; /* -1 x 5 + 3 x 7 + 100 */
    __asm__("smlad %0, %1, %2, %3" : "=r"(result) : "r"(a), "r"(b), "r"(c));
    return result;
}

int main(void) {
    enable_fpu();
    results[0] = dual_multiply();
    volatile float x = 1.5f, y = 0.25f;
    const float z = x * y + x / y;
    results[1] = (uint32_t)(z * 1000);
    results[2] = mix(3000);
    sort();
    results[3] = numbers[0];
    results[4] = numbers[199];
    return 0;
}
