#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "base/bytes.h"
#include "target/frame.h"
#include "target/target.h"
#include "target/test/service.h"

namespace embark {
namespace {

using std::chrono::milliseconds;
using test::open_service;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr size_t kImage = 100;
const TargetTimeouts kShort{milliseconds(1200), milliseconds(1200), 3};

Bytes as_bytes(const std::vector<float> &values) {
    Bytes bytes;
    for (const float value : values) append_le(bytes, value);
    return bytes;
}

std::vector<Bytes> sample_inputs(float first = 0.5f) {
    std::vector<float> image(kImage);
    for (size_t i = 0; i < kImage; i++) image[i] = static_cast<float>(i) + first;
    return {as_bytes(image), Bytes{1, 2, 0xFC}};
}

void expect_sample_outputs(const std::vector<Bytes> &outputs) {
    ASSERT_EQ(outputs.size(), 2u);
    ASSERT_EQ(outputs[0].size(), kImage * sizeof(float));
    EXPECT_EQ(load_le<float>(&outputs[0][0]), 0.25f);
    EXPECT_EQ(load_le<float>(&outputs[0][396]), 49.75f);
    EXPECT_EQ(outputs[1], (Bytes{2, 3, 0xFD}));
}

/// Damages what passes through it.
class FaultyLink : public Link {
  public:
    explicit FaultyLink(std::unique_ptr<Link> inner) : inner_(std::move(inner)) {}
    Expected<size_t> read(std::span<uint8_t> buffer, milliseconds timeout) override {
        if (reads_before_stall >= 0) {
            buffer = buffer.first(std::min<size_t>(buffer.size(), 64));
            if (reads_before_stall-- == 0) stalls = 2;  // the wait for more, and the draining
        }
        if (stalls > 0) {
            --stalls;
            return make_error(ErrorCode::kTimeout, "late");
        }
        auto count = inner_->read(buffer, timeout);
        if (count.ok() && reads_to_damage > 0) {
            reads_to_damage--;
            buffer[*count - 1] ^= 0x10;
        }
        return count;
    }
    Status write(std::span<const uint8_t> bytes) override {
        Bytes sent(bytes.begin(), bytes.end());
        if (writes_to_damage > 0) {
            writes_to_damage--;
            sent[damaged_byte < 0 ? sent.size() - 6 : static_cast<size_t>(damaged_byte)] ^= 0x04;
        }
        if (writes_to_cut > 0) {
            writes_to_cut--;
            sent.resize(sent.size() / 2);
        }
        sent.insert(sent.begin(), noise.begin(), noise.end());
        return inner_->write(sent);
    }
    std::string name() const override { return "faulty"; }

    int writes_to_damage = 0, writes_to_cut = 0, reads_to_damage = 0;
    int reads_before_stall = -1, stalls = 0;  // small reads, then two that find nothing in time
    int damaged_byte = -1;                    // -1: in the payload's end
    Bytes noise;                              // before every write

