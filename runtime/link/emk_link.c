#include "emk_link.h"

#include "emk/port.h"
#include "emk_crc.h"
#include "emk_frame.h"

enum { SYNC_REQUEST = 0xAB, SYNC_ANSWER = 0xCD };

/* How long a byte may be on its way that belongs to the one before it: many byte times, far less
 * than the second that a classic host waits after its 0xAB. */
enum { NEXT_BYTE_MS = 50 };

enum classic_state {
    CLASSIC_OFF = 0,    /* not synchronised: bytes that begin nothing are noise */
    CLASSIC_SYNCED = 1, /* 0xCD was sent, no image came yet */
    CLASSIC_IMAGES = 2  /* images follow each other */
};

enum run_flags { RUN_AS_FLOAT = 1, RUN_TRACED = 2, RUN_HEADER_BYTES = 4 };

uint32_t emk_load_u32(const uint8_t *bytes) {
    return bytes[0] | ((uint32_t)bytes[1] << 8) | ((uint32_t)bytes[2] << 16) |
           ((uint32_t)bytes[3] << 24);
}

/* Puts bytes back to be read again, before those already put back. There are never more than a
 * marker's: what is put back here was read from the same four places. */
static void unread(const uint8_t *bytes, uint8_t count) {
    uint8_t i;
    for (i = emk_link.ahead_count; i > 0u; i--) {
        emk_link.ahead[i + count - 1u] = emk_link.ahead[i - 1u];
    }
    for (i = 0; i < count; i++) emk_link.ahead[i] = bytes[i];
    emk_link.ahead_count = (uint8_t)(emk_link.ahead_count + count);
}

/* Elements of a tensor, by its type's size. */
static uint32_t element_count(const emk_tensor *tensor) {
    switch (tensor->type) {
        case EMK_FLOAT32:
        case EMK_INT32:
            return tensor->bytes / 4u;
        case EMK_FLOAT16:
        case EMK_INT16:
            return tensor->bytes / 2u;
        case EMK_INT64:
            return tensor->bytes / 8u;
        default:
            return tensor->bytes;
    }
}

static int has_float_form(const emk_tensor *tensor) {
    return tensor->type != EMK_FLOAT16 && tensor->type != EMK_INT64;
}

static float element_as_float(const emk_tensor *tensor, uint32_t index) {
    int32_t value;
    switch (tensor->type) {
        case EMK_FLOAT32:
            return ((const float *)tensor->data)[index];
        case EMK_INT8:
            value = ((const int8_t *)tensor->data)[index];
            break;
        case EMK_INT16:
            value = ((const int16_t *)tensor->data)[index];
            break;
        case EMK_INT32:
            value = ((const int32_t *)tensor->data)[index];
            break;
        default:
            value = ((const uint8_t *)tensor->data)[index];
            break;
    }
    /* An unquantised integer stands for itself. */
    if (tensor->scale == 0.0f) return (float)value;
    return tensor->scale * (float)(value - tensor->zero_point);
}

/* ---- framed protocol ---- */

void emk_answer_error(uint8_t code, uint32_t detail) {
    emk_frame_begin(EMK_FRAME_ERROR, 8);
    emk_send_u8(code);
    emk_send_u8(emk_link.header[1]);
    emk_send_u16(0);
    emk_send_u32(detail);
    emk_frame_end();
}

static void send_tensors(const emk_tensor *tensors, uint32_t count) {
    uint32_t i;
    uint32_t axis;
    for (i = 0; i < count; i++) {
        const emk_tensor *tensor = &tensors[i];
        emk_send_string(tensor->name);
        emk_send_u8(tensor->type);
        emk_send_u8(tensor->rank);
        emk_send_u16(0);
        for (axis = 0; axis < tensor->rank; axis++) emk_send_u32((uint32_t)tensor->shape[axis]);
        emk_send_u32(tensor->bytes);
        emk_send_float(tensor->scale);
        emk_send_u32((uint32_t)tensor->zero_point);
    }
}

