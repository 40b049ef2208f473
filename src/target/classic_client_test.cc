#include "target/classic_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/bytes.h"
#include "target/frame.h"
#include "target/target.h"
#include "target/test/service.h"

namespace embark {
namespace {

using std::chrono::milliseconds;
using test::open_service;

constexpr size_t kImage = 100;

Bytes image_of(float first, float rest) {
    Bytes bytes;
    append_le(bytes, first);
    for (size_t i = 1; i < kImage; i++) append_le(bytes, rest);
    return bytes;
}

void write(Link &link, std::initializer_list<uint8_t> bytes) {
    ASSERT_TRUE(link.write(Bytes(bytes)).ok());
}

/// All that comes until the line is silent.
Bytes read_all(Link &link, milliseconds silence = milliseconds(250)) {
    Bytes all;
    uint8_t chunk[512];
    while (true) {
        const auto count = link.read(chunk, silence);
        if (!count.ok()) return all;
        all.insert(all.end(), chunk, chunk + *count);
    }
}

TEST(Classic, SynchronisesOnceAndClassifiesManyImages) {
    ClassicClient client(open_service());
    ASSERT_TRUE(client.synchronise().ok());
    for (const float value : {0.2f, 0.5f, 1.0f}) {
        const auto answer = client.classify(image_of(value, 2 * value), kImage);
        ASSERT_TRUE(answer.ok()) << to_string(answer.error());
        EXPECT_EQ((*answer)[0], static_cast<uint8_t>(value / 2 * 255));
        EXPECT_EQ((*answer)[99], static_cast<uint8_t>(value * 255));
    }
}

TEST(Classic, ProbabilitiesAreTruncatedAndClamped) {
    ClassicClient client(open_service());
    ASSERT_TRUE(client.synchronise().ok());
    Bytes image = image_of(-0.5f, 4.0f);
    const float nan = __builtin_nanf("");
    std::memcpy(&image[4], &nan, sizeof nan);
    const float almost = 1.999f;
    std::memcpy(&image[8], &almost, sizeof almost);
    const auto answer = client.classify(image, kImage);
    ASSERT_TRUE(answer.ok());
    EXPECT_EQ((*answer)[0], 0);
    EXPECT_EQ((*answer)[1], 0);
    EXPECT_EQ((*answer)[2], 254);
    EXPECT_EQ((*answer)[3], 255);
}

TEST(Classic, ImageMayBeginWithTheSynchronisationByte) {
    // 85/255 and 170/255 do: 0x3EAAAAAB, 0x3F2AAAAB.
    ClassicClient client(open_service());
    ASSERT_TRUE(client.synchronise().ok());
    for (const float value : {85.0f / 255, 170.0f / 255, 85.0f / 255}) {
        const Bytes image = image_of(value, 1.0f);
        ASSERT_EQ(image[0], 0xAB);
        const auto answer = client.classify(image, kImage);
        ASSERT_TRUE(answer.ok()) << to_string(answer.error());
        EXPECT_EQ((*answer)[0], static_cast<uint8_t>(value / 2 * 255));
        EXPECT_EQ((*answer)[99], 127);
    }
}

TEST(Classic, QueuedSynchronisationBytesAreEachAnswered) {
    auto link = open_service();
    write(*link, {0xAB, 0xAB, 0xAB});
    EXPECT_EQ(read_all(*link), (Bytes{0xCD, 0xCD, 0xCD}));
}

TEST(Classic, HostMaySynchroniseAgainBetweenImages) {
    ClassicClient client(open_service());
    ASSERT_TRUE(client.synchronise().ok());
    ASSERT_TRUE(client.classify(image_of(1, 1), kImage).ok());
    ASSERT_TRUE(client.synchronise().ok());
    const auto answer = client.classify(image_of(1, 1), kImage);
    ASSERT_TRUE(answer.ok());
    EXPECT_EQ((*answer)[5], 127);
}

TEST(Classic, ImageThatStopsInTheMiddleIsGivenUp) {
    ClassicClient client(open_service());
    ASSERT_TRUE(client.synchronise().ok());
    write(client.link(), {1, 2, 3, 4, 5, 6, 7});
    ASSERT_TRUE(client.synchronise().ok());
    const auto answer = client.classify(image_of(1, 1), kImage);
    ASSERT_TRUE(answer.ok());
    EXPECT_EQ((*answer)[5], 127);
}

TEST(Classic, NoiseBeforeSynchronisationIsIgnored) {
    auto link = open_service();
    write(*link, {0x00, 0x45, 0x4D, 0x99, 0x45, 0xAB});
    EXPECT_EQ(read_all(*link), Bytes{0xCD});
}

TEST(Classic, FramedRequestsAreUnderstoodAfterClassicOnes) {
    auto link = open_service();
    Link &line = *link;
    TargetClient client(std::move(link));
    write(line, {0xAB});
    EXPECT_EQ(read_all(line), Bytes{0xCD});
    EXPECT_TRUE(client.info().ok());
    write(line, {0xAB});
    EXPECT_EQ(read_all(line), Bytes{0xCD});
    ASSERT_TRUE(line.write(image_of(1, 1)).ok());
    EXPECT_EQ(read_all(line).size(), kImage);
    EXPECT_TRUE(client.memory().ok());
}

TEST(Classic, ComesAfterFramesToo) {
    auto link = open_service();
    ASSERT_TRUE(link->write(encode_frame({kFrameVersion, 0x01, 1, {}})).ok());
    EXPECT_FALSE(read_all(*link).empty());
    ClassicClient client(std::move(link));
    ASSERT_TRUE(client.synchronise().ok());
    const auto answer = client.classify(image_of(0.5f, 1.0f), kImage);
    ASSERT_TRUE(answer.ok()) << to_string(answer.error());
    EXPECT_EQ((*answer)[99], 127);
}

TEST(Classic, TakesNoRestOfADamagedFrameForARequest) {
    auto link = open_service();
    ASSERT_TRUE(link->write(encode_frame({kFrameVersion, 0x01, 1, {}})).ok());
    EXPECT_FALSE(read_all(*link).empty());
    write(*link, {0xAB, 0xAB, 0x01, 0x02, 0xAB, 0x00});
    EXPECT_TRUE(read_all(*link).empty());
    // Nor is an image awaited: the next frame is answered at once.
    ASSERT_TRUE(link->write(encode_frame({kFrameVersion, 0x01, 2, {}})).ok());
    EXPECT_FALSE(read_all(*link).empty());
}

TEST(Classic, SaysThatNobodyAnswers) {
    auto link = PipeLink::open({"sleep", "60"});
    ASSERT_TRUE(link.ok());
    ClassicClient client(std::move(*link));
    const Status status = client.synchronise(1);
    ASSERT_FALSE(status.ok());
    EXPECT_EQ(status.error().code, ErrorCode::kTimeout);
    EXPECT_THAT(status.error().message, testing::HasSubstr("no answer 0xCD to 1 bytes 0xAB"));
}

}  // namespace
}  // namespace embark
