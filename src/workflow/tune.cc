#include "workflow/tune.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <set>

#include "base/bytes.h"
#include "base/files.h"
#include "plan/choices.h"
#include "workflow/bench.h"
#include "workflow/session.h"

namespace embark {
namespace fs = std::filesystem;

namespace {

/// What cycles depend on beside the step: the board's timing, the compiler, the kernels' code.
Expected<std::string> origin_of(const PreparedModel &model) {
    EMBARK_ASSIGN(const fs::path root, data_directory());
    EMBARK_ASSIGN(const Bytes sizes,
                  read_file(root / "runtime/footprint" / (model.board.core + ".json")));
    return fmt::format("{}, {} MHz, {} wait states, {}, kernels {:016x}", model.board.core,
                       model.board.clock_hz / 1'000'000, model.board.flash.wait_states,
                       model.footprint.compiler, fnv1a64(sizes));
}

/// A way to run a step that has not been counted yet.
struct OpenChoice {
    Choice choice;
    std::string key;
};

class Tuner {
  public:
    Tuner(const PreparedModel &model, MeasuredCycles &measured)
        : model_(model), measured_(measured) {
        std::set<std::string> seen;
        for (const Step &step : model.plan.steps) {
            const StepChoices choices(model.graph, step, model.board);
            open_.emplace_back();
            fallback_.push_back(choices.all().front());
            for (const Choice &choice : choices.all()) {
                std::string key = MeasuredCycles::key(model.graph, with_choice(step, choice));
                if (measured.find(key) || !seen.insert(key).second) continue;
                open_.back().push_back({choice, std::move(key)});
            }
        }
    }

    size_t rounds() const {
        size_t most = 0;
        for (const auto &choices : open_) most = std::max(most, choices.size());
        return most;
    }

    /// Counts the next way of each step.
    Status run(size_t round) {
        std::vector<Choice> choices = fallback_;
        for (size_t i = 0; i < choices.size(); ++i) {
            if (round < open_[i].size()) choices[i] = open_[i][round].choice;
        }
        PreparedModel candidate = model_;
        candidate.plan = plan_with(model_.graph, model_.plan, choices);
        make_room(candidate);
        const TargetSpec spec{TargetSpec::Kind::kVirtual, candidate.board.id};
        EMBARK_ASSIGN(Session session, Session::open(candidate, spec));
        const auto result = session.client().run(random_inputs(candidate.graph));
        if (!result.ok()) return result.error();
        EMBARK_ASSIGN(const std::vector<uint32_t> cycles, session.client().profile());
        for (size_t i = 0; i < open_.size() && i < cycles.size(); ++i) {
            if (round < open_[i].size()) measured_.add(open_[i][round].key, cycles[i]);
        }
        return Ok{};
    }

  private:
    /// Whole maps may need more RAM than the board has; its timing does not depend on how much.
    static void make_room(PreparedModel &candidate) {
        MemoryRegion *main = &candidate.board.memory.front();
        for (MemoryRegion &region : candidate.board.memory) {
            if (region.name == candidate.board.main_ram().name) main = &region;
        }
        const int64_t reserve = candidate.board.stack_bytes + 4096;
        const int64_t needed = candidate.plan.arena_bytes + reserve;
        if (needed <= main->bytes) return;
        main->bytes = static_cast<uint32_t>((needed + 0xFFFF) / 0x10000 * 0x10000);
    }

    const PreparedModel &model_;
    MeasuredCycles &measured_;
    std::vector<std::vector<OpenChoice>> open_;  ///< by step
    std::vector<Choice> fallback_;
};

}  // namespace

Expected<fs::path> cycles_file(const Board &board) {
    const std::string name = "cycles-" + board.id + ".json";
    if (const char *cache = std::getenv("XDG_CACHE_HOME"); cache && *cache) {
        return fs::path(cache) / "embark" / name;
    }
    if (const char *home = std::getenv("HOME"); home && *home) {
        return fs::path(home) / ".cache" / "embark" / name;
    }
    return make_error(ErrorCode::kNotFound,
                      "no place for measured cycles: neither XDG_CACHE_HOME nor HOME is set; name "
                      "a file by --tune-cache");
}

Status tune_model(PreparedModel &model, const PlanOptions &plan, const TuneOptions &options) {
    fs::path cache = options.cache;
    if (cache.empty()) {
        EMBARK_ASSIGN(cache, cycles_file(model.board));
    }
    EMBARK_ASSIGN(const std::string origin, origin_of(model));
    EMBARK_ASSIGN(MeasuredCycles measured, MeasuredCycles::load(cache, origin));
    Tuner tuner(model, measured);
    const auto rounds = static_cast<int64_t>(tuner.rounds());
    for (int64_t round = 0; round < rounds; ++round) {
        if (options.progress) options.progress(round, rounds);
        EMBARK_RETURN_IF_ERROR(tuner.run(static_cast<size_t>(round)));
        std::error_code ignored;
        if (cache.has_parent_path()) fs::create_directories(cache.parent_path(), ignored);
        EMBARK_RETURN_IF_ERROR(measured.save(cache, origin));
    }
    PlanOptions tuned = plan;
    tuned.measured = &measured;
    EMBARK_ASSIGN(model.plan, make_plan(model.graph, model.board, tuned));
    EMBARK_ASSIGN(model.footprint,
                  predict_footprint(model.graph, model.plan, model.board, model.name));
    return Ok{};
}

}  // namespace embark
