#include "base/bytes.h"

#include <fmt/format.h>

#include <array>
#include <bit>

namespace embark {

static_assert(std::endian::native == std::endian::little);

namespace {

constexpr std::array<uint32_t, 256> make_crc_table() {
    std::array<uint32_t, 256> table{};
    for (uint32_t i = 0; i < 256; ++i) {
        uint32_t value = i;
        for (int bit = 0; bit < 8; ++bit) value = (value >> 1) ^ ((value & 1) ? 0xEDB88320u : 0u);
        table[i] = value;
    }
    return table;
}

constexpr std::array<uint32_t, 256> kCrcTable = make_crc_table();

}  // namespace

uint32_t crc32(std::span<const uint8_t> bytes, uint32_t crc) {
    crc = ~crc;
    for (const uint8_t byte : bytes) crc = (crc >> 8) ^ kCrcTable[(crc ^ byte) & 0xFF];
    return ~crc;
}

uint64_t fnv1a64(std::span<const uint8_t> bytes, uint64_t hash) {
    for (const uint8_t byte : bytes) hash = (hash ^ byte) * 0x100000001b3ull;
    return hash;
}

std::string hex64(uint64_t value) {
    return fmt::format("{:016x}", value);
}

}  // namespace embark
