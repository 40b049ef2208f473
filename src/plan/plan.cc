#include "plan/plan.h"

#include <fmt/format.h>

#include <algorithm>

#include "ops/registry.h"
#include "plan/arena.h"
#include "plan/footprint.h"
#include "plan/fuse.h"
#include "plan/kernel.h"
#include "plan/schedule.h"
#include "plan/smallest.h"
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

std::vector<Lifetime> lifetimes(const std::vector<Buffer> &buffers) {
    std::vector<Lifetime> lives;
    for (const Buffer &buffer : buffers) {
        lives.push_back({buffer.bytes, buffer.first_segment, buffer.last_segment});
    }
    return lives;
}

/// Takes over a schedule and places its buffers.
void place_schedule(const Graph &graph, const Schedule &schedule, Plan &plan) {
    plan.segments = schedule.segments;
    for (size_t i = 0; i < plan.steps.size(); ++i) {
        plan.steps[i] = with_choice(plan.steps[i], schedule.choices[i]);
    }
    plan.cycles = schedule.cycles;
    std::vector<Overlap> overlaps;
    lay_out_buffers(graph, plan, overlaps);
    const ArenaLayout layout = place_arena(lifetimes(plan.buffers), overlaps);
    for (size_t i = 0; i < plan.buffers.size(); ++i) {
        plan.buffers[i].offset = layout.offsets[i];
    }
    plan.arena_bytes = layout.bytes;
    plan.arena_lower_bound = layout.lower_bound;
}

/// How much longer than under `time` a network may take under `ram`.
constexpr double kMostSlowdown = 1.6;

/// The part of the smallest arena that `ram` gives for speed: the last few bytes cost most.
constexpr int64_t kWorthwhilePart = 32;

/// Candidates that a step keeps for the reader.
constexpr size_t kMostCandidates = 12;

/// Chooses kernels and which steps stream, and places the arena.
class Planner {
  public:
    Planner(const Graph &graph, const Board &board, const PlanOptions &options, Plan &plan)
        : graph_(graph), options_(options), plan_(plan) {
        board_ = &board;
        budget_ = options.ram_budget > 0 ? options.ram_budget : arena_budget(board);
        choices_ = options.objective == Objective::kFlash
                       ? smallest_choices(graph, plan.steps, board, options.measured)
                       : all_choices(graph, plan.steps, board, options.measured);
    }

    void run() {
        choose();
        if (options_.objective == Objective::kFlash && plan_.arena_bytes > budget_) {
            // The smallest kernels need more RAM than there is; others may fit.
            choices_ = all_choices(graph_, plan_.steps, *board_, options_.measured);
            choose();
        }
        keep_candidates();
        if (options_.objective == Objective::kTime) move_weights_to_ram();
    }

  private:
    void choose() {
        const Scheduler scheduler(graph_, plan_.steps, plan_.alias, choices_, options_.stream);
        const int64_t peak = smallest_sensible_peak(scheduler);
        if (options_.objective == Objective::kTime || options_.objective == Objective::kFlash) {
            // Time comes first only as long as the network fits.
            if (!place_within(scheduler, budget_)) {
                place(*scheduler.fastest(scheduler.smallest_peak()));
            }
            return;
        }
        place(*scheduler.fastest(peak));
        if (plan_.arena_bytes > budget_) place(*scheduler.fastest(scheduler.smallest_peak()));
        const int64_t smallest = plan_.arena_bytes;
        if (options_.objective == Objective::kRam) {
            place_within(scheduler, smallest + smallest / kWorthwhilePart);
        } else {
            place_within(scheduler, std::max(smallest, std::min(2 * smallest, budget_)));
        }
    }

