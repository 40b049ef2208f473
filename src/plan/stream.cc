#include "plan/stream.h"

#include <algorithm>
#include <bit>

#include "base/assert.h"
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

int producer_in(std::span<const Step *const> steps, TensorId tensor) {
    for (size_t i = 0; i < steps.size(); ++i) {
        if (steps[i]->output == tensor) return static_cast<int>(i);
    }
    return -1;
}

namespace {

/// The state of a running segment: how many work rows each step has made, and which steps are
/// wanted because a wanted one reads rows that they have not made yet.
class ChainRun {
  public:
    ChainRun(std::span<const Step *const> steps, bool in_place)
        : steps_(steps),
          in_place_(in_place),
          made_(steps.size(), 0),
          needed_(steps.size(), 0),
          producers_(steps.size()),
          readers_(steps.size()) {
        EMBARK_ASSERT(steps.size() <= 64);
        flow_.lines.assign(steps.size() - 1, 1);
        for (size_t i = 0; i < steps.size(); ++i) {
            for (const TensorId input : steps[i]->inputs) {
                const int producer = producer_in(steps.first(i), input);
                if (producer >= 0) {
                    producers_[i].push_back(static_cast<size_t>(producer));
                    readers_[static_cast<size_t>(producer)].push_back(i);
                } else {
                    entering_[input].push_back(i);
                    flow_.distances[input] = 0;
                }
            }
        }
    }

    ChainFlow run() {
        needed_.back() = steps_.back()->rows->work_rows;
        if (needed_.back() > 0) want(steps_.size() - 1);
        while (ready_ != 0) make_row(static_cast<size_t>(std::bit_width(ready_)) - 1);
        return std::move(flow_);
    }

  private:
    static constexpr uint64_t bit(size_t i) { return uint64_t{1} << i; }

    /// Work rows of step p that the next row of step i reads.
    int64_t needed_for_next(size_t i, size_t p) const {
        return work_needed(*steps_[p]->rows, steps_[i]->rows->end_input(made_[i]));
    }

    /// Step i is to make its next row.
    void want(size_t i) {
        wanted_ |= bit(i);
        for (const size_t p : producers_[i]) {
            needed_[p] = std::max(needed_[p], needed_for_next(i, p));
            if (made_[p] < needed_[p] && (wanted_ & bit(p)) == 0) want(p);
        }
        find_ready(i);
    }

    void find_ready(size_t i) {
        for (const size_t p : producers_[i]) {
            if (made_[p] < needed_for_next(i, p)) return;
        }
        ready_ |= bit(i);
    }

    void make_row(size_t i) {
        if (i + 1 == steps_.size()) note_write(*steps_[i]->rows);
        ++made_[i];
        if (i + 1 < steps_.size()) note_lines(i);
        wanted_ &= ~bit(i);
        ready_ &= ~bit(i);
        if (made_[i] < needed_[i]) want(i);
        for (const size_t reader : readers_[i]) {
            if ((wanted_ & bit(reader)) != 0) find_ready(reader);
        }
    }

    /// Step i has made a row: which of its rows are still to be read?
    void note_lines(size_t i) {
        const RowMap &rows = *steps_[i]->rows;
        const int64_t made = (made_[i] + rows.work_per_out - 1) / rows.work_per_out;
        int64_t needed = made;
        for (const size_t reader : readers_[i]) {
            needed = std::min(needed, first_needed_row(reader, made_[reader]));
        }
        flow_.lines[i] = std::max(flow_.lines[i], made - needed);
    }

    /// The last step is about to write its current row: which input bytes are still needed?
    void note_write(const RowMap &last) {
        const int64_t written = (made_.back() / last.work_per_out + 1) * last.out_row_bytes;
        for (auto &[tensor, distance] : flow_.distances) {
            int64_t needed = INT64_MAX;
            for (const size_t reader : entering_[tensor]) {
                // The last step is reading for the row that it writes, all others for their next.
                const bool writing = reader + 1 == steps_.size();
                const int64_t next = made_[reader] + (writing && in_place_ ? 1 : 0);
                needed = std::min(
                    needed, first_needed_row(reader, next) * steps_[reader]->rows->in_row_bytes);
            }
            distance = std::max(distance, written - needed);
        }
    }

    int64_t first_needed_row(size_t reader, int64_t next) const {
        const RowMap &rows = *steps_[reader]->rows;
        return next < rows.work_rows ? rows.first_input(next) : rows.in_rows;
    }

