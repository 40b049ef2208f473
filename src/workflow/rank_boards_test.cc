#include "workflow/rank_boards.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "import/importer.h"
#include "workflow/compress.h"
#include "workflow/estimate_level.h"

namespace embark {
namespace {

const std::string kSource = EMBARK_SOURCE_DIR;

Graph network(const std::string &file) {
    return import_model(kSource + "/" + file, {}).value();
}

std::vector<Board> boards() {
    return load_boards().value();
}

PreparedModel prepared(const Graph &graph, const Board &board, Objective objective) {
    PrepareOptions options;
    options.plan.objective = objective;
    return prepare_model(graph, board, options).value();
}

TEST(RankBoards, HasTheFiguresOfAPlanForEachBoard) {
    const Graph graph = network("tests/data/tflite/kws_int8.tflite");
    for (const Objective objective : {Objective::kBalanced, Objective::kTime, Objective::kRam}) {
        RankOptions options;
        options.objective = objective;
        const auto ranking = rank_boards(graph, graph, boards(), options).value();
        EXPECT_EQ(ranking.size(), boards().size());
        for (const RankedBoard &ranked : ranking) {
            const PreparedModel model = prepared(graph, ranked.board, objective);
            EXPECT_EQ(ranked.flash_margin, flash_margin(model)) << ranked.board.id;
            EXPECT_EQ(ranked.ram_margin, ram_margin(model)) << ranked.board.id;
            EXPECT_EQ(ranked.fits, fits(model)) << ranked.board.id;
            if (!ranked.latency_ms) continue;
            EXPECT_DOUBLE_EQ(*ranked.latency_ms * ranked.board.clock_hz / 1e3,
                             static_cast<double>(model.plan.cycles));
        }
    }
}

TEST(RankBoards, NamesALevelThatFitsAndNoLesserOne) {
    const Graph graph = network("models/cifar10_vgg11_light.h5");
    std::vector<Board> some = boards();
    some.resize(12);
    for (Board &board : some) {
        for (MemoryRegion &region : board.memory) {
            if (region.kind == MemoryRegion::Kind::kFlash) region.bytes = 300 * 1024;
        }
    }
    const auto ranking = rank_boards(graph, graph, some).value();
    for (const RankedBoard &ranked : ranking) {
        ASSERT_FALSE(ranked.fits);
        ASSERT_FALSE(ranked.reasons.empty());
        EXPECT_EQ(ranked.reasons[0].substr(0, 12), "flash lacks ");
        if (ranked.ram_margin < 0) continue;
        EXPECT_EQ(ranked.would_fit, "--compression medium --calibrate DATA") << ranked.board.id;
        const auto at = [&](Compression level) {
            return fits(prepared(estimate_level(graph, level, true).value(), ranked.board,
                                 Objective::kBalanced));
        };
        EXPECT_TRUE(at(Compression::kMedium));
        EXPECT_FALSE(at(Compression::kLow));
    }
}

TEST(RankBoards, PutsCheaperOnesFirstAndKeepsALatency) {
    const Graph graph = network("tests/data/tflite/kws_int8.tflite");
    RankOptions options;
    options.latency_ms = 50;
    const auto ranking = rank_boards(graph, graph, boards(), options).value();
    size_t price = 0;
    bool fits = true;
    for (const RankedBoard &ranked : ranking) {
        EXPECT_LE(ranked.fits, fits) << ranked.board.id;
        fits = ranked.fits;
        if (fits) {
            EXPECT_GE(ranked.board.price_class.size(), price) << ranked.board.id;
            price = ranked.board.price_class.size();
            EXPECT_LE(ranked.latency_ms.value_or(0), 50) << ranked.board.id;
        } else {
            EXPECT_FALSE(ranked.reasons.empty()) << ranked.board.id;
        }
    }
    const auto slow = [](const RankedBoard &r) { return r.latency_ms.value_or(0) > 50; };
    EXPECT_TRUE(std::any_of(ranking.begin(), ranking.end(), slow));
}

TEST(EstimateLevel, IsWhatCompressionMakesOfTheFlash) {
    const Graph graph = network("models/cifar10_vgg11_light.h5");
    const Board board = find_board("stm32l4r9i-disco").value();
    const auto flash = [&](const Graph &network) {
        return prepared(network, board, Objective::kBalanced).footprint.flash.total();
    };
    const auto low = compress_weights(graph, Compression::kLow, WeightForm::kInt8);
    EXPECT_EQ(flash(estimate_level(graph, Compression::kLow).value()),
              flash(low.value().network.graph));
    const int64_t int8 = flash(estimate_level(graph, Compression::kLow, true).value());
    const int64_t medium = flash(estimate_level(graph, Compression::kMedium).value());
    const int64_t high = flash(estimate_level(graph, Compression::kHigh).value());
    EXPECT_LT(int8, 450000);
    EXPECT_LT(medium, int8 * 0.6);
    EXPECT_LT(high, medium * 0.7);
    EXPECT_FALSE(
        estimate_level(network("tests/data/tflite/kws_int8.tflite"), Compression::kHigh).ok());
}

}  // namespace
}  // namespace embark
