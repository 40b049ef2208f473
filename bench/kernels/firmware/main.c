/* Runs kernels on the trials that lie in flash (src/workflow/kernel_lab.cc): for each, sends the
 * cycles that the kernel took, and its output. */
#include <stddef.h>
#include <stdint.h>

#include "emk/port.h"

enum { OPERANDS = 7, BY_ROWS = 1, OVERLAPPING = 2, BUFFER_BYTES = 0x30000 };

typedef struct trial {
    uint32_t next; /* offset of the next trial from the first; 0 ends the list */
    uint32_t function, mode;
    uint32_t operands[OPERANDS];
    const uint8_t *input;
    uint32_t input_bytes, output_bytes;
    uint32_t in_row, out_row, in_ring, rows, stride, pad_top, span, in_rows;
} trial;

typedef void kernel(uint32_t, uint32_t, uint32_t, uint32_t, uint32_t, uint32_t, uint32_t);
extern kernel *const functions[];
extern const uint8_t emk_trials[];
void *memcpy(void *destination, const void *source, size_t bytes);
void *memset(void *destination, int value, size_t bytes);

#define IN ((uint8_t *)(0x20000000u + 0x8000u))
#define OUT (IN + BUFFER_BYTES)
#define SCRATCH (OUT + BUFFER_BYTES)

static void send(const uint8_t *bytes, uint32_t count) {
    while (count-- > 0) emk_port_write(*bytes++);
}

static uint32_t run_whole(const trial *t) {
    const uint32_t *o = t->operands;
    memcpy(t->mode == OVERLAPPING ? (uint8_t *)o[1] : IN, t->input, t->input_bytes);
    const uint32_t start = emk_port_cycles();
    functions[t->function](o[0], o[1], o[2], o[3], o[4], o[5], o[6]);
    return emk_port_cycles() - start;
}

/* Rows arrive as late as they may. */
static uint32_t run_by_rows(const trial *t) {
    static uint8_t row[8192];
    uint32_t cycles = 0, ready = 0;
    for (uint32_t y = 0; y < t->rows; ++y) {
        int32_t end = (int32_t)(y * t->stride + t->span - t->pad_top);
        if (end > (int32_t)t->in_rows) end = (int32_t)t->in_rows;
        for (; (int32_t)ready < end; ++ready) {
            memcpy(IN + ready % t->in_ring * t->in_row, t->input + ready * t->in_row, t->in_row);
        }
        const uint32_t start = emk_port_cycles();
        functions[t->function](t->operands[0], (uint32_t)IN, (uint32_t)row, y, y + 1, 0, 0);
        cycles += emk_port_cycles() - start;
        memcpy(OUT + y * t->out_row, row, t->out_row);
    }
    return cycles;
}

int main(void) {
    emk_port_init();
    const trial *t = (const trial *)(const void *)emk_trials;
    for (; t->next != 0; t = (const trial *)(const void *)(emk_trials + t->next)) {
        memset(OUT, 0x55, t->output_bytes);
        memset(SCRATCH, 0xA5, 0x1000);
        const uint32_t cycles = t->mode == BY_ROWS ? run_by_rows(t) : run_whole(t);
        send((const uint8_t *)&cycles, sizeof cycles);
        send(OUT, t->output_bytes);
    }
    return 0;
}
