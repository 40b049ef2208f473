#include "plan/plan.h"

#include <fmt/format.h>

#include <algorithm>

#include "ops/registry.h"
#include "plan/arena.h"
#include "plan/fuse.h"
#include "plan/kernel.h"
#include "plan/stream.h"

namespace embark {

namespace {

constexpr std::pair<Objective, std::string_view> kObjectives[] = {
    {Objective::kBalanced, "balanced"},
    {Objective::kTime, "time"},
    {Objective::kRam, "ram"},
    {Objective::kFlash, "flash"},
};

/// RAM that a firmware needs outside of arena and stack, at most.
constexpr int64_t kServiceRam = 512;

int64_t default_budget(const Board &board) {
    return static_cast<int64_t>(board.main_ram().bytes) - board.stack_bytes - kServiceRam;
}

std::vector<Lifetime> lifetimes(const std::vector<Buffer> &buffers) {
    std::vector<Lifetime> lives;
    for (const Buffer &buffer : buffers) {
        lives.push_back({buffer.bytes, buffer.first_segment, buffer.last_segment});
    }
    return lives;
}

std::vector<Segment> segments_of(const std::vector<bool> &joined) {
    std::vector<Segment> segments;
    for (size_t i = 0; i < joined.size(); ++i) {
        if (i > 0 && joined[i - 1]) {
            ++segments.back().step_count;
        } else {
            segments.push_back({static_cast<int>(i), 1});
        }
    }
    return segments;
}

/// Chooses which neighbouring steps stream, and places the arena.
class Planner {
  public:
    Planner(const Graph &graph, const Board &board, const PlanOptions &options, Plan &plan)
        : graph_(graph), board_(board), options_(options), plan_(plan) {
        budget_ = options.ram_budget > 0 ? options.ram_budget : default_budget(board);
        in_rows_ = options.stream && !prefers_time();
    }

    void run() {
        joined_.assign(plan_.steps.size(), false);
        if (options_.stream) {
            choose_chains();
            // Time comes first only as long as the network fits.
            if (prefers_time() && place() > budget_) {
                in_rows_ = true;
                choose_chains();
            }
        }
        place();
        mark_row_by_row();
        if (options_.objective != Objective::kFlash) add_scratch();
        count_cycles();
    }

  private:
    bool prefers_time() const {
        return options_.objective == Objective::kTime || options_.objective == Objective::kFlash;
    }

    /// Live bytes of each segment, largest first: the measure that joining steps must improve.
    std::vector<int64_t> pressure(const std::vector<bool> &joined) {
        plan_.segments = segments_of(joined);
        lay_out_buffers(graph_, plan_, in_rows_, overlaps_);
        std::vector<int64_t> live = live_bytes(lifetimes(plan_.buffers), overlaps_);
        std::sort(live.rbegin(), live.rend());
        return live;
    }

    /// Joins, one by one, the neighbours that lower the pressure most; then takes back what did not
    /// lower its peak, since whole maps are a little faster.
    void choose_chains() {
        if (!in_rows_) return;
        std::vector<int64_t> current = pressure(joined_);
        while (true) {
            std::vector<int64_t> best = current;
            size_t chosen = joined_.size();
            for (size_t i = 0; i + 1 < joined_.size(); ++i) {
                if (joined_[i] || !can_join(graph_, plan_.steps, plan_.alias, i)) continue;
                joined_[i] = true;
                std::vector<int64_t> with = pressure(joined_);
                joined_[i] = false;
                if (!(with < best)) continue;
                best = std::move(with);
                chosen = i;
            }
            if (chosen == joined_.size()) break;
            joined_[chosen] = true;
            current = std::move(best);
        }
        for (size_t i = 0; i < joined_.size(); ++i) {
            if (!joined_[i]) continue;
            joined_[i] = false;
            if (pressure(joined_).front() > current.front()) joined_[i] = true;
        }
    }

    int64_t place() {
        plan_.segments = segments_of(joined_);
        lay_out_buffers(graph_, plan_, in_rows_, overlaps_);
        return place_buffers();
    }

    int64_t place_buffers() {
        const ArenaLayout layout = place_arena(lifetimes(plan_.buffers), overlaps_);
        for (size_t i = 0; i < plan_.buffers.size(); ++i) {
            plan_.buffers[i].offset = layout.offsets[i];
        }
        plan_.arena_bytes = layout.bytes;
        plan_.arena_lower_bound = layout.lower_bound;
        return layout.bytes;
    }

    /// A windowed kernel whose output did come to lie over its input must run row by row.
    void mark_row_by_row() {
        for (const Overlap &overlap : overlaps_) {
            const Buffer &early = plan_.buffers[static_cast<size_t>(overlap.early)];
            const Buffer &late = plan_.buffers[static_cast<size_t>(overlap.late)];
            if (late.offset + late.bytes <= early.offset ||
                early.offset + early.bytes <= late.offset) {
                continue;
            }
            const Segment &segment = plan_.segments[static_cast<size_t>(late.first_segment)];
            Step &step = plan_.steps[static_cast<size_t>(segment.first_step)];
            if (!op_of(base_node(graph_, step)).has(kInPlaceOk)) step.row_by_row = true;
        }
    }

