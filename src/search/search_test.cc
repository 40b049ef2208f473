#include <gtest/gtest.h>

#include <fstream>
#include <set>

#include "base/files.h"
#include "search/log.h"

namespace embark {
namespace {

constexpr const char *kVgg = R"(network vgg
input 16 16 3
a: conv 16 3x3 relu
batch_norm
b: conv 16 3x3 relu
batch_norm
spatial_dropout 0.25
max_pool 2x2
c: conv 32 3x3 relu
max_pool 2x2
flatten
dense 64 relu
dropout 0.3
dense 32 relu
dense 10
softmax
)";

constexpr const char *kResidual = R"(network residual
input 8 8 3
stem: conv 8 3x3 relu
one: conv 8 3x3 relu
two: conv 8 3x3
sum: add stem two
global_average_pool
dense 4
softmax
)";

constexpr const char *kSensor = R"(network sensor
input 64 6
conv 16 5 relu
max_pool 2
conv 16 5 relu
flatten
dense 24 relu
dense 5
softmax
)";

Spec spec(const char *text) {
    return parse_spec(text).value();
}

std::string text(const char *original, const Change &change) {
    auto made = changed(spec(original), change);
    return made.ok() ? print_spec(*made) : to_string(made.error());
}

TEST(Change, ScalesWidthsButNotTheOutputs) {
    const std::string made = text(kVgg, {.width = 50, .dense = 25});
    for (const char *line : {"a: conv 8 3x3 relu", "b: conv 8 3x3 relu", "c: conv 16 3x3 relu",
                             "dense 16 relu", "dense 8 relu", "dense 10\n"}) {
        EXPECT_NE(made.find(line), std::string::npos) << line << " in\n" << made;
    }
}

TEST(Change, DropsWhatKeepsTheShapeWithAllThatFollows) {
    const std::string made = text(kVgg, {.dropped = 1, .pooled = true, .dense = 0});
    EXPECT_EQ(made.find("b: conv"), std::string::npos) << made;
    EXPECT_EQ(made.find("spatial_dropout"), std::string::npos) << made;
    EXPECT_EQ(made.find("flatten\n"), std::string::npos) << made;
    EXPECT_NE(made.find("global_average_pool"), std::string::npos) << made;
    EXPECT_EQ(made.find("dense 64"), std::string::npos) << made;
    EXPECT_EQ(made.find("dropout"), std::string::npos) << made;
}

TEST(Change, LeavesWhatSumsReadAlone) {
    const std::string made = text(kResidual, {.width = 50, .dropped = 3});
    for (const char *line : {"stem: conv 4", "one: conv 4", "two: conv 4"}) {
        EXPECT_NE(made.find(line), std::string::npos) << line << " in\n" << made;
    }
}

TEST(SearchSpace, HoldsDifferentNetworksThatFitTogether) {
    for (const char *original : {kVgg, kResidual, kSensor}) {
        std::set<std::string> seen;
        const auto changes = search_space(spec(original));
        EXPECT_GE(changes.size(), 4u);
        for (const Change &change : changes) {
            const auto made = changed(spec(original), change);
            ASSERT_TRUE(made.ok()) << to_string(change);
            EXPECT_TRUE(seen.insert(print_spec(*made) + std::to_string(change.bits)).second)
                << to_string(change);
        }
    }
}

TEST(Predict, GrowsWithTheNetworkAndShrinksWithTheBits) {
    const Board board = find_board("stm32l4r9i-disco").value();
    const auto at = [&](const Change &change) {
        return predict(changed(spec(kSensor), change).value(), change.bits, board,
                       plan_options({}, Objective::kBalanced))
            .value();
    };
    const Prediction whole = at({}), half = at({.width = 50}), packed = at({.bits = 4});
    EXPECT_LT(half.flash_bytes, whole.flash_bytes);
    EXPECT_LT(half.macc, whole.macc);
    EXPECT_LT(*half.latency_ms, *whole.latency_ms);
    EXPECT_LT(packed.flash_bytes, whole.flash_bytes);
    EXPECT_EQ(packed.macc, whole.macc);
    EXPECT_TRUE(whole.within({}));
    EXPECT_FALSE(whole.within({.flash_bytes = whole.flash_bytes - 1}));
    EXPECT_FALSE(whole.within({.ram_bytes = whole.ram_bytes - 1}));
    EXPECT_FALSE(whole.within({.latency_ms = *whole.latency_ms * 0.99}));
    EXPECT_EQ(predict(spec(kSensor), 8, find_board("nucleo-g0b1re").value(),
                      plan_options({}, Objective::kBalanced))
                  .value()
                  .latency_ms,
              std::nullopt);
}

