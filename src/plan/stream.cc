#include "plan/stream.h"

#include <algorithm>

#include "ops/registry.h"
#include "plan/kernel.h"

namespace embark {

int64_t RowMap::first_input(int64_t y) const {
    return std::clamp<int64_t>(y * stride - pad_top, 0, in_rows);
}

int64_t RowMap::end_input(int64_t y) const {
    return std::clamp<int64_t>(y * stride - pad_top + span, 0, in_rows);
}

int64_t work_needed(const RowMap &rows, int64_t out_rows) {
    return std::min(out_rows * rows.work_per_out, rows.work_rows);
}

namespace {

/// The state of a running chain: how many work rows each step has made.
class ChainRun {
  public:
    explicit ChainRun(const std::vector<const Step *> &steps)
        : steps_(steps), made_(steps.size(), 0) {
        flow_.lines.assign(steps.size() - 1, 1);
    }

    /// Makes work rows of step i up to \p target.
    void advance(size_t i, int64_t target) {
        const RowMap &rows = *steps_[i]->rows;
        for (; made_[i] < target; ++made_[i]) {
            if (i > 0) {
                const RowMap &producer = *steps_[i - 1]->rows;
                advance(i - 1, work_needed(producer, rows.end_input(made_[i])));
                const int64_t available = made_[i - 1] / producer.work_per_out;
                const int64_t held = available - rows.first_input(made_[i]);
                flow_.lines[i - 1] = std::max(flow_.lines[i - 1], held);
            }
            if (i + 1 == steps_.size()) note_write(rows);
        }
    }

    const ChainFlow &flow() const { return flow_; }

  private:
    /// The last step is about to write its current row: which input rows are still needed?
    void note_write(const RowMap &last) {
        const RowMap &first = *steps_.front()->rows;
        const int64_t out_row = made_.back() / last.work_per_out;
        // The next row of the first step; a one-step chain reads for the row that it writes.
        const int64_t next = made_.front();
        const int64_t needed = next < first.work_rows ? first.first_input(next) : first.in_rows;
        const int64_t written = (out_row + 1) * last.out_row_bytes;
        flow_.distance = std::max(flow_.distance, written - needed * first.in_row_bytes);
    }