    std::span<const Step *const> steps_;
    bool in_place_;
    std::vector<int64_t> made_;
    std::vector<int64_t> needed_;                           ///< work rows that wanted steps need
    uint64_t wanted_ = 0;                                   ///< a bit per step
    uint64_t ready_ = 0;                                    ///< wanted, and what it reads is there
    std::vector<std::vector<size_t>> producers_, readers_;  ///< by step
    std::map<TensorId, std::vector<size_t>> entering_;      ///< readers of the tensors that enter
    ChainFlow flow_;
};

/// Whether the rows of a step's input are rows of the tensor as stored.
bool reads_rows_of(const Graph &graph, const Step &step, TensorId tensor) {
    const RowMap &rows = *step.rows;
    return rows.in_rows * rows.in_row_bytes ==
           static_cast<int64_t>(graph.tensor(tensor).type.bytes());
}

bool reads_rows(const Graph &graph, const Step &step) {
    return step.rows && !step.inputs.empty() && step.inputs.size() <= 2 &&
           std::all_of(step.inputs.begin(), step.inputs.end(),
                       [&](TensorId input) { return reads_rows_of(graph, step, input); });
}

bool in_place_ok(const Graph &graph, const Step &step) {
    return op_of(base_node(graph, step)).has(kInPlaceOk);
}

/// The steps that read a tensor, each as often as it does.
std::vector<size_t> readers_of(const std::vector<Step> &steps, TensorId tensor) {
    std::vector<size_t> readers;
    for (size_t i = 0; i < steps.size(); ++i) {
        const auto count = std::count(steps[i].inputs.begin(), steps[i].inputs.end(), tensor);
        readers.insert(readers.end(), static_cast<size_t>(count), i);
    }
    return readers;
}

bool is_graph_output(const Graph &graph, const std::vector<TensorId> &alias, TensorId tensor) {
    const std::vector<TensorId> results = graph.results();
    return std::any_of(results.begin(), results.end(), [&](TensorId output) {
        return alias[static_cast<size_t>(output)] == tensor;
    });
}

}  // namespace

ChainFlow simulate_chain(std::span<const Step *const> steps, bool in_place) {
    return ChainRun(steps, in_place).run();
}

bool can_stream(const Graph &graph, const std::vector<Step> &steps,
                const std::vector<TensorId> &alias, size_t first, size_t end) {
    for (size_t i = first; i < end; ++i) {
        const Step &step = steps[i];
        if (!reads_rows(graph, step) || !step.more_outputs.empty()) return false;
        if (i + 1 == end) break;
        const std::vector<size_t> readers = readers_of(steps, step.output);
        if (readers.empty() || is_graph_output(graph, alias, step.output)) return false;
        for (const size_t reader : readers) {
            if (reader >= end) return false;
            const RowMap &rows = *steps[reader].rows;
            if (step.rows->out_rows != rows.in_rows) return false;
            if (step.rows->out_row_bytes != rows.in_row_bytes) return false;
        }
    }
    return true;
}

int64_t line_bytes(std::span<const Step *const> steps, const ChainFlow &flow) {
    int64_t bytes = 0;
    for (size_t i = 0; i < flow.lines.size(); ++i) {
        const RowMap &rows = *steps[i]->rows;
        bytes += align_arena(std::min(flow.lines[i], rows.out_rows) * rows.out_row_bytes);
    }
    return bytes;
}

std::map<TensorId, InputOverlap> allowed_overlaps(const Graph &graph,
                                                  std::span<const Step *const> steps) {
    const Step &last = *steps.back();
    std::map<TensorId, InputOverlap> overlaps;
    if (steps.size() > 1 || last.row_by_row) {
        const ChainFlow flow = simulate_chain(steps, in_place_ok(graph, last));
        for (const auto &[input, distance] : flow.distances) overlaps[input] = {distance, false};
        return overlaps;
    }
    if (last.overlap) overlaps[last.inputs.front()] = *last.overlap;
    if (!in_place_ok(graph, last)) return overlaps;
    const size_t bytes = graph.tensor(last.output).type.bytes();
    for (const TensorId input : last.inputs) {
        if (graph.tensor(input).type.bytes() == bytes) overlaps[input] = {};
    }
    return overlaps;
}

