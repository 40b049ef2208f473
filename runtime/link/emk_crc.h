/* CRC-32 (IEEE 802.3, reflected polynomial EDB88320): starts at 0xFFFFFFFF, inverted at the end.
 * C99, freestanding. */
#ifndef EMK_CRC_H
#define EMK_CRC_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The CRC with one more byte, or with more bytes. */
uint32_t emk_crc32_step(uint32_t crc, uint8_t byte);
uint32_t emk_crc32_bytes(uint32_t crc, const void *data, uint32_t bytes);

#ifdef __cplusplus
}
#endif

#endif /* EMK_CRC_H */
