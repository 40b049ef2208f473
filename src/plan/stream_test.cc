#include "plan/stream.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace embark {

namespace {

/// A step that maps in_rows to rows by windows, with bytes of 8 per row.
Step windowed(int64_t in_rows, int64_t kernel, int64_t stride = 1, int64_t pad = 0,
              int64_t dilation = 1, int64_t pool = 1) {
    RowMap rows;
    rows.in_rows = in_rows;
    rows.span = (kernel - 1) * dilation + 1;
    rows.stride = stride;
    rows.pad_top = pad;
    rows.work_per_out = pool;
    rows.out_rows = ((in_rows + 2 * pad - rows.span) / stride + 1) / pool;
    rows.work_rows = rows.out_rows * pool;
    rows.in_row_bytes = rows.out_row_bytes = 8;
    Step step;
    step.rows = rows;
    step.inputs = {0};
    step.output = 1;
    return step;
}

/// Links steps one behind the other, from tensor 0 on.
std::vector<Step> linked(std::vector<Step> steps) {
    for (size_t i = 0; i < steps.size(); ++i) {
        steps[i].inputs = {static_cast<TensorId>(i)};
        steps[i].output = static_cast<TensorId>(i + 1);
    }
    return steps;
}

std::vector<const Step *> pointers_to(const std::vector<Step> &steps) {
    std::vector<const Step *> pointers;
    for (const Step &step : steps) pointers.push_back(&step);
    return pointers;
}

ChainFlow flow_of(const std::vector<Step> &steps, bool in_place = false) {
    const std::vector<Step> chain = linked(steps);
    return simulate_chain(pointers_to(chain), in_place);
}

std::vector<int64_t> lines_between(const Step &first, const Step &second) {
    return flow_of({first, second}).lines;
}

/// Runs a chain row by row on rings that remember which row they hold.
class RingMachine {
  public:
    RingMachine(const std::vector<const Step *> &steps, const ChainFlow &flow)
        : steps_(steps), made_(steps.size(), 0) {
        for (const int64_t lines : flow.lines) rings_.emplace_back(static_cast<size_t>(lines), -1);
    }

    bool run() {
        advance(steps_.size() - 1, steps_.back()->rows->work_rows);
        return good_;
    }

  private:
    void advance(size_t i, int64_t target) {
        const RowMap &rows = *steps_[i]->rows;
        for (; made_[i] < target; ++made_[i]) {
            if (i > 0) read(i, rows);
            if (i + 1 == steps_.size()) continue;
            const int64_t out = made_[i] / rows.work_per_out;
            rings_[i][static_cast<size_t>(out) % rings_[i].size()] = out;
        }
    }

    void read(size_t i, const RowMap &rows) {
        const int64_t top = made_[i] * rows.stride - rows.pad_top;
        const int64_t end = std::min(top + rows.span, rows.in_rows);
        advance(i - 1, std::max<int64_t>(end, 0) * steps_[i - 1]->rows->work_per_out);
        for (int64_t row = std::max<int64_t>(top, 0); row < end; ++row) {
            const auto &ring = rings_[i - 1];
            good_ = good_ && ring[static_cast<size_t>(row) % ring.size()] == row;
        }
    }

    const std::vector<const Step *> &steps_;
    std::vector<int64_t> made_;
    std::vector<std::vector<int64_t>> rings_;
    bool good_ = true;
};

}  // namespace

TEST(SimulateChain, HoldsThreeLinesBetweenTwo3x3Convolutions) {
    const Step first = windowed(32, 3, 1, 1);
    EXPECT_EQ(lines_between(first, windowed(32, 3, 1, 1)), std::vector<int64_t>{3});
    EXPECT_EQ(lines_between(first, windowed(32, 3, 1, 1, 1, 2)), std::vector<int64_t>{3});
}

TEST(SimulateChain, HoldsAsManyLinesAsTheWindowIsHigh) {
    const Step first = windowed(32, 1);
    EXPECT_EQ(lines_between(first, windowed(32, 5, 1, 2)), std::vector<int64_t>{5});
    EXPECT_EQ(lines_between(first, windowed(32, 3, 1, 2, 2)), std::vector<int64_t>{5});
    EXPECT_EQ(lines_between(first, windowed(32, 3, 2, 1)), std::vector<int64_t>{3});
    EXPECT_EQ(lines_between(first, windowed(32, 1)), std::vector<int64_t>{1});
}

TEST(SimulateChain, CountsRowsAfterTheProducersPooling) {
    EXPECT_EQ(lines_between(windowed(32, 3, 1, 1, 1, 2), windowed(16, 3, 1, 1)),
              std::vector<int64_t>{3});
}

TEST(SimulateChain, LetsAnOutputReachOverInputThatIsNotReadAgain) {
    // 3x3 with padding: while row y is written, rows y - 1 and up are still read.
    const Step conv = windowed(32, 3, 1, 1);
    EXPECT_EQ(flow_of({conv}).distances.at(0), 16);
    const Step map = windowed(32, 1);
    EXPECT_EQ(flow_of({map}).distances.at(0), 8);
    EXPECT_EQ(flow_of({map}, true).distances.at(0), 0);
}

TEST(SimulateChain, StreamsABranchIntoASumWithWhatItCameFrom) {
    // Tensor 0 enters two convolutions and is added to what they make.
    std::vector<Step> steps =
        linked({windowed(32, 3, 1, 1), windowed(32, 3, 1, 1), windowed(32, 1)});
    steps[2].inputs = {0, 2};
    const ChainFlow flow = simulate_chain(pointers_to(steps), true);
    EXPECT_EQ(flow.lines, (std::vector<int64_t>{3, 1}));
    // Row y is written while the first convolution reads from y + 2 on, and the sum itself y + 1.
    EXPECT_EQ(flow.distances.at(0), 0);
    EXPECT_EQ(simulate_chain(pointers_to(steps), false).distances.at(0), 8);
}

TEST(SimulateChain, HoldsEveryRowThatIsReadLater) {
    std::mt19937 random(3);
    const auto draw = [&](int64_t low, int64_t high) {
        return low + static_cast<int64_t>(random() % static_cast<uint32_t>(high - low + 1));
    };
    int chains = 0;
    while (chains < 300) {
        std::vector<Step> steps;
        int64_t in_rows = draw(6, 40);
        for (int64_t count = draw(2, 4); count > 0 && in_rows >= 1; --count) {
            steps.push_back(
                windowed(in_rows, draw(1, 5), draw(1, 3), draw(0, 2), draw(1, 2), draw(1, 2)));
            in_rows = steps.back().rows->out_rows;
        }
        if (in_rows < 1 || steps.size() < 2) continue;
        const std::vector<Step> chain = linked(steps);
        const auto pointers = pointers_to(chain);
        EXPECT_TRUE(RingMachine(pointers, simulate_chain(pointers, false)).run())
            << "chain " << chains;
        ++chains;
    }
}

TEST(WorkNeeded, StopsAtTheLastRow) {
    const Step step = windowed(8, 3, 1, 1, 1, 2);
    EXPECT_EQ(work_needed(*step.rows, 3), 6);
    EXPECT_EQ(work_needed(*step.rows, 9), 8);
}

}  // namespace embark
