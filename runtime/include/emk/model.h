/* What a generated model tells the world about itself: the contract between generated code, the
 * UART service (runtime/link) and user programs. C99, freestanding. */
#ifndef EMK_MODEL_H
#define EMK_MODEL_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum emk_type {
    EMK_FLOAT32 = 0,
    EMK_FLOAT16 = 1,
    EMK_INT8 = 2,
    EMK_UINT8 = 3,
    EMK_INT16 = 4,
    EMK_INT32 = 5,
    EMK_INT64 = 6,
    EMK_BOOL = 7,
    EMK_FLOAT64 = 8,
    EMK_UINT16 = 9,
    EMK_UINT32 = 10,
    EMK_UINT64 = 11
};

/* An input or output tensor. Its bytes lie at `data`, inside the arena. */
typedef struct emk_tensor {
    const char *name;
    void *data;
    uint32_t bytes;
    uint8_t type; /* enum emk_type */
    uint8_t rank; /* entries used in shape */
    uint16_t reserved;
    int32_t shape[6]; /* outermost first, the batch included; of more axes the last are joined */
    float scale;      /* real = scale * (q - zero_point); 0 when not quantised */
    int32_t zero_point;
} emk_tensor;

/* Constants of a layer, where they lie on the chip. */
typedef struct emk_span {
    const void *data;
    uint32_t bytes;
} emk_span;

typedef struct emk_model {
    const char *name;
    uint64_t hash; /* of the source file; the host compares it */
    const emk_tensor *inputs;
    const emk_tensor *outputs;
    const char *const *step_names; /* step_count entries; empty strings allowed */
    uint32_t *step_cycles;         /* step_count entries, or null without EMK_PROFILE */
    uint16_t input_count;
    uint16_t output_count;
    uint16_t step_count;
    uint16_t weights_count; /* entries of weights */
    uint32_t arena_bytes;
    uint32_t weights_bytes;
    uint32_t weights_crc;    /* of all weights in their order, as emk_weights_crc gives it */
    const emk_span *weights; /* null when there are none */
    void (*run)(void);       /* inputs in place -> outputs in place; may overwrite the inputs */
} emk_model;

/* CRC-32 (IEEE 802.3) of the weights as they are in memory now: about 15 cycles a byte on a
 * Cortex-M4. Equal to weights_crc unless flash or RAM has been damaged; any single flipped bit, and
 * any run of up to 32 bits, makes it differ. */
uint32_t emk_weights_crc(const emk_model *model);

/* A generated model calls these around each step when it is built with -DEMK_PROFILE; the program
 * that builds it so must define them. `step` is an index into step_names. Steps of a row-streamed
 * chain begin and end once per row, never nested. */
void emk_step_begin(uint32_t step);
void emk_step_end(uint32_t step);

/* Called with -DEMK_TRACE once a step's output tensor is complete; `tensor_name` is the graph's. */
void emk_trace(uint32_t step, const char *tensor_name, const void *data, uint32_t bytes);

#ifdef __cplusplus
}
#endif

#endif /* EMK_MODEL_H */