void emk_send_info(void) {
    const emk_model *model = emk_link.model;
    uint32_t i;
    emk_send_u32((uint32_t)(model->hash & 0xFFFFFFFFu));
    emk_send_u32((uint32_t)(model->hash >> 32));
    emk_send_u32(emk_port_clock_hz());
    emk_send_u32(model->arena_bytes);
    emk_send_u32(model->weights_bytes);
    emk_send_u16(model->input_count);
    emk_send_u16(model->output_count);
    emk_send_u16(model->step_count);
    emk_send_u16(model->step_cycles ? 1u : 0u);
    emk_send_string(model->name);
    send_tensors(model->inputs, model->input_count);
    send_tensors(model->outputs, model->output_count);
    for (i = 0; i < model->step_count; i++) {
        emk_send_string(model->step_names ? model->step_names[i] : 0);
    }
}

static void answer_info(void) {
    /* The length goes first: count what would be sent, then send it. */
    emk_link.counted = emk_link.sent_from = emk_link.sent_until = 0;
    emk_link.counting = 1;
    emk_send_info();
    emk_link.counting = 0;
    emk_frame_begin(EMK_FRAME_ANSWER | EMK_FRAME_INFO, emk_link.counted);
    emk_send_info();
    emk_frame_end();
}

static void answer_profile(void) {
    const emk_model *model = emk_link.model;
    const uint32_t count = model->step_cycles ? model->step_count : 0u;
    uint32_t i;
    emk_frame_begin(EMK_FRAME_ANSWER | EMK_FRAME_PROFILE, 4u * count);
    for (i = 0; i < count; i++) emk_send_u32(model->step_cycles[i]);
    emk_frame_end();
}

static void answer_memory(void) {
    emk_frame_begin(EMK_FRAME_ANSWER | EMK_FRAME_MEMORY, 8);
    emk_send_u32(emk_port_stack_bytes());
    emk_send_u32(emk_port_stack_high_water());
    emk_frame_end();
}

/* Never a wrong answer in silence: once this has found something, no inference is answered until a
 * later check finds nothing. The stack's canary is only mended by a reset. */
static void check_weights(void) {
    const emk_model *model = emk_link.model;
    if (emk_link.fault == EMK_FRAME_BAD_STACK) return;
    emk_link.weights_crc = emk_weights_crc(model);
    emk_link.fault =
        emk_link.weights_crc == model->weights_crc ? 0u : (uint8_t)EMK_FRAME_BAD_WEIGHTS;
}

void emk_check_stack(void) {
    if (!emk_port_stack_intact()) emk_link.fault = EMK_FRAME_BAD_STACK;
}

void emk_answer_fault(void) {
    emk_answer_error(emk_link.fault, emk_link.fault == EMK_FRAME_BAD_WEIGHTS
                                         ? emk_link.weights_crc
                                         : emk_port_stack_bytes());
}

static void answer_check(void) {
    check_weights();
    emk_check_stack();
    emk_frame_begin(EMK_FRAME_ANSWER | EMK_FRAME_CHECK, 12);
    emk_send_u8(emk_link.fault);
    emk_send_u8(0);
    emk_send_u16(0);
    emk_send_u32(emk_link.model->weights_crc);
    emk_send_u32(emk_link.weights_crc);
    emk_frame_end();
}

static void answer_ping(uint32_t length) {
    emk_frame_begin(EMK_FRAME_ANSWER | EMK_FRAME_PING, length);
    emk_send_bytes(emk_link.payload, length);
    emk_frame_end();
}

static void send_outputs(uint8_t as_float) {
    const emk_model *model = emk_link.model;
    uint32_t i;
    uint32_t element;
    for (i = 0; i < model->output_count; i++) {
        const emk_tensor *output = &model->outputs[i];
        if (!as_float) {
            emk_send_bytes(output->data, output->bytes);
            continue;
        }
        for (element = 0; element < element_count(output); element++) {
            emk_send_float(element_as_float(output, element));
        }
    }
}

static void answer_run(void) {
    const emk_model *model = emk_link.model;
    const uint8_t as_float = emk_link.payload[0] & RUN_AS_FLOAT;
    uint32_t length = 4;
    uint32_t cycles;
    uint32_t i;
    if (emk_link.fault) {
        emk_answer_fault();
        return;
    }
    for (i = 0; i < model->output_count; i++) {
        if (as_float && !has_float_form(&model->outputs[i])) {
            emk_answer_error(EMK_FRAME_BAD_TYPE, i);
            return;
        }
        length += as_float ? 4u * element_count(&model->outputs[i]) : model->outputs[i].bytes;
    }
    emk_link.tracing = (emk_link.payload[0] & RUN_TRACED) ? 1u : 0u;
    cycles = emk_measured_run();
    emk_link.tracing = 0;
    emk_check_stack();
    if (emk_link.fault) {
        emk_answer_fault();
        return;
    }
    emk_frame_begin(EMK_FRAME_ANSWER | EMK_FRAME_RUN, length);
    emk_send_u32(cycles);
    send_outputs(as_float);
    emk_frame_end();
}