    /// The smallest peak with which a schedule takes at most kMostSlowdown times what it takes with
    /// all of the budget: the last few bytes may cost many times the cycles.
    int64_t smallest_sensible_peak(const Scheduler &scheduler) const {
        int64_t low = scheduler.smallest_peak(), high = budget_;
        const auto fastest = scheduler.fastest(high);
        if (!fastest) return low;
        const auto limit =
            static_cast<int64_t>(kMostSlowdown * static_cast<double>(fastest->cycles));
        high = std::max(low, fastest->peak_bytes);
        while (low < high) {
            const int64_t middle = low + (high - low) / 2;
            if (scheduler.fastest(middle)->cycles <= limit) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        return low;
    }

    static std::vector<StepChoices> all_choices(const Graph &graph, const std::vector<Step> &steps,
                                                const Board &board,
                                                const MeasuredCycles *measured) {
        std::vector<StepChoices> choices;
        for (const Step &step : steps) choices.emplace_back(graph, step, board, measured);
        return choices;
    }

    /// Copies weights to RAM that the arena leaves free, the most rewarding bytes first, where that
    /// saves a thousandth of the network's time.
    void move_weights_to_ram() {
        struct Gain {
            double per_byte;
            int64_t cycles, bytes;
            size_t step;
        };
        std::vector<Gain> gains;
        for (size_t i = 0; i < plan_.steps.size(); ++i) {
            const Step &step = plan_.steps[i];
            Step with = step;
            with.weights_in_ram = true;
            // The difference is the cost model's, also where cycles were measured.
            const int64_t cycles = step.kernel->cycles(graph_, step, *board_) -
                                   with.kernel->cycles(graph_, with, *board_);
            if (cycles * 1000 < plan_.cycles || cycles <= 0) continue;
            const int64_t bytes = table_bytes(with.kernel->lower(graph_, with));
            if (bytes == 0) continue;
            gains.push_back(
                {static_cast<double>(cycles) / static_cast<double>(bytes), cycles, bytes, i});
        }
        std::stable_sort(gains.begin(), gains.end(),
                         [](const Gain &a, const Gain &b) { return a.per_byte > b.per_byte; });
        int64_t room = budget_ - plan_.arena_bytes;
        for (const Gain &gain : gains) {
            if (gain.bytes > room) continue;
            room -= gain.bytes;
            plan_.cycles -= gain.cycles;
            plan_.steps[gain.step].cycles -= gain.cycles;
            plan_.steps[gain.step].weights_in_ram = true;
        }
    }

    /// The ways to run each step that were looked at, with what spoke against them.
    void keep_candidates() {
        for (size_t i = 0; i < plan_.steps.size(); ++i) {
            Step &step = plan_.steps[i];
            bool listed = false;
            for (const Choice &choice : choices_[i].all()) {
                const bool chosen = is_choice_of(step, choice);
                // Room for the chosen one, however slow it is.
                if (step.candidates.size() + (listed ? 0 : 1) >= kMostCandidates && !chosen)
                    continue;
                listed = listed || chosen;
                step.candidates.push_back({std::string(choice.kernel->name), choice.scratch_bytes,
                                           choice.cycles, choice.row_by_row,
                                           chosen ? "chosen" : verdict_on(step, choice)});
            }
        }
    }

    static bool is_choice_of(const Step &step, const Choice &choice) {
        return choice.kernel == step.kernel && choice.scratch_bytes == step.scratch_bytes &&
               choice.row_by_row == step.row_by_row;
    }

    std::string verdict_on(const Step &step, const Choice &choice) const {
        if (choice.cycles >= step.cycles) {
            return choice.cycles == step.cycles ? "as fast" : "slower";
        }
        if (step.row_by_row && !choice.row_by_row) return "whole maps would enlarge the arena";
        if (!step.row_by_row && choice.row_by_row) return "needs no smaller arena";
        return "its scratch memory would enlarge the arena";
    }

    /// The fastest schedule whose arena is at most \p limit bytes; a placement that leaves gaps
    /// asks for a schedule with a smaller peak. \returns whether the plan is now such a one
    bool place_within(const Scheduler &scheduler, int64_t limit) {
        constexpr int kAttempts = 12;
        const Plan before = plan_;
        int64_t peak = limit;
        for (int i = 0; i < kAttempts; ++i) {
            const auto schedule = scheduler.fastest(peak);
            if (!schedule) break;
            place(*schedule);
            if (plan_.arena_bytes <= limit) return true;
            peak = std::min(schedule->peak_bytes - 1, peak - (plan_.arena_bytes - limit) / 2);
        }
        plan_ = before;
        return false;
    }

    void place(const Schedule &schedule) { place_schedule(graph_, schedule, plan_); }

    const Graph &graph_;
    const PlanOptions &options_;
    Plan &plan_;
    const Board *board_ = nullptr;
    int64_t budget_ = 0;
    std::vector<StepChoices> choices_;
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

int Plan::segment_of(int step) const {
    for (size_t s = 0; s < segments.size(); ++s) {
        if (step < segments[s].first_step + segments[s].step_count) return static_cast<int>(s);
    }
    return -1;
}

const Buffer *Plan::scratch_of(int step) const {
    const int segment = segment_of(step);
    for (const Buffer &buffer : buffers) {
        if (buffer.kind == Buffer::Kind::kScratch && buffer.first_segment == segment) {
            return &buffer;
        }
    }
    return nullptr;
}

namespace {

/// What a state becomes is copied when all nodes ran: it must not be what another one was.
Status check_states(const Graph &graph, const std::vector<TensorId> &alias) {
    for (const State &state : graph.states) {
        const TensorId after = alias[static_cast<size_t>(state.after)];
        const bool was_another =
            after != state.before &&
            std::any_of(graph.states.begin(), graph.states.end(),
                        [&](const State &other) { return other.before == after; });
        if (!was_another) continue;
        return make_error(
            ErrorCode::kUnsupported,
            Location{graph.source.file_name, "state " + graph.tensor(state.before).name},
            "becomes what another state was, expected a computed value");
    }
    return Ok{};
}

}  // namespace

int64_t arena_budget(const Board &board) {
    return static_cast<int64_t>(board.main_ram().bytes) - board.stack_bytes - kServiceRam;
}

Expected<Plan> make_plan(const Graph &graph, const Board &given_board, const PlanOptions &options) {
    Board board = given_board;
    if (options.portable) board.dsp = false;
    Plan plan;
    plan.objective = options.objective;
    plan.alias = resolve_aliases(graph);
    EMBARK_RETURN_IF_ERROR(check_states(graph, plan.alias));
    EMBARK_ASSIGN(plan.steps, fuse_steps(graph, board, plan.alias, options.fuse));
    if (plan.steps.empty()) {
        return make_error(ErrorCode::kUnsupported, Location{graph.source.file_name, ""},
                          "the network has no layer that computes anything");
    }
    Planner(graph, board, options, plan).run();
    return plan;
}

Plan plan_with(const Graph &graph, const Plan &plan, const std::vector<Choice> &choices) {
    Plan changed = plan;
    Schedule schedule;
    schedule.choices = choices;
    for (size_t i = 0; i < choices.size(); ++i) {
        schedule.segments.push_back({static_cast<int>(i), 1});
        schedule.cycles += choices[i].cycles;
        changed.steps[i].weights_in_ram = false;
    }
    place_schedule(graph, schedule, changed);
    return changed;
}

}  // namespace embark
