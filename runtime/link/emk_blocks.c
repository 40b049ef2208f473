/* Inputs and outputs in blocks, each with a check sum of its own, for lines that damage a byte here
 * and there: docs/protocol.md. */
#include "emk_crc.h"
#include "emk_frame.h"

enum read_area { READ_OUTPUTS = 0, READ_INFO = 1 };

/* One after the other, tensors are a sequence of bytes: the place of one of them, and how many
 * follow in the same tensor. Null behind the end. */
static uint8_t *place_of(const emk_tensor *tensors, uint32_t count, uint32_t offset,
                         uint32_t *following) {
    uint32_t i;
    for (i = 0; i < count; i++) {
        if (offset < tensors[i].bytes) {
            *following = tensors[i].bytes - offset;
            return (uint8_t *)tensors[i].data + offset;
        }
        offset -= tensors[i].bytes;
    }
    return 0;
}

static uint32_t total_bytes(const emk_tensor *tensors, uint32_t count) {
    uint32_t bytes = 0;
    uint32_t i;
    for (i = 0; i < count; i++) bytes += tensors[i].bytes;
    return bytes;
}

static uint32_t crc_of(const emk_tensor *tensors, uint32_t count) {
    uint32_t crc = 0xFFFFFFFFu;
    uint32_t i;
    for (i = 0; i < count; i++) crc = emk_crc32_bytes(crc, tensors[i].data, tensors[i].bytes);
    return crc ^ 0xFFFFFFFFu;
}

static uint16_t sequence(void) {
    return (uint16_t)(emk_link.header[2] | (emk_link.header[3] << 8));
}

/* A block of the inputs; the last one is filled up with anything. No answer. */
static void write_block(void) {
    const emk_model *model = emk_link.model;
    const uint32_t offset = emk_load_u32(emk_link.payload);
    const uint32_t block = offset / EMK_BLOCK_BYTES;
    const uint8_t *from = emk_link.payload + 4;
    uint32_t left = EMK_BLOCK_BYTES;
    uint32_t following, i;
    uint8_t *to = place_of(model->inputs, model->input_count, offset, &following);
    if (!to || offset % EMK_BLOCK_BYTES != 0u) return;
    emk_link.has_executed = 0;
    if (emk_link.window != sequence()) {
        emk_link.window = sequence();
        for (i = 0; i < EMK_WINDOW_BLOCKS / 32u; i++) emk_link.written[i] = 0;
    }
    while (to && left > 0u) {
        const uint32_t bytes = left < following ? left : following;
        for (i = 0; i < bytes; i++) *to++ = *from++;
        left -= bytes;
        to = place_of(model->inputs, model->input_count, offset + EMK_BLOCK_BYTES - left,
                      &following);
    }
    emk_link.written[block / 32u % (EMK_WINDOW_BLOCKS / 32u)] |= 1u << (block % 32u);
}

static void answer_written(void) {
    const int known = emk_link.window == sequence();
    uint32_t i;
    emk_frame_begin(EMK_FRAME_ANSWER | EMK_FRAME_WRITTEN, EMK_WINDOW_BLOCKS / 8);
    for (i = 0; i < EMK_WINDOW_BLOCKS / 32u; i++) emk_send_u32(known ? emk_link.written[i] : 0u);
    emk_frame_end();
}

static uint32_t block_at(uint32_t offset, uint32_t total) {
    const uint32_t left = offset < total ? total - offset : 0u;
    return left < EMK_BLOCK_BYTES ? left : (uint32_t)EMK_BLOCK_BYTES;
}

/* All bytes of the outputs, and those of the block at `offset`. */
static void send_outputs_block(uint32_t offset, uint32_t total) {
    const emk_model *model = emk_link.model;
    uint32_t left = block_at(offset, total);
    emk_send_u32(total);
    while (left > 0u) {
        uint32_t following = 0;
        const uint8_t *from = place_of(model->outputs, model->output_count, offset, &following);
        const uint32_t bytes = left < following ? left : following;
        emk_send_bytes(from, bytes);
        offset += bytes;
        left -= bytes;
    }
}

static void answer_execute(void) {
    const emk_model *model = emk_link.model;
    const uint32_t total = total_bytes(model->outputs, model->output_count);
    if (emk_link.fault) {
        emk_answer_fault();
        return;
    }
    /* The same request once more: its answer was lost, and the inputs may be overwritten. */
    if (!emk_link.has_executed || emk_link.executed != sequence()) {
        if (crc_of(model->inputs, model->input_count) != emk_load_u32(emk_link.payload + 4)) {
            emk_answer_error(EMK_FRAME_BAD_CRC, 0);
            return;
        }
        emk_link.cycles = emk_measured_run();
        emk_check_stack();
        if (emk_link.fault) {
            emk_answer_fault();
            return;
        }
        emk_link.executed = sequence();
        emk_link.has_executed = 1;
    }
    emk_frame_begin(EMK_FRAME_ANSWER | EMK_FRAME_EXECUTE, 12u + block_at(0, total));
    emk_send_u32(emk_link.cycles);
    emk_send_u32(crc_of(model->outputs, model->output_count));
    send_outputs_block(0, total);
    emk_frame_end();
}

static void answer_read(void) {
    const emk_model *model = emk_link.model;
    const uint32_t offset = emk_load_u32(emk_link.payload + 4);
    uint32_t total;
    if (emk_link.payload[0] != READ_INFO) {
        total = total_bytes(model->outputs, model->output_count);
        emk_frame_begin(EMK_FRAME_ANSWER | EMK_FRAME_READ, 4u + block_at(offset, total));
        send_outputs_block(offset, total);
        emk_frame_end();
        return;
    }
    emk_link.counted = emk_link.sent_from = emk_link.sent_until = 0;
    emk_link.counting = 1;
    emk_send_info();
    emk_link.counting = 0;
    total = emk_link.counted;
    emk_frame_begin(EMK_FRAME_ANSWER | EMK_FRAME_READ, 4u + block_at(offset, total));
    emk_send_u32(total);
    emk_link.counted = 0;
    emk_link.sent_from = offset;
    emk_link.sent_until = offset + block_at(offset, total);
    emk_link.counting = 1;
    emk_send_info();
    emk_link.counting = 0;
    emk_frame_end();
}

uint32_t emk_block_request_bytes(uint8_t command) {
    switch (command) {
        case EMK_FRAME_WRITE:
            return EMK_PAYLOAD_BYTES;
        case EMK_FRAME_WRITTEN:
            return 0;
        case EMK_FRAME_EXECUTE:
        case EMK_FRAME_READ:
            return 8;
        default:
            return EMK_NO_BLOCK;
    }
}

void emk_serve_block(uint8_t command) {
    switch (command) {
        case EMK_FRAME_WRITE:
            write_block();
            break;
        case EMK_FRAME_WRITTEN:
            answer_written();
            break;
        case EMK_FRAME_EXECUTE:
            answer_execute();
            break;
        default:
            answer_read();
            break;
    }
}