namespace {

struct TensorLife {
    int first = -1;
    int last = -1;
    bool is_output = false;  ///< must outlive the last segment
};

std::vector<const Step *> steps_of(const Plan &plan, const Segment &segment) {
    std::vector<const Step *> steps;
    for (int i = 0; i < segment.step_count; ++i) {
        steps.push_back(&plan.steps[static_cast<size_t>(segment.first_step + i)]);
    }
    return steps;
}

/// Lifetimes of the tensors that materialise, in segments; the others have first == -1.
std::vector<TensorLife> tensor_lives(const Graph &graph, const Plan &plan) {
    std::vector<TensorLife> lives(graph.tensors.size());
    const int end = static_cast<int>(plan.segments.size()) - 1;
    for (const TensorId id : graph.inputs) lives[static_cast<size_t>(id)] = {0, 0, false};
    const auto is_own = [&](TensorId id) { return plan.alias[static_cast<size_t>(id)] == id; };
    for (int s = 0; s <= end; ++s) {
        const auto steps = steps_of(plan, plan.segments[static_cast<size_t>(s)]);
        for (const Step *step : steps) {
            for (const TensorId id : step->inputs) {
                if (producer_in(steps, id) < 0) lives[static_cast<size_t>(id)].last = s;
            }
        }
        lives[static_cast<size_t>(steps.back()->output)] = {s, s, false};
        for (const TensorId id : steps.back()->more_outputs) {
            if (is_own(id)) lives[static_cast<size_t>(id)] = {s, s, false};
        }
    }
    for (const State &state : graph.states) {
        lives[static_cast<size_t>(state.before)] = {0, std::max(end, 0), true};
    }
    for (const TensorId id : graph.results()) {
        TensorLife &life = lives[static_cast<size_t>(plan.alias[static_cast<size_t>(id)])];
        life.last = std::max(end, 0);
        life.is_output = true;
    }
    return lives;
}

/// The line buffers of a segment, and the rings of the steps at both their ends.
void add_lines(const Graph &graph, Plan &plan, int s, const std::vector<int64_t> &lines) {
    const Segment &segment = plan.segments[static_cast<size_t>(s)];
    const auto first = static_cast<size_t>(segment.first_step);
    for (size_t i = 0; i < lines.size(); ++i) {
        Step &producer = plan.steps[first + i];
        producer.out_ring = std::min(lines[i], producer.rows->out_rows);
        for (size_t j = i + 1; j <= lines.size(); ++j) {
            Step &reader = plan.steps[first + j];
            for (size_t k = 0; k < reader.inputs.size(); ++k) {
                if (reader.inputs[k] != producer.output) continue;
                (k == 0 ? reader.in_ring : reader.second_ring) = producer.out_ring;
            }
        }
        Buffer buffer;
        buffer.kind = Buffer::Kind::kLines;
        buffer.name = graph.tensor(producer.output).name;
        buffer.tensor = producer.output;
        buffer.bytes = producer.out_ring * producer.rows->out_row_bytes;
        buffer.first_segment = buffer.last_segment = s;
        plan.buffers.push_back(buffer);
    }
}

void add_scratch(Plan &plan, int s) {
    const Segment &segment = plan.segments[static_cast<size_t>(s)];
    Buffer buffer;
    buffer.kind = Buffer::Kind::kScratch;
    for (const Step *step : steps_of(plan, segment)) {
        if (step->scratch_bytes > 0 && buffer.bytes == 0) buffer.name = step->name + " (scratch)";
        buffer.bytes = std::max(buffer.bytes, step->scratch_bytes);
    }
    if (buffer.bytes == 0) return;
    buffer.step = segment.first_step;
    buffer.first_segment = buffer.last_segment = s;
    plan.buffers.push_back(buffer);
}

/// Buffers of the tensors that materialise; \returns by tensor: index of its buffer, or -1.
std::vector<int> add_tensors(const Graph &graph, Plan &plan, const std::vector<TensorLife> &lives) {
    std::vector<int> index(graph.tensors.size(), -1);
    for (size_t t = 0; t < lives.size(); ++t) {
        if (lives[t].first < 0) continue;
        index[t] = static_cast<int>(plan.buffers.size());
        Buffer buffer;
        buffer.name = graph.tensors[t].name;
        buffer.tensor = static_cast<TensorId>(t);
        buffer.bytes = static_cast<int64_t>(graph.tensors[t].type.bytes());
        buffer.first_segment = lives[t].first;
        buffer.last_segment = std::max(lives[t].first, lives[t].last);
        plan.buffers.push_back(buffer);
    }
    return index;
}

}  // namespace

void lay_out_buffers(const Graph &graph, Plan &plan, std::vector<Overlap> &overlaps) {
    plan.buffers.clear();
    overlaps.clear();
    for (Step &step : plan.steps) {
        if (!step.rows) continue;
        step.in_ring = step.rows->in_rows;
        step.second_ring = step.inputs.size() > 1 ? step.rows->in_rows : 0;
        step.out_ring = step.rows->out_rows;
    }
    const std::vector<TensorLife> lives = tensor_lives(graph, plan);
    const std::vector<int> buffer_index = add_tensors(graph, plan, lives);
    for (int s = 0; s < static_cast<int>(plan.segments.size()); ++s) {
        const auto steps = steps_of(plan, plan.segments[static_cast<size_t>(s)]);
        const int late = buffer_index[static_cast<size_t>(steps.back()->output)];
        for (const auto &[input, overlap] : allowed_overlaps(graph, steps)) {
            const int early = buffer_index[static_cast<size_t>(input)];
            if (plan.buffers[static_cast<size_t>(early)].last_segment != s || early == late ||
                lives[static_cast<size_t>(input)].is_output) {
                continue;
            }
            overlaps.push_back({early, late, overlap.distance, overlap.exact});
        }
        add_scratch(plan, s);
        if (steps.size() > 1) add_lines(graph, plan, s, simulate_chain(steps, false).lines);
    }
}

}  // namespace embark