static uint32_t run_length(void) {
    uint32_t length = RUN_HEADER_BYTES;
    uint32_t i;
    for (i = 0; i < emk_link.model->input_count; i++) length += emk_link.model->inputs[i].bytes;
    return length;
}

/* Receives a run's payload: the inputs go straight to their places. */
static int receive_run(void) {
    const emk_model *model = emk_link.model;
    uint32_t i;
    if (!emk_receive_bytes(emk_link.payload, RUN_HEADER_BYTES)) return 0;
    for (i = 0; i < model->input_count; i++) {
        if (!emk_receive_bytes(model->inputs[i].data, model->inputs[i].bytes)) return 0;
    }
    return 1;
}

static int receive_payload(uint32_t length) {
    const uint32_t limit = EMK_PAYLOAD_BYTES;
    const uint32_t kept = length < limit ? length : limit;
    if (emk_link.header[1] == EMK_FRAME_RUN && length == run_length()) {
        emk_link.has_executed = 0;
        return receive_run();
    }
    return emk_receive_bytes(emk_link.payload, kept) && emk_receive_bytes(0, length - kept);
}

static void answer(uint8_t command, uint32_t length) {
    /* Ping takes any length that can be kept, the others one only. */
    uint32_t expected = command == EMK_FRAME_RUN ? run_length() : 0u;
    if (command == EMK_FRAME_PING) {
        expected = length < EMK_PING_BYTES ? length : (uint32_t)EMK_PING_BYTES;
    }
    if (emk_link.header[0] != EMK_FRAME_VERSION) {
        emk_answer_error(EMK_FRAME_BAD_VERSION, EMK_FRAME_VERSION);
        return;
    }
    if (command < EMK_FRAME_PING || command > EMK_FRAME_READ) {
        emk_answer_error(EMK_FRAME_BAD_COMMAND, 0);
        return;
    }
    if (command >= EMK_FRAME_WRITE) {
        emk_serve_block(command);
        return;
    }
    if (length != expected) {
        emk_answer_error(EMK_FRAME_BAD_LENGTH, expected);
        return;
    }
    switch (command) {
        case EMK_FRAME_PING:
            answer_ping(length);
            break;
        case EMK_FRAME_INFO:
            answer_info();
            break;
        case EMK_FRAME_RUN:
            answer_run();
            break;
        case EMK_FRAME_PROFILE:
            answer_profile();
            break;
        case EMK_FRAME_MEMORY:
            answer_memory();
            break;
        default:
            answer_check();
            break;
    }
}

/* A length that no request has tells a damaged header at once: the device would wait in vain for
 * the rest. What follows is noise until the next marker. */
static int is_plausible(uint32_t length) {
    const uint8_t command = emk_link.header[1];
    const uint32_t block_bytes = emk_block_request_bytes(command);
    if (block_bytes != EMK_NO_BLOCK) return length == block_bytes;
    return length <= EMK_PAYLOAD_BYTES || (command == EMK_FRAME_RUN && length == run_length());
}

/* Serves one frame whose marker has been read. */
static void serve_frame(void) {
    uint32_t length;
    int right;
    uint8_t i;
    emk_link.crc = 0xFFFFFFFFu;
    for (i = 0; i < EMK_FRAME_MARKER_BYTES; i++) {
        emk_link.crc = emk_crc32_step(emk_link.crc, emk_frame_marker[i]);
    }
    if (!emk_receive_bytes(emk_link.header, EMK_FRAME_HEADER_BYTES)) return;
    length = emk_load_u32(emk_link.header + 4);
    if (!is_plausible(length)) {
        if (emk_link.header[1] != EMK_FRAME_WRITE) emk_answer_error(EMK_FRAME_BAD_CRC, 0);
        return;
    }
    right = receive_payload(length) ? emk_receive_crc() : -1;
    if (right > 0) {
        emk_link.framed = 1;
        answer(emk_link.header[1], length);
    } else if (emk_link.header[1] != EMK_FRAME_WRITE) {
        emk_answer_error(right == 0 ? EMK_FRAME_BAD_CRC : EMK_FRAME_TRUNCATED, 0);
    }
}

