#include "base/bytes.h"

#include <gtest/gtest.h>

#include <string_view>

namespace embark {
namespace {

std::span<const uint8_t> bytes_of(std::string_view text) {
    return {reinterpret_cast<const uint8_t *>(text.data()), text.size()};
}

TEST(Crc32, MatchesTheKnownVectors) {
    EXPECT_EQ(crc32({}), 0u);
    EXPECT_EQ(crc32(bytes_of("123456789")), 0xCBF43926u);  // the check value of CRC-32/ISO-HDLC
    EXPECT_EQ(crc32(bytes_of("a")), 0xE8B7BE43u);
    EXPECT_EQ(crc32(bytes_of("The quick brown fox jumps over the lazy dog")), 0x414FA339u);
    const std::vector<uint8_t> zeros(32, 0);
    EXPECT_EQ(crc32(zeros), 0x190A55ADu);
}

TEST(Crc32, ContinuesAnEarlierCall) {
    EXPECT_EQ(crc32(bytes_of("56789"), crc32(bytes_of("1234"))), 0xCBF43926u);
}

TEST(Fnv1a64, MatchesTheKnownVectors) {
    // From the authors' test suite (Fowler, Noll, Vo: draft-eastlake-fnv).
    EXPECT_EQ(fnv1a64({}), 0xcbf29ce484222325ull);
    EXPECT_EQ(fnv1a64(bytes_of("a")), 0xaf63dc4c8601ec8cull);
    EXPECT_EQ(fnv1a64(bytes_of("foobar")), 0x85944171f73967e8ull);
}

TEST(Fnv1a64, ContinuesAnEarlierCall) {
    EXPECT_EQ(fnv1a64(bytes_of("bar"), fnv1a64(bytes_of("foo"))), 0x85944171f73967e8ull);
}

TEST(Hex64, HasSixteenLowerCaseDigits) {
    EXPECT_EQ(hex64(0), "0000000000000000");
    EXPECT_EQ(hex64(0xABCDEF0123456789ull), "abcdef0123456789");
}

TEST(LittleEndian, AppendedValuesAreLoadedBackUnaligned) {
    std::vector<uint8_t> bytes{0xFF};
    append_le<uint32_t>(bytes, 0x12345678u);
    append_le<float>(bytes, 1.0f);
    append_le<int16_t>(bytes, -2);
    EXPECT_EQ(bytes, (std::vector<uint8_t>{0xFF, 0x78, 0x56, 0x34, 0x12, 0x00, 0x00, 0x80, 0x3F,
                                           0xFE, 0xFF}));
    EXPECT_EQ(load_le<uint32_t>(&bytes[1]), 0x12345678u);
    EXPECT_EQ(load_le<float>(&bytes[5]), 1.0f);
    EXPECT_EQ(load_le<int16_t>(&bytes[9]), -2);
}

}  // namespace
}  // namespace embark
