/* Measures the pieces of loops.S with the cycle counter at 4 MHz, where flash has no wait states.
 */
#include "registers.h"

typedef void piece(uint32_t *buffer);
extern piece nothing, ten_nops, counted_loop, grouped_loads, chained_loads, load_behind_address,
    stores, load_multiple, load_double, push_and_pop, multiply, divide, jump, condition,
    float_apart, float_chain, float_divide, float_dot, float_loads, float_moves;

piece *const pieces[] = {
    ten_nops,     counted_loop,  grouped_loads, chained_loads, load_behind_address,
    stores,       load_multiple, load_double,   push_and_pop,  multiply,
    divide,       jump,          condition,     float_apart,   float_chain,
    float_divide, float_dot,     float_loads,   float_moves};
enum { COUNT = sizeof pieces / sizeof *pieces };
volatile uint32_t results[COUNT];
uint32_t buffer[8];

static __attribute__((noinline)) uint32_t measure(piece *code) {
    const uint32_t start = DWT_CYCCNT;
    code(buffer);
    return DWT_CYCCNT - start;
}

int main(void) {
    enable_fpu();
    start_cycle_counter();
    buffer[4] = (uint32_t)buffer;
    const uint32_t base = measure(nothing);
    for (uint32_t i = 0; i < COUNT; i++) results[i] = measure(pieces[i]) - base;
    return 0;
}
