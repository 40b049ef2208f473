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

/// Runs steps on rings that remember which row they hold, looking at all steps before each row as
/// the generated code does. The steps' entering tensors are numbered below 0.
class RingMachine {
  public:
    RingMachine(const std::vector<const Step *> &steps, const ChainFlow &flow)
        : steps_(steps), made_(steps.size(), 0) {
        for (const int64_t lines : flow.lines) rings_.emplace_back(static_cast<size_t>(lines), -1);
    }

    bool run() {
        const size_t last = steps_.size() - 1;
        while (made_[last] < steps_[last]->rows->work_rows) {
            std::vector<int64_t> needed(steps_.size(), 0);
            needed[last] = steps_[last]->rows->work_rows;
            for (size_t i = steps_.size(); i-- > 0;) {
                if (made_[i] >= needed[i]) continue;
                for (const size_t p : producers_of(i)) {
                    needed[p] = std::max(needed[p], work_of(p, end_of(i)));
                }
            }
            size_t i = last;
            while (made_[i] >= needed[i] || !is_ready(i)) --i;
            make_row(i);
        }
        return good_;
    }

  private:
    std::vector<size_t> producers_of(size_t i) const {
        std::vector<size_t> producers;
        for (const TensorId input : steps_[i]->inputs) {
            const int producer = producer_in(steps_, input);
            if (producer >= 0) producers.push_back(static_cast<size_t>(producer));
        }
        return producers;
    }

    int64_t top_of(size_t i) const {
        return made_[i] * steps_[i]->rows->stride - steps_[i]->rows->pad_top;
    }
    int64_t end_of(size_t i) const {
        const RowMap &rows = *steps_[i]->rows;
        return std::max<int64_t>(std::min(top_of(i) + rows.span, rows.in_rows), 0);
    }
    int64_t work_of(size_t p, int64_t rows) const {
        return std::min(rows * steps_[p]->rows->work_per_out, steps_[p]->rows->work_rows);
    }

    bool is_ready(size_t i) const {
        const auto producers = producers_of(i);
        return std::all_of(producers.begin(), producers.end(),
                           [&](size_t p) { return made_[p] >= work_of(p, end_of(i)); });
    }

    void make_row(size_t i) {
        for (const size_t p : producers_of(i)) {
            const auto &ring = rings_[p];
            for (int64_t row = std::max<int64_t>(top_of(i), 0); row < end_of(i); ++row) {
                good_ = good_ && ring[static_cast<size_t>(row) % ring.size()] == row;
            }
        }
        const int64_t out = made_[i]++ / steps_[i]->rows->work_per_out;
        if (i + 1 == steps_.size()) return;
        rings_[i][static_cast<size_t>(out) % rings_[i].size()] = out;
    }

    const std::vector<const Step *> &steps_;
    std::vector<int64_t> made_;
    std::vector<std::vector<int64_t>> rings_;
    bool good_ = true;
};

/// Two residual blocks, the second one with stride 2 and a 1x1 convolution on its other branch.
std::vector<Step> residual_blocks() {
    std::vector<Step> steps = {windowed(32, 1),    windowed(32, 3, 1, 1), windowed(32, 3, 1, 1),
                               windowed(32, 1),    windowed(33, 3, 2),    windowed(16, 3, 1, 1),
                               windowed(32, 1, 2), windowed(16, 1)};
    steps[4].rows->in_rows = 32;  // padded below
    const std::vector<std::vector<TensorId>> inputs = {{-1}, {0}, {1}, {0, 2},
                                                       {3},  {4}, {3}, {6, 5}};
    for (size_t i = 0; i < steps.size(); ++i) {
        steps[i].inputs = inputs[i];
        steps[i].output = static_cast<TensorId>(i);
    }
    return steps;
}

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

TEST(SimulateChain, StreamsResidualBlocksOneAfterAnother) {
    const std::vector<Step> steps = residual_blocks();
    const auto pointers = pointers_to(steps);
    const ChainFlow flow = simulate_chain(pointers, false);
    // The 1x1 convolution runs as soon as it can, so that its input holds no more than a 3x3 needs.
    EXPECT_EQ(flow.lines, (std::vector<int64_t>{3, 3, 1, 3, 3, 1, 1}));
    EXPECT_TRUE(RingMachine(pointers, flow).run());
}

TEST(SimulateChain, HoldsRowsForAllWhoReadThem) {
    std::mt19937 random(4);
    for (int count = 0; count < 300; ++count) {
        // Steps that keep the number of rows, each reading one or two of those before it.
        std::vector<Step> steps;
        for (int i = 0; i < 6; ++i) {
            const int64_t half = random() % 3;
            Step step = windowed(20, 2 * half + 1, 1, half);
            step.inputs = {i - 1};
            if (random() % 2 == 0)
                step.inputs.push_back(static_cast<TensorId>(random() % (i + 1)) - 1);
            step.output = i;
            steps.push_back(step);
        }
        const auto pointers = pointers_to(steps);
        EXPECT_TRUE(RingMachine(pointers, simulate_chain(pointers, false)).run()) << count;
    }
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
