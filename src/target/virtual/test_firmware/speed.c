/* A fixed amount of work, for measuring the emulator. */
#include "registers.h"

const int16_t weights[512] = {3, 1, 4, 1, 5, 9};
static int16_t inputs[512];
volatile int32_t result;

static __attribute__((noinline)) int32_t dot(const int16_t *a, const int16_t *b) {
    int32_t sum = 0;
    for (uint32_t i = 0; i < 512; i += 8) {
        for (uint32_t k = 0; k < 8; k++) sum += a[i + k] * b[i + k];
    }
    return sum;
}

int main(void) {
    int32_t total = 0;
    for (uint32_t i = 0; i < 512; i++) inputs[i] = (int16_t)i;
    for (uint32_t i = 0; i < 20000; i++) {
        inputs[i & 511]++;
        total += dot(weights, inputs);
    }
    result = total;
    return 0;
}
