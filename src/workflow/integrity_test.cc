// What a firmware does about damaged flash and an overflown stack, on the virtual board; that
// slices give the same bytes is in every test of generated code (model_program_testing.h).

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cfloat>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>

#include "base/bytes.h"
#include "import/importer.h"
#include "ops/registry.h"
#include "workflow/session.h"

namespace embark {
namespace {

using testing::HasSubstr;

const std::filesystem::path kData = std::filesystem::path(EMBARK_SOURCE_DIR) / "tests" / "data";

const Board &disco() {
    static const Board board = find_board("stm32l4r9i-disco").value();
    return board;
}

class Integrity : public testing::Test {
  protected:
    static void SetUpTestSuite() {
        const auto graph = import_model(kData / "tflite" / "kws_int8.tflite");
        model_ = std::make_unique<PreparedModel>(prepare_model(graph.value(), disco()).value());
        auto session = Session::open(*model_, parse_target("virtual:stm32l4r9i-disco").value());
        ASSERT_TRUE(session.ok()) << to_string(session.error());
        session_ = std::make_unique<Session>(std::move(*session));
    }
    static void TearDownTestSuite() {
        session_.reset();
        model_.reset();
    }

    /// The firmware on a board of its own, before its first instruction.
    static std::unique_ptr<VirtualLink> board() {
        return std::move(VirtualLink::open(disco(), session_->elf()).value());
    }

    static std::vector<Bytes> zeros() {
        return {Bytes(model_->graph.tensor(model_->graph.inputs[0]).type.bytes())};
    }

    static std::unique_ptr<PreparedModel> model_;
    static std::unique_ptr<Session> session_;
};
std::unique_ptr<PreparedModel> Integrity::model_;
std::unique_ptr<Session> Integrity::session_;

void flip(VirtualBoard &board, uint32_t address, int bit) {
    Bytes byte = board.read_memory(address, 1).value();
    byte[0] ^= static_cast<uint8_t>(1 << bit);
    ASSERT_TRUE(board.write_memory(address, byte).ok());
}

TEST_F(Integrity, WholeWeightsPassTheCheck) {
    const auto check = session_->client().check();
    ASSERT_TRUE(check.ok()) << to_string(check.error());
    EXPECT_TRUE(check->intact());
    EXPECT_TRUE(session_->client().run(zeros()).ok());
}

TEST_F(Integrity, AnyFlippedBitOfTheWeightsIsFoundAtStart) {
    std::mt19937 random(1);
    const uint32_t start = board()->board().symbol("emk_weights_start").value();
    const auto bytes = static_cast<uint32_t>(model_->footprint.flash.weights);
    for (int i = 0; i < 1000; ++i) {
        auto link = board();
        const uint32_t address = start + random() % bytes;
        const int bit = static_cast<int>(random() % 8);
        flip(link->board(), address, bit);
        TargetClient client(std::move(link));
        const auto result = client.run(zeros());
        ASSERT_FALSE(result.ok()) << "bit " << bit << " at " << address;
        ASSERT_THAT(result.error().message, HasSubstr("its weights are damaged"));
    }
}

TEST_F(Integrity, ADeadCanaryEndsInferences) {
    auto link = board();
    VirtualBoard &device = link->board();
    TargetClient client(std::move(link));
    ASSERT_TRUE(client.run(zeros()).ok());
    ASSERT_TRUE(device.write_memory(device.symbol("emk_stack_limit").value(), Bytes(4)).ok());
    const auto result = client.run(zeros());
    ASSERT_FALSE(result.ok());
    EXPECT_THAT(result.error().message, HasSubstr("its stack has overflowed"));
    EXPECT_FALSE(client.check()->stack_intact);
}

/// Damages every request that is longer than a block's.
class DamagingLink : public Link {
  public:
    explicit DamagingLink(std::unique_ptr<Link> inner) : inner_(std::move(inner)) {}
    Expected<size_t> read(std::span<uint8_t> buffer, std::chrono::milliseconds timeout) override {
        return inner_->read(buffer, timeout);
    }
    Status write(std::span<const uint8_t> bytes) override {
        Bytes sent(bytes.begin(), bytes.end());
        if (sent.size() > 400) sent[300] ^= 1;
        return inner_->write(sent);
    }
    std::string name() const override { return inner_->name(); }

  private:
    std::unique_ptr<Link> inner_;
};

TEST_F(Integrity, BlocksBringTheSameAnswerAsAWholeFrame) {
    Bytes image(model_->graph.tensor(model_->graph.inputs[0]).type.bytes());
    for (size_t i = 0; i < image.size(); ++i) image[i] = static_cast<uint8_t>(7 * i);
    TargetClient client(std::make_unique<DamagingLink>(board()));
    for (int i = 0; i < 3; ++i) {
        const auto result = client.run({image});
        ASSERT_TRUE(result.ok()) << to_string(result.error());
        EXPECT_EQ(result->outputs, session_->client().run({image})->outputs);
    }
}

// The sign and the payload of a NaN are the processor's own; that it is one, and all other bits,
// are as in the reference.
TEST(Floats, NanAndInfinityGoThroughANetworkAsInTheReference) {
    const Graph graph = import_model(kData / "tflite" / "kws_float.tflite").value();
    const PreparedModel model = prepare_model(graph, disco()).value();
    const size_t count = static_cast<size_t>(graph.tensor(graph.inputs[0]).type.bytes()) / 4;
    const float inf = std::numeric_limits<float>::infinity(), nan = std::nanf("");
    for (const char *target : {"host", "virtual:stm32l4r9i-disco"}) {
        auto session = Session::open(model, parse_target(target).value());
        ASSERT_TRUE(session.ok()) << to_string(session.error());
        for (const float odd : {nan, inf, -inf, FLT_MAX, -FLT_MAX, FLT_MIN / 4}) {
            std::vector<float> image(count, 0.5f);
            image[count / 2] = odd;
            Bytes input(count * 4);
            std::memcpy(input.data(), image.data(), input.size());
            const Bytes expected = evaluate(model.graph, std::vector<Bytes>{input}).value().front();
            const auto result = session->client().run({input});
            ASSERT_TRUE(result.ok()) << to_string(result.error());
            ASSERT_EQ(result->outputs[0].size(), expected.size());
            for (size_t at = 0; at < expected.size(); at += 4) {
                const auto want = load_le<float>(&expected[at]);
                const auto got = load_le<float>(&result->outputs[0][at]);
                EXPECT_TRUE(std::isnan(want) ? std::isnan(got) : want == got)
                    << target << " " << odd << ": " << want << " " << got;
            }
        }
    }
}

}  // namespace
}  // namespace embark
