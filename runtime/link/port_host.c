/* emk/port.h on standard input and output of a POSIX process: the same service on the host. */
#define _POSIX_C_SOURCE 200809L

#include <errno.h>
#include <poll.h>
#include <time.h>
#include <unistd.h>

#include "emk/port.h"

enum { BUFFER_BYTES = 4096, CLOSED = -1, SILENT = -2 };

static uint8_t input[BUFFER_BYTES], output[BUFFER_BYTES];
static size_t input_next, input_end, output_end;

static void flush_output(void) {
    size_t sent = 0;
    while (sent < output_end) {
        const ssize_t count = write(STDOUT_FILENO, output + sent, output_end - sent);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) break; /* nobody listens: the next read ends the program */
        sent += (size_t)count;
    }
    output_end = 0;
}

/* Waits for input; `milliseconds` < 0 for ever. */
static int32_t read_within(int milliseconds) {
    struct pollfd entry;
    int ready;
    ssize_t count;
    if (input_next < input_end) return input[input_next++];
    flush_output();
    entry.fd = STDIN_FILENO;
    entry.events = POLLIN;
    do {
        ready = poll(&entry, 1, milliseconds);
    } while (ready < 0 && errno == EINTR);
    if (ready == 0) return SILENT;
    do {
        count = read(STDIN_FILENO, input, sizeof input);
    } while (count < 0 && errno == EINTR);
    if (count <= 0) return CLOSED;
    input_next = 1;
    input_end = (size_t)count;
    return input[0];
}

void emk_port_init(void) {}

int32_t emk_port_read(void) {
    return read_within(-1);
}

int32_t emk_port_read_within(uint32_t milliseconds) {
    return read_within((int)milliseconds);
}

void emk_port_write(uint8_t byte) {
    output[output_end++] = byte;
    if (output_end == sizeof output) flush_output();
}

uint32_t emk_port_cycles(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint32_t)((uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec);
}

uint32_t emk_port_clock_hz(void) {
    return 1000000000u;
}

uint32_t emk_port_stack_bytes(void) {
    return 0;
}

uint32_t emk_port_stack_high_water(void) {
    return 0;
}

int emk_port_stack_intact(void) {
    return 1;
}
