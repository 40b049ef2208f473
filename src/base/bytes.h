#pragma once
// Little-endian access and check sums.

#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <vector>

namespace embark {

/// Reads a trivially copyable value at \p data, which need not be aligned. embark's files, links
/// and targets are little-endian, and so is every host that it is built for.
template <typename T>
T load_le(const uint8_t *data) {
    T value;
    std::memcpy(&value, data, sizeof value);
    return value;
}

template <typename T>
void append_le(std::vector<uint8_t> &bytes, T value) {
    uint8_t raw[sizeof value];
    std::memcpy(raw, &value, sizeof value);
    bytes.insert(bytes.end(), raw, raw + sizeof value);
}

/// CRC-32 (IEEE 802.3, reflected, polynomial 0xEDB88320). \p crc continues an earlier call.
uint32_t crc32(std::span<const uint8_t> bytes, uint32_t crc = 0);

/// FNV-1a, 64 bit: the identity of a model in generated files and on the link; not cryptographic.
uint64_t fnv1a64(std::span<const uint8_t> bytes, uint64_t hash = 0xcbf29ce484222325ull);

/// 16 lower-case hexadecimal digits.
std::string hex64(uint64_t value);

}  // namespace embark
