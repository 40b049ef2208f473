#include "emk_crc.h"

#include "emk/model.h"

/* The CRC of four zero-extended bits: a sixteenth of the usual table at twice its time. */
static const uint32_t crc_table[16] = {0x00000000u, 0x1DB71064u, 0x3B6E20C8u, 0x26D930ACu,
                                       0x76DC4190u, 0x6B6B51F4u, 0x4DB26158u, 0x5005713Cu,
                                       0xEDB88320u, 0xF00F9344u, 0xD6D6A3E8u, 0xCB61B38Cu,
                                       0x9B64C2B0u, 0x86D3D2D4u, 0xA00AE278u, 0xBDBDF21Cu};

uint32_t emk_crc32_step(uint32_t crc, uint8_t byte) {
    crc ^= byte;
    crc = (crc >> 4) ^ crc_table[crc & 15u];
    crc = (crc >> 4) ^ crc_table[crc & 15u];
    return crc;
}

uint32_t emk_crc32_bytes(uint32_t crc, const void *data, uint32_t bytes) {
    const uint8_t *next = (const uint8_t *)data;
    const uint8_t *const end = next + bytes;
    while (next != end) {
        crc ^= *next++;
        crc = (crc >> 4) ^ crc_table[crc & 15u];
        crc = (crc >> 4) ^ crc_table[crc & 15u];
    }
    return crc;
}

uint32_t emk_weights_crc(const emk_model *model) {
    uint32_t crc = 0xFFFFFFFFu;
    uint32_t i;
    for (i = 0; i < model->weights_count; i++) {
        crc = emk_crc32_bytes(crc, model->weights[i].data, model->weights[i].bytes);
    }
    return crc ^ 0xFFFFFFFFu;
}
