/* Two inputs, two outputs: "scaled" is "image" / 2, "codes" is "offsets" + 1 (int8, scale 0.5,
 * zero point -1). Runs two steps, the second in two pieces as a streamed one would. An image that
 * begins with -1 ends the process with status 7, one that begins with -2 hangs it, with -3 flips a
 * bit of the weights, with -5 overflows the stack. */
#define _POSIX_C_SOURCE 200809L
#include "dummy_model.h"

#include <stdlib.h>
#include <unistd.h>

enum { IMAGE = 100, CODES = 3 };

static float image[IMAGE], scaled[IMAGE];
static int8_t offsets[CODES], codes[CODES];

static uint8_t weights[] = {1, 2, 3, 4};
static const emk_span spans[] = {{weights, 1}, {weights + 1, 3}};

static int stack_intact = 1;
int __wrap_emk_port_stack_intact(void);
int __wrap_emk_port_stack_intact(void) {
    return stack_intact;
}

static const emk_tensor inputs[] = {
    {"image", image, sizeof image, EMK_FLOAT32, 3, 0, {1, 10, 10}, 0.0f, 0},
    {"offsets", offsets, sizeof offsets, EMK_INT8, 2, 0, {1, 3}, 0.25f, 7},
};
static const emk_tensor outputs[] = {
    {"scaled", scaled, sizeof scaled, EMK_FLOAT32, 3, 0, {1, 10, 10}, 0.0f, 0},
    {"codes", codes, sizeof codes, EMK_INT8, 2, 0, {1, 3}, 0.5f, -1},
};
static const char *const step_names[] = {"halve", "", "add one"};
#ifdef EMK_PROFILE
static uint32_t step_cycles[3];
#else
#define emk_step_begin(step) ((void)(step))
#define emk_step_end(step) ((void)(step))
#endif
#ifndef EMK_TRACE
#define emk_trace(step, name, data, bytes) ((void)(step))
#endif

static void run(void) {
    int i;
    if (image[0] == -1.0f) exit(7);
    if (image[0] == -2.0f) pause();
    if (image[0] == -3.0f) weights[2] ^= 1;
    if (image[0] == -5.0f) stack_intact = 0;
    emk_step_begin(0);
    for (i = 0; i < IMAGE; i++) scaled[i] = image[i] / 2.0f;
    emk_step_end(0);
    emk_trace(0, "scaled", scaled, sizeof scaled);
    for (i = 0; i < CODES; i++) {
        emk_step_begin(2);
        codes[i] = (int8_t)(offsets[i] + 1);
        emk_step_end(2);
    }
    emk_trace(2, "codes", codes, sizeof codes);
    image[0] = 1e9f; /* inputs may be overwritten */
}

const emk_model emk_dummy_model = {
    "dummy",
    0x123456789ABCDEF0u,
    inputs,
    outputs,
    step_names,
#ifdef EMK_PROFILE
    step_cycles,
#else
    0,
#endif
    2,
    2,
    3,
    2,
    2 * sizeof image,
    sizeof weights,
    0xB63CFBCDu,
    spans,
    run,
};