/* ---- classic protocol ---- */

static void answer_sync(void) {
    emk_port_write(SYNC_ANSWER);
    emk_link.classic = CLASSIC_SYNCED;
}

/* `first` is 0xAB where an image could begin, and images do begin so: the float 1/3 does. A host
 * that asks for synchronisation waits for the answer, so what follows at once is an image; before
 * the first image a second 0xAB is a request that had queued up. \returns 1 when it was a request
 */
static int is_sync_request(uint8_t first) {
    int32_t next;
    uint8_t both[2];
    if (first != SYNC_REQUEST) return 0;
    if (emk_link.classic == CLASSIC_OFF) return 1;
    next = emk_link_read(NEXT_BYTE_MS);
    if (next < 0) return 1;
    both[0] = first;
    both[1] = (uint8_t)next;
    if (emk_link.classic == CLASSIC_SYNCED && next == SYNC_REQUEST) {
        unread(both + 1, 1);
        return 1;
    }
    unread(both, 2);
    return 0;
}

static uint8_t as_byte(float probability) {
    const float scaled = probability * 255.0f;
    if (!(scaled > 0.0f)) return 0; /* a NaN, too */
    return scaled >= 255.0f ? 255u : (uint8_t)scaled;
}

static void serve_image(void) {
    const emk_tensor *input = &emk_link.model->inputs[0];
    const emk_tensor *output = &emk_link.model->outputs[0];
    uint32_t i;
    if (!emk_receive_bytes(input->data, input->bytes)) {
        emk_link.classic = CLASSIC_OFF;
        return;
    }
    emk_link.classic = CLASSIC_IMAGES;
    emk_link.has_executed = 0;
    (void)emk_measured_run();
    emk_check_stack();
    if (emk_link.fault) return;
    for (i = 0; i < element_count(output); i++) {
        emk_port_write(has_float_form(output) ? as_byte(element_as_float(output, i)) : 0u);
    }
}

/* Reads on while the bytes are the marker's: 1 when all of it came, else they are put back. */
static int is_marker(uint8_t first) {
    uint8_t bytes[EMK_FRAME_MARKER_BYTES];
    uint8_t count = 1;
    bytes[0] = first;
    while (bytes[count - 1u] == emk_frame_marker[count - 1u]) {
        int32_t next;
        if (count == EMK_FRAME_MARKER_BYTES) return 1;
        next = emk_link_read(NEXT_BYTE_MS);
        if (next < 0) break;
        bytes[count++] = (uint8_t)next;
    }
    unread(bytes, count);
    return 0;
}

/* Between frames, 0xAB may be what is left of a damaged one: a request is followed by silence. */
static int is_noise(uint8_t first) {
    int32_t next;
    uint8_t byte;
    if (first != SYNC_REQUEST || emk_link.classic != CLASSIC_OFF || !emk_link.framed) return 0;
    next = emk_link_read(NEXT_BYTE_MS);
    if (next < 0) return 0;
    byte = (uint8_t)next;
    unread(&byte, 1);
    return 1;
}

static void serve_next(uint8_t first) {
    if (is_noise(first)) return;
    if (is_sync_request(first)) {
        if (!emk_link.fault) answer_sync(); /* this protocol has no other way to say no */
        return;
    }
    if (first != SYNC_REQUEST && is_marker(first)) {
        emk_link.classic = CLASSIC_OFF;
        serve_frame();
        return;
    }
    /* A sync byte that asked for none was put back: it is the image's first byte. */
    if (first == SYNC_REQUEST || emk_link.classic != CLASSIC_OFF) {
        serve_image();
        return;
    }
    (void)emk_link_read(NEXT_BYTE_MS); /* noise: drop what was put back first */
}

void emk_link_serve(const emk_model *model) {
    int32_t byte;
    emk_link.model = model;
    emk_link.ahead_count = 0;
    emk_link.classic = CLASSIC_OFF;
    emk_link.fault = 0;
    emk_link.framed = 0;
    emk_link.has_executed = 0;
    check_weights();
    for (;;) {
        byte = emk_link.ahead_count ? emk_link_read(NEXT_BYTE_MS) : emk_port_read();
        if (byte < 0) return;
        serve_next((uint8_t)byte);
    }
}