    int segment_of(int step) const {
        for (size_t s = 0; s < plan_.segments.size(); ++s) {
            const Segment &segment = plan_.segments[s];
            if (step < segment.first_step + segment.step_count) return static_cast<int>(s);
        }
        return 0;
    }

    int64_t cycles_of(const Step &step) const { return step.kernel->cycles(graph_, step, board_); }

    /// Gives kernels the scratch memory that makes them faster, the most rewarding first, as far as
    /// the objective allows: for free under `ram`, up to twice its arena under `balanced`, within
    /// the budget under `time`.
    void add_scratch() {
        const int64_t limit = scratch_limit();
        std::vector<std::pair<int64_t, int>> gains;
        for (size_t i = 0; i < plan_.steps.size(); ++i) {
            if (plan_.steps[i].scratch_bytes > 0) continue;  // needs it anyway
            Step with = plan_.steps[i];
            with.scratch_bytes = with.kernel->useful_scratch(graph_, with);
            const int64_t gain = cycles_of(plan_.steps[i]) - cycles_of(with);
            if (with.scratch_bytes > 0 && gain > 0) gains.emplace_back(-gain, static_cast<int>(i));
        }
        std::sort(gains.begin(), gains.end());
        for (const auto &[negative_gain, i] : gains) {
            Step &step = plan_.steps[static_cast<size_t>(i)];
            const std::vector<Buffer> before = plan_.buffers;
            const int64_t arena_before = plan_.arena_bytes, bound_before = plan_.arena_lower_bound;
            step.scratch_bytes = step.kernel->useful_scratch(graph_, step);
            plan_.buffers.push_back(scratch_buffer(step, i, segment_of(i)));
            if (place_buffers() <= limit && rows_still_hold()) continue;
            step.scratch_bytes = 0;
            plan_.buffers = before;
            plan_.arena_bytes = arena_before;
            plan_.arena_lower_bound = bound_before;
        }
    }

    int64_t scratch_limit() const {
        const int64_t arena = plan_.arena_bytes;
        if (options_.objective == Objective::kRam) return arena;
        const int64_t most = std::max(budget_, arena);
        return options_.objective == Objective::kBalanced ? std::min(2 * arena, most) : most;
    }

    /// A new layout may overlap where the old one did not; a whole-map kernel must not.
    bool rows_still_hold() {
        std::vector<bool> before;
        for (const Step &step : plan_.steps) before.push_back(step.row_by_row);
        mark_row_by_row();
        bool same = true;
        for (size_t i = 0; i < before.size(); ++i) {
            same = same && plan_.steps[i].row_by_row == before[i];
            plan_.steps[i].row_by_row = before[i];
        }
        return same;
    }

    void count_cycles() {
        plan_.cycles = 0;
        for (Step &step : plan_.steps) {
            step.cycles = cycles_of(step);
            plan_.cycles += step.cycles;
        }
    }

    const Graph &graph_;
    const Board &board_;
    const PlanOptions &options_;
    Plan &plan_;
    int64_t budget_ = 0;
    bool in_rows_ = false;  ///< windowed kernels may run row by row to overlap their input
    std::vector<bool> joined_;
    std::vector<Overlap> overlaps_;
};

}  // namespace

std::string_view to_string(Objective objective) {
    for (const auto &[value, name] : kObjectives) {
        if (value == objective) return name;
    }
    return "";
}

Expected<Objective> parse_objective(std::string_view text) {
    for (const auto &[value, name] : kObjectives) {
        if (name == text) return value;
    }
    return make_error(
        ErrorCode::kUsage,
        fmt::format("unknown objective '{}', expected balanced, time, ram or flash", text));
}

const Buffer *Plan::buffer_of(TensorId tensor) const {
    const TensorId root = alias[static_cast<size_t>(tensor)];
    for (const Buffer &buffer : buffers) {
        if (buffer.kind != Buffer::Kind::kScratch && buffer.tensor == root) return &buffer;
    }
    return nullptr;
}

const Buffer *Plan::scratch_of(int step) const {
    for (const Buffer &buffer : buffers) {
        if (buffer.kind == Buffer::Kind::kScratch && buffer.step == step) return &buffer;
    }
    return nullptr;
}

Expected<Plan> make_plan(const Graph &graph, const Board &board, const PlanOptions &options) {
    Plan plan;
    plan.objective = options.objective;
    plan.alias = resolve_aliases(graph);
    EMBARK_ASSIGN(plan.steps, fuse_steps(graph, board, plan.alias, options.fuse));
    if (plan.steps.empty()) {
        return make_error(ErrorCode::kUnsupported, Location{graph.source.file_name, ""},
                          "the network has no layer that computes anything");
    }
    Planner(graph, board, options, plan).run();
    return plan;
}

}  // namespace embark