TEST(ChooseCandidates, TakesTheLargestOfEachKindWithinTheLimits) {
    std::vector<Change> changes;
    std::vector<Prediction> predictions;
    for (int i = 0; i < 12; ++i) {
        changes.push_back({.width = i, .pooled = i % 2 == 0, .bits = i % 3 == 0 ? 4 : 8});
        predictions.push_back({.flash_bytes = 1000 * i, .ram_bytes = 1, .macc = i});
    }
    const auto chosen = choose_candidates(changes, predictions, {.flash_bytes = 9000}, 4);
    std::set<std::pair<bool, int>> kinds;
    for (const size_t i : chosen) {
        EXPECT_LE(predictions[i].flash_bytes, 9000);
        kinds.insert({changes[i].pooled, changes[i].bits});
    }
    EXPECT_EQ(chosen.size(), 4u);
    EXPECT_EQ(kinds.size(), 4u);
    EXPECT_TRUE(choose_candidates(changes, predictions, {.ram_bytes = -1}, 4).size() == 4);
    EXPECT_TRUE(
        choose_candidates(changes, predictions, {.flash_bytes = 1, .ram_bytes = 1}, 4).size() == 1);
}

TEST(SearchLog, GoesOnAndRefusesAnotherSearch) {
    const auto folder = TemporaryDirectory::create().value();
    const auto file = folder.path() / "a.jsonl";
    const nlohmann::json subject = {{"model", "a"}, {"board", "b"}};
    const Trial trial{{.width = 50, .bits = 4}, {.flash_bytes = 7, .latency_ms = 1.5}, 3, 0.75, 9};
    {
        SearchLog log = SearchLog::open(file, subject).value();
        ASSERT_TRUE(log.add(trial).ok());
        std::ofstream(file, std::ios::app) << R"({"candidate": "w5)";  // as a crash leaves it
    }
    SearchLog log = SearchLog::open(file, subject).value();
    ASSERT_EQ(log.trials().size(), 1u);
    const Trial *found = log.find(trial.change, 3);
    ASSERT_NE(found, nullptr);
    EXPECT_EQ(found->accuracy, 0.75);
    EXPECT_EQ(found->prediction.latency_ms, 1.5);
    EXPECT_EQ(log.find(trial.change, 4), nullptr);
    ASSERT_TRUE(log.add(trial).ok());
    EXPECT_EQ(SearchLog::open(file, subject).value().trials().size(), 2u);
    EXPECT_FALSE(SearchLog::open(file, {{"model", "other"}}).ok());
    std::ofstream(file, std::ios::app) << "nonsense\n";
    EXPECT_FALSE(SearchLog::open(file, subject).ok());
}

TEST(ParetoFront, KeepsTheLastStageOfWhatNoneBeats) {
    const auto trial = [](int width, int64_t flash, int64_t epochs, double accuracy) {
        return Trial{{.width = width}, {.flash_bytes = flash}, epochs, accuracy, 0};
    };
    const auto front = pareto_front({trial(1, 100, 1, 0.9), trial(1, 100, 2, 0.5),
                                     trial(2, 200, 1, 0.4), trial(3, 300, 1, 0.7)});
    ASSERT_EQ(front.size(), 2u);
    EXPECT_EQ(front[0].accuracy, 0.5);
    EXPECT_EQ(front[1].change.width, 3);
}

}  // namespace
}  // namespace embark
