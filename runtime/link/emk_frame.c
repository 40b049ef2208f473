#include "emk_frame.h"

#include "emk/port.h"
#include "emk_crc.h"

emk_link_state emk_link;

/* "EM", 0xCB, 0xFF: as a little-endian float32 a NaN, so no sane float image begins with it. */
const uint8_t emk_frame_marker[EMK_FRAME_MARKER_BYTES] = {0x45, 0x4D, 0xCB, 0xFF};

int32_t emk_link_read(uint32_t milliseconds) {
    uint8_t first;
    uint8_t i;
    if (emk_link.ahead_count == 0u) return emk_port_read_within(milliseconds);
    first = emk_link.ahead[0];
    emk_link.ahead_count--;
    for (i = 0; i < emk_link.ahead_count; i++) emk_link.ahead[i] = emk_link.ahead[i + 1u];
    return first;
}

void emk_send_u8(uint8_t value) {
    if (emk_link.counting) {
        const uint32_t place = emk_link.counted++;
        if (place < emk_link.sent_from || place >= emk_link.sent_until) return;
    }
    emk_link.crc = emk_crc32_step(emk_link.crc, value);
    emk_port_write(value);
}

void emk_send_bytes(const void *data, uint32_t bytes) {
    const uint8_t *next = (const uint8_t *)data;
    uint32_t i;
    for (i = 0; i < bytes; i++) emk_send_u8(next[i]);
}

void emk_send_u16(uint16_t value) {
    emk_send_u8((uint8_t)(value & 0xFFu));
    emk_send_u8((uint8_t)(value >> 8));
}

void emk_send_u32(uint32_t value) {
    emk_send_u16((uint16_t)(value & 0xFFFFu));
    emk_send_u16((uint16_t)(value >> 16));
}

void emk_send_float(float value) {
    emk_send_bytes(&value, (uint32_t)sizeof value);
}

void emk_send_string(const char *text) {
    uint16_t length = 0;
    if (text) {
        while (text[length] != '\0' && length < 0xFFFFu) length++;
    }
    emk_send_u16(length);
    emk_send_bytes(text, length);
}

void emk_frame_begin(uint8_t command, uint32_t length) {
    emk_link.crc = 0xFFFFFFFFu;
    emk_send_bytes(emk_frame_marker, EMK_FRAME_MARKER_BYTES);
    emk_send_u8(EMK_FRAME_VERSION);
    emk_send_u8(command);
    emk_send_bytes(emk_link.header + 2, 2); /* the sequence number */
    emk_send_u32(length);
}

void emk_frame_end(void) {
    emk_send_u32(emk_link.crc ^ 0xFFFFFFFFu);
}

int emk_receive_bytes(void *data, uint32_t bytes) {
    uint8_t *next = (uint8_t *)data;
    uint32_t i;
    for (i = 0; i < bytes; i++) {
        const int32_t byte = emk_link_read(EMK_PAUSE_MS);
        if (byte < 0) return 0;
        emk_link.crc = emk_crc32_step(emk_link.crc, (uint8_t)byte);
        if (next) next[i] = (uint8_t)byte;
    }
    return 1;
}

int emk_receive_crc(void) {
    const uint32_t expected = emk_link.crc ^ 0xFFFFFFFFu;
    uint32_t received = 0;
    uint32_t shift;
    for (shift = 0; shift < 32u; shift += 8u) {
        const int32_t byte = emk_link_read(EMK_PAUSE_MS);
        if (byte < 0) return -1;
        received |= (uint32_t)byte << shift;
    }
    return received == expected;
}