  private:
    std::unique_ptr<Link> inner_;
};

struct FaultyService {
    FaultyLink *link = nullptr;
    std::unique_ptr<TargetClient> client;
};

FaultyService open_faulty(const std::string &define = "") {
    auto link =
        std::make_unique<FaultyLink>(define.empty() ? open_service() : open_service(define));
    FaultyService service;
    service.link = link.get();
    service.client = std::make_unique<TargetClient>(std::move(link), kShort);
    EXPECT_TRUE(service.client->info().ok());
    return service;
}

TEST(TargetClient, InfoTellsAllOfTheModel) {
    TargetClient client(open_service());
    const auto info = client.info();
    ASSERT_TRUE(info.ok()) << to_string(info.error());
    EXPECT_EQ(info->model_name, "dummy");
    EXPECT_EQ(info->model_hash, 0x123456789ABCDEF0u);
    EXPECT_EQ(info->protocol_version, 1u);
    EXPECT_EQ(info->clock_hz, 1000000000u);
    EXPECT_EQ(info->arena_bytes, 800u);
    ASSERT_EQ(info->inputs.size(), 2u);
    ASSERT_EQ(info->outputs.size(), 2u);
    EXPECT_EQ(info->inputs[0].name, "image");
    EXPECT_THAT(info->inputs[0].shape, ElementsAre(1, 10, 10));
    EXPECT_EQ(info->inputs[0].bytes, 400u);
    EXPECT_EQ(info->outputs[1].type, 2);
    EXPECT_EQ(info->outputs[1].scale, 0.5f);
    EXPECT_EQ(info->outputs[1].zero_point, -1);
    EXPECT_THAT(info->step_names, ElementsAre("halve", "", "add one"));
}

TEST(TargetClient, RunGivesOutputsAndCyclesTimeAndAgain) {
    TargetClient client(open_service());
    for (int i = 0; i < 3; i++) {
        const auto result = client.run(sample_inputs());
        ASSERT_TRUE(result.ok()) << to_string(result.error());
        expect_sample_outputs(result->outputs);
        EXPECT_GT(result->cycles, 0u);
    }
}

TEST(TargetClient, RunAsFloatDequantises) {
    TargetClient client(open_service());
    const auto result = client.run_float(sample_inputs());
    ASSERT_TRUE(result.ok()) << to_string(result.error());
    ASSERT_EQ(result->outputs.size(), 2u);
    EXPECT_EQ(result->outputs[0][99], 49.75f);
    EXPECT_THAT(result->outputs[1], ElementsAre(1.5f, 2.0f, -1.0f));
}

TEST(TargetClient, PingIsEchoed) {
    TargetClient client(open_service());
    const Status status = client.ping();
    EXPECT_TRUE(status.ok()) << to_string(status.error());
}

TEST(TargetClient, ProfileAddsUpPiecesOfAStep) {
    TargetClient client(open_service("EMK_PROFILE"));
    ASSERT_TRUE(client.run(sample_inputs()).ok());
    const auto result = client.run(sample_inputs());
    ASSERT_TRUE(result.ok());
    const auto cycles = client.profile();
    ASSERT_TRUE(cycles.ok()) << to_string(cycles.error());
    ASSERT_EQ(cycles->size(), 3u);
    EXPECT_GT((*cycles)[0], 0u);
    EXPECT_EQ((*cycles)[1], 0u);
    EXPECT_GT((*cycles)[2], 0u);
    EXPECT_LE((*cycles)[0] + (*cycles)[2], result->cycles);
}

TEST(TargetClient, ProfileIsEmptyWithoutProfiling) {
    TargetClient client(open_service());
    const auto cycles = client.profile();
    ASSERT_TRUE(cycles.ok());
    EXPECT_TRUE(cycles->empty());
}

TEST(TargetClient, MemoryOfAHostProcessIsUnknown) {
    TargetClient client(open_service());
    const auto memory = client.memory();
    ASSERT_TRUE(memory.ok());
    EXPECT_EQ(memory->stack_bytes, 0u);
}

TEST(TargetClient, CheckFindsIntactWeights) {
    TargetClient client(open_service());
    const auto check = client.check();
    ASSERT_TRUE(check.ok()) << to_string(check.error());
    EXPECT_TRUE(check->intact());
    EXPECT_EQ(check->found_crc, 0xB63CFBCDu);
}

TEST(TargetClient, DamagedWeightsEndInferences) {
    TargetClient client(open_service());
    ASSERT_TRUE(client.run(sample_inputs(-3.0f)).ok());
    const auto check = client.check();
    ASSERT_TRUE(check.ok()) << to_string(check.error());
    EXPECT_FALSE(check->intact());
    EXPECT_TRUE(check->stack_intact);
    EXPECT_NE(check->found_crc, check->expected_crc);
    const auto refused = client.run(sample_inputs());
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code, ErrorCode::kInvalid);
    EXPECT_THAT(to_string(refused.error()), HasSubstr("its weights are damaged"));
    EXPECT_TRUE(client.ping().ok());
    EXPECT_FALSE(client.check()->intact());
}

TEST(TargetClient, AnOverflowOfTheStackEndsInferencesForGood) {
    TargetClient client(open_service());
    const auto refused = client.run(sample_inputs(-5.0f));
    ASSERT_FALSE(refused.ok());
    EXPECT_THAT(to_string(refused.error()), HasSubstr("its stack has overflowed"));
    const auto check = client.check();
    ASSERT_TRUE(check.ok());
    EXPECT_FALSE(check->stack_intact);
    EXPECT_FALSE(client.run(sample_inputs()).ok());
}

TEST(TargetClient, TracedRunGivesEachTensorInOrder) {
    TargetClient client(open_service("EMK_TRACE"));
    std::vector<TracedTensor> tensors;
    const auto result = client.run_traced(
        sample_inputs(), [&](TracedTensor tensor) { tensors.push_back(std::move(tensor)); });
    ASSERT_TRUE(result.ok()) << to_string(result.error());
    expect_sample_outputs(result->outputs);
    ASSERT_EQ(tensors.size(), 2u);
    EXPECT_EQ(tensors[0].name, "scaled");
    EXPECT_EQ(tensors[0].step, 0u);
    EXPECT_EQ(tensors[0].data, result->outputs[0]);
    EXPECT_EQ(tensors[1].step, 2u);
    EXPECT_EQ(tensors[1].data, result->outputs[1]);
    // An ordinary run sends none.
    EXPECT_TRUE(client.run(sample_inputs()).ok());
}

TEST(TargetClient, TracedRunNeedsFirmwareThatTraces) {
    TargetClient client(open_service());
    const auto result = client.run_traced(sample_inputs(), [](TracedTensor) {});
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(result.error().code, ErrorCode::kUnsupported);
}

TEST(TargetClient, WrongInputsAreRefusedBeforeTheyAreSent) {
    TargetClient client(open_service());
    const auto few = client.run({});
    ASSERT_FALSE(few.ok());
    EXPECT_THAT(to_string(few.error()), HasSubstr("0 inputs given, the model has 2"));
    const auto small = client.run({Bytes(4), Bytes(3)});
    ASSERT_FALSE(small.ok());
    EXPECT_THAT(to_string(small.error()),
                HasSubstr("input 'image' has 4 bytes, the model expects 400"));
}

TEST(TargetClient, DamagedRequestIsRepeated) {
    FaultyService service = open_faulty();
    service.link->writes_to_damage = 2;
    const auto result = service.client->run(sample_inputs());
    ASSERT_TRUE(result.ok()) << to_string(result.error());
    expect_sample_outputs(result->outputs);
}

TEST(TargetClient, RequestWithDamagedHeaderIsRepeated) {
    for (const int byte : {0, 3, 4, 5, 6, 8, 9, 11}) {
        FaultyService service = open_faulty();
        service.link->writes_to_damage = 1;
        service.link->damaged_byte = byte;
        const auto result = service.client->run(sample_inputs());
        ASSERT_TRUE(result.ok()) << byte << ": " << to_string(result.error());
        expect_sample_outputs(result->outputs);
    }
}

TEST(TargetClient, CutOffRequestIsRepeated) {
    FaultyService service = open_faulty();
    service.link->writes_to_cut = 1;
    const auto result = service.client->run(sample_inputs());
    ASSERT_TRUE(result.ok()) << to_string(result.error());
    expect_sample_outputs(result->outputs);
}

TEST(TargetClient, DamagedAnswerIsAskedForAgain) {
    FaultyService service = open_faulty();
    service.link->reads_to_damage = 1;
    const auto result = service.client->run(sample_inputs());
    ASSERT_TRUE(result.ok()) << to_string(result.error());
    expect_sample_outputs(result->outputs);
}

TEST(TargetClient, TracesOfALateAnswerAreNotThoseOfTheNext) {
    for (int place = 1; place < 24; ++place) {
        FaultyService service = open_faulty("EMK_TRACE");
        service.link->reads_before_stall = place;
        size_t tensors = 0;
        const auto result =
            service.client->run_traced(sample_inputs(), [&](const TracedTensor &) { ++tensors; });
        ASSERT_TRUE(result.ok()) << to_string(result.error());
        expect_sample_outputs(result->outputs);
        EXPECT_EQ(tensors, 2u) << place;
    }
}

TEST(TargetClient, NoiseBeforeFramesIsSkipped) {
    FaultyService service = open_faulty();
    for (const Bytes &noise : {Bytes{0x00, 0xFF}, Bytes{0x45}, Bytes{0x45, 0x4D, 0xCB},
                               Bytes{0x45, 0x45, 0x4D, 0x45}, Bytes{0xCD, 0x0A}}) {
        service.link->noise = noise;
        const auto result = service.client->run(sample_inputs());
        ASSERT_TRUE(result.ok()) << to_string(result.error());
        expect_sample_outputs(result->outputs);
    }
}

TEST(TargetClient, GivesUpOnALineThatDamagesEverything) {
    FaultyService service = open_faulty();
    service.link->writes_to_damage = 100;
    const auto result = service.client->run(sample_inputs());
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(result.error().code, ErrorCode::kIo);
    EXPECT_THAT(to_string(result.error()), HasSubstr("the request was damaged on its way"));
    EXPECT_THAT(to_string(result.error()), HasSubstr("gave up after 31 attempts"));
}

TEST(TargetClient, TellsThatTheProcessDied) {
    TargetClient client(open_service(), kShort);
    ASSERT_TRUE(client.info().ok());
    const auto result = client.run(sample_inputs(-1.0f));
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(result.error().code, ErrorCode::kIo);
    EXPECT_THAT(result.error().message, HasSubstr("ended with status 7"));
}

TEST(TargetClient, TimesOutWhenTheRunHangs) {
    TargetClient client(open_service(), {milliseconds(200), milliseconds(200), 1});
    ASSERT_TRUE(client.info().ok());
    const auto result = client.run(sample_inputs(-2.0f));
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(result.error().code, ErrorCode::kTimeout);
    EXPECT_THAT(to_string(result.error()), HasSubstr("gave up after 2 attempts"));
}

TEST(TargetClient, TimesOutWhenNobodySpeaksTheProtocol) {
    auto link = PipeLink::open({"sleep", "60"});
    ASSERT_TRUE(link.ok());
    TargetClient client(std::move(*link), {milliseconds(50), milliseconds(50), 1});
    const auto info = client.info();
    ASSERT_FALSE(info.ok());
    EXPECT_EQ(info.error().code, ErrorCode::kTimeout);
    EXPECT_THAT(to_string(info.error()), HasSubstr("is the firmware one of embark's"));
}

/// Sends one frame, reads one.
Frame exchange(Link &link, const Frame &request) {
    EXPECT_TRUE(link.write(encode_frame(request)).ok());
    FrameScanner scanner;
    uint8_t chunk[256];
    while (true) {
        if (auto frame = scanner.next()) return *frame;
        const auto count = link.read(chunk, milliseconds(5000));
        EXPECT_TRUE(count.ok());
        if (!count.ok()) return {};
        scanner.append(std::span(chunk).first(*count));
    }
}

TEST(Service, RefusesWhatItDoesNotKnowWithACode) {
    auto link = open_service();
    const Frame unknown = exchange(*link, {1, 0x42, 7, {1, 2, 3}});
    EXPECT_EQ(unknown.command, 0xFF);
    EXPECT_EQ(unknown.sequence, 7);
    EXPECT_EQ(unknown.payload, (Bytes{2, 0x42, 0, 0, 0, 0, 0, 0}));
    const Frame version = exchange(*link, {9, 0x01, 8, {}});
    EXPECT_EQ(version.payload, (Bytes{3, 0x01, 0, 0, 1, 0, 0, 0}));
    const Frame length = exchange(*link, {1, 0x03, 9, Bytes(20)});
    EXPECT_EQ(length.payload, (Bytes{4, 0x03, 0, 0, 0x97, 1, 0, 0}));  // 4 + 400 + 3
    const Frame ping = exchange(*link, {1, 0x01, 10, Bytes(17)});
    EXPECT_EQ(ping.payload, (Bytes{4, 0x01, 0, 0, 16, 0, 0, 0}));
    EXPECT_EQ(exchange(*link, {1, 0x01, 11, Bytes(16, 5)}).payload, Bytes(16, 5));
}

TEST(FrameScanner, FindsFramesInPieces) {
    const Bytes bytes = encode_frame({1, 0x82, 300, {1, 2, 3}});
    FrameScanner scanner;
    scanner.append(Bytes{0x45, 0x00});
    for (size_t i = 0; i + 1 < bytes.size(); i++) {
        scanner.append(std::span(bytes).subspan(i, 1));
        EXPECT_FALSE(scanner.next().has_value());
    }
    EXPECT_TRUE(scanner.in_frame());
    scanner.append(std::span(bytes).last(1));
    const auto frame = scanner.next();
    ASSERT_TRUE(frame.has_value());
    EXPECT_EQ(frame->sequence, 300);
    EXPECT_EQ(frame->payload, (Bytes{1, 2, 3}));
    EXPECT_FALSE(scanner.in_frame());
}

TEST(FrameScanner, DropsADamagedFrameAndFindsTheNext) {
    Bytes bytes = encode_frame({1, 0x82, 1, {1, 2, 3}});
    bytes[13] ^= 1;
    const Bytes good = encode_frame({1, 0x82, 2, {}});
    FrameScanner scanner;
    scanner.append(bytes);
    scanner.append(good);
    const auto frame = scanner.next();
    ASSERT_TRUE(frame.has_value());
    EXPECT_EQ(frame->sequence, 2);
    EXPECT_EQ(scanner.damaged(), 1);
}

}  // namespace
}  // namespace embark