    const std::vector<const Step *> &steps_;
    std::vector<int64_t> made_;
    ChainFlow flow_;
};

/// Whether the rows of the step's first input are rows of the tensor as stored.
bool reads_rows_of(const Graph &graph, const Step &step, TensorId tensor) {
    const RowMap &rows = *step.rows;
    return rows.in_rows * rows.in_row_bytes ==
           static_cast<int64_t>(graph.tensor(tensor).type.bytes());
}

bool overlaps_in_place(const Graph &graph, const Step &step, TensorId input) {
    return op_of(base_node(graph, step)).has(kInPlaceOk) && step.nodes.size() >= 1 &&
           graph.tensor(input).type.bytes() == graph.tensor(step.output).type.bytes();
}

/// Allowed overlap of a segment's output with the input that it reads last; -1 when none.
int64_t overlap_distance(const Graph &graph, const std::vector<const Step *> &chain, TensorId input,
                         bool in_rows) {
    const Step &first = *chain.front();
    if (chain.size() == 1 && overlaps_in_place(graph, first, input)) return 0;
    const bool streams = in_rows || chain.size() > 1;
    const bool sole_input = first.inputs.size() == 1 && first.inputs.front() == input;
    if (!streams || !sole_input || !first.rows) return -1;
    return simulate_chain(chain).distance;
}

}  // namespace

ChainFlow simulate_chain(const std::vector<const Step *> &steps) {
    ChainRun run(steps);
    run.advance(steps.size() - 1, steps.back()->rows->work_rows);
    return run.flow();
}

bool can_join(const Graph &graph, const std::vector<Step> &steps,
              const std::vector<TensorId> &alias, size_t i) {
    if (i + 1 >= steps.size()) return false;
    const Step &producer = steps[i], &consumer = steps[i + 1];
    if (!producer.rows || !consumer.rows || consumer.inputs.size() != 1) return false;
    if (consumer.inputs.front() != producer.output) return false;
    if (!reads_rows_of(graph, consumer, producer.output)) return false;
    if (producer.rows->out_rows != consumer.rows->in_rows) return false;
    for (size_t t = 0; t < alias.size(); ++t) {
        if (alias[t] == producer.output && graph.is_output(static_cast<TensorId>(t))) return false;
    }
    for (size_t other = 0; other < steps.size(); ++other) {
        if (other == i + 1) continue;
        const auto &read = steps[other].inputs;
        if (std::find(read.begin(), read.end(), producer.output) != read.end()) return false;
    }
    return true;
}

namespace {

struct TensorLife {
    int first = -1;
    int last = -1;
    bool is_output = false;  ///< must outlive the last segment
};

/// Lifetimes of the tensors that materialise, in segments; the others have first == -1.
std::vector<TensorLife> tensor_lives(const Graph &graph, const Plan &plan) {
    std::vector<TensorLife> lives(graph.tensors.size());
    const int end = static_cast<int>(plan.segments.size()) - 1;
    for (const TensorId id : graph.inputs) lives[static_cast<size_t>(id)] = {0, 0, false};
    for (int s = 0; s <= end; ++s) {
        const Segment &segment = plan.segments[static_cast<size_t>(s)];
        const auto first = static_cast<size_t>(segment.first_step);
        const auto last = first + static_cast<size_t>(segment.step_count) - 1;
        for (const TensorId id : plan.steps[first].inputs) lives[static_cast<size_t>(id)].last = s;
        lives[static_cast<size_t>(plan.steps[last].output)] = {s, s, false};
        for (const TensorId id : plan.steps[last].more_outputs) {
            lives[static_cast<size_t>(id)] = {s, s, false};
        }
    }
    for (const TensorId id : graph.outputs) {
        TensorLife &life = lives[static_cast<size_t>(plan.alias[static_cast<size_t>(id)])];
        life.last = std::max(end, 0);
        life.is_output = true;
    }
    return lives;
}

void add_lines(const Graph &graph, Plan &plan, int s, const std::vector<int64_t> &lines) {
    const Segment &segment = plan.segments[static_cast<size_t>(s)];
    for (size_t i = 0; i < lines.size(); ++i) {
        const auto producer = static_cast<size_t>(segment.first_step) + i;
        Step &step = plan.steps[producer];
        step.out_ring = plan.steps[producer + 1].in_ring = std::min(lines[i], step.rows->out_rows);
        Buffer buffer;
        buffer.kind = Buffer::Kind::kLines;
        buffer.name = graph.tensor(step.output).name;
        buffer.tensor = step.output;
        buffer.bytes = step.out_ring * step.rows->out_row_bytes;
        buffer.first_segment = buffer.last_segment = s;
        plan.buffers.push_back(buffer);
    }
}

/// The scratch memory without which a segment's steps cannot run.
void add_needed_scratch(const Graph &graph, Plan &plan, int s) {
    const Segment &segment = plan.segments[static_cast<size_t>(s)];
    for (int i = segment.first_step; i < segment.first_step + segment.step_count; ++i) {
        Step &step = plan.steps[static_cast<size_t>(i)];
        if (step.kernel == nullptr || step.kernel->needed_scratch == nullptr) continue;
        step.scratch_bytes = step.kernel->needed_scratch(graph, step);
        if (step.scratch_bytes > 0) plan.buffers.push_back(scratch_buffer(step, i, s));
    }
}

}  // namespace

Buffer scratch_buffer(const Step &step, int index, int segment) {
    Buffer buffer;
    buffer.kind = Buffer::Kind::kScratch;
    buffer.name = step.name + " (scratch)";
    buffer.step = index;
    buffer.bytes = step.scratch_bytes;
    buffer.first_segment = buffer.last_segment = segment;
    return buffer;
}

void lay_out_buffers(const Graph &graph, Plan &plan, bool in_rows, std::vector<Overlap> &overlaps) {
    plan.buffers.clear();
    overlaps.clear();
    const std::vector<TensorLife> lives = tensor_lives(graph, plan);
    std::vector<int> buffer_index(graph.tensors.size(), -1);
    for (size_t t = 0; t < lives.size(); ++t) {
        if (lives[t].first < 0) continue;
        buffer_index[t] = static_cast<int>(plan.buffers.size());
        Buffer buffer;
        buffer.name = graph.tensors[t].name;
        buffer.tensor = static_cast<TensorId>(t);
        buffer.bytes = static_cast<int64_t>(graph.tensors[t].type.bytes());
        buffer.first_segment = lives[t].first;
        buffer.last_segment = std::max(lives[t].first, lives[t].last);
        plan.buffers.push_back(buffer);
    }
    for (int s = 0; s < static_cast<int>(plan.segments.size()); ++s) {
        const Segment &segment = plan.segments[static_cast<size_t>(s)];
        std::vector<const Step *> chain;
        for (int i = 0; i < segment.step_count; ++i) {
            Step &step = plan.steps[static_cast<size_t>(segment.first_step + i)];
            step.row_by_row = segment.step_count > 1;
            if (step.rows) step.in_ring = step.rows->in_rows, step.out_ring = step.rows->out_rows;
            chain.push_back(&step);
        }
        for (const TensorId input : chain.front()->inputs) {
            const int early = buffer_index[static_cast<size_t>(input)];
            const int late = buffer_index[static_cast<size_t>(chain.back()->output)];
            if (plan.buffers[static_cast<size_t>(early)].last_segment != s || early == late ||
                lives[static_cast<size_t>(input)].is_output) {
                continue;
            }
            const int64_t distance = overlap_distance(graph, chain, input, in_rows);
            if (distance < 0) continue;
            overlaps.push_back({early, late, distance});
        }
        add_needed_scratch(graph, plan, s);
        if (chain.size() > 1) add_lines(graph, plan, s, simulate_chain(chain).lines);
    }
}

}  // namespace embark
