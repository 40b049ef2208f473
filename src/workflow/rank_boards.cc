#include "workflow/rank_boards.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "workflow/estimate_level.h"

namespace embark {

namespace {

constexpr uint32_t kPlenty = 0x7fffffff;
constexpr int64_t kDoubt = 16 * 1024;  ///< bytes that a coarse plan may be off by

/// What a plan depends on beside the board's RAM.
using PlanKey = std::tuple<bool, int, int, int, int>;
PlanKey plan_key(const Board &board) {
    const FlashTiming &flash = board.flash;
    return {board.dsp, flash.wait_states, flash.line_bytes, flash.data_cache_lines,
            flash.cache_line_bytes};
}

/// Plans and footprints of one network on many boards: boards that only differ in what a plan does
/// not depend on share it.
class BoardFitter {
  public:
    /// \param coarse  boards share plans though their flash is not alike: cycles are not theirs,
    /// and
    ///                bytes may be a few KiB off where other kernels would be chosen
    BoardFitter(Graph graph, Objective objective, bool coarse)
        : graph_(std::move(graph)), options_{.objective = objective}, coarse_(coarse) {}

    Status prepare() {
        const auto passes = run_passes(graph_);
        if (!passes.ok()) return passes.error();
        return Ok{};
    }

    /// The network's figures on \p board, as prepare_model() has them.
    Expected<RankedBoard> fit(const Board &board) {
        EMBARK_ASSIGN(Planned * planned, shared_plan(board));
        EMBARK_ASSIGN(const Footprint *footprint, footprint_of(*planned, board));
        const bool too_large =
            static_cast<int64_t>(board.main_flash().bytes) + kDoubt < footprint->flash.total();
        // Another plan would not change the verdict of a coarse one.
        if (planned->plan.arena_bytes > arena_budget(board) && !(coarse_ && too_large)) {
            EMBARK_ASSIGN(planned, planned_at(board, board.main_ram().bytes));
            EMBARK_ASSIGN(footprint, footprint_of(*planned, board));
        }
        RankedBoard ranked{.board = board};
        PreparedModel model;
        model.board = board;
        model.footprint = *footprint;
        ranked.flash_margin = flash_margin(model);
        ranked.ram_margin = ram_margin(model);
        ranked.fits = ranked.flash_margin >= 0 && ranked.ram_margin >= 0;
        if (ranked.fits) {
            ranked.margin =
                std::min(static_cast<double>(ranked.flash_margin) / board.main_flash().bytes,
                         static_cast<double>(ranked.ram_margin) / board.main_ram().bytes);
        }
        if (has_timing_model(board)) {
            const auto cycles = static_cast<double>(planned->plan.cycles);
            ranked.latency_ms = cycles * 1e3 / board.clock_hz;
            const Json energy = energy_uj(board, cycles);
            if (!energy.is_null()) ranked.energy_uj = energy.get<double>();
        }
        return ranked;
    }

  private:
    struct Planned {
        Plan plan;
        std::map<std::pair<std::string, std::string>, Footprint> footprints;  ///< core, family
    };

    /// With all RAM in the world, where the objective lets boards share that.
    Expected<Planned *> shared_plan(const Board &board) {
        // Under `time` weights go to RAM that is left, and `ram` searches up to all of it.
        const bool shares =
            options_.objective == Objective::kBalanced || options_.objective == Objective::kFlash;
        if (!shares) return planned_at(board, board.main_ram().bytes);
        Board large = board;
        for (MemoryRegion &region : large.memory) region.bytes = kPlenty;
        return planned_at(large, kPlenty);
    }

    Expected<Planned *> planned_at(const Board &board, uint32_t ram) {
        const auto key = std::pair(coarse_ ? PlanKey{board.dsp, 0, 0, 0, 0} : plan_key(board), ram);
        const auto known = plans_.find(key);
        if (known != plans_.end()) return &known->second;
        EMBARK_ASSIGN(Plan plan, make_plan(graph_, board, options_));
        return &plans_.emplace(key, Planned{std::move(plan), {}}).first->second;
    }

    Expected<const Footprint *> footprint_of(Planned &planned, const Board &board) {
        const auto key = std::pair(board.core, board.family);
        const auto known = planned.footprints.find(key);
        if (known != planned.footprints.end()) return &known->second;
        EMBARK_ASSIGN(Footprint footprint,
                      predict_footprint(graph_, planned.plan, board, model_c_name(graph_)));
        return &planned.footprints.emplace(key, std::move(footprint)).first->second;
    }

    Graph graph_;
    PlanOptions options_;
    bool coarse_;
    std::map<std::pair<PlanKey, uint32_t>, Planned> plans_;
};

/// Levels in the order in which they take something from the network.
struct Level {
    const char *option;
    Compression level;
    bool int8;
};
constexpr Level kLevels[] = {
    {"--compression lossless", Compression::kLossless, false},
    {"--compression low", Compression::kLow, false},
    {"--compression low --calibrate DATA", Compression::kLow, true},
    {"--compression medium --calibrate DATA", Compression::kMedium, true},
    {"--compression high --calibrate DATA", Compression::kHigh, true},
};

bool meets_latency(const RankedBoard &ranked, double limit) {
    return limit <= 0 || !ranked.latency_ms || *ranked.latency_ms <= limit;
}

/// Whether a coarse plan leaves it open if the network fits.
bool is_close(const RankedBoard &ranked) {
    return std::abs(ranked.flash_margin) < kDoubt || std::abs(ranked.ram_margin) < kDoubt;
}

/// Fills in the level of boards that fail. Levels that do nothing for this network are left out.
Status try_levels(const Graph &original, const RankOptions &options,
                  std::vector<RankedBoard> &ranking) {
    for (const Level &level : kLevels) {
        const auto still_fails = [](const RankedBoard &ranked) {
            return !ranked.fits && ranked.would_fit.empty();
        };
        if (std::none_of(ranking.begin(), ranking.end(), still_fails)) return Ok{};
        if (level.level <= options.level) continue;
        auto graph = estimate_level(original, level.level, level.int8);
        if (!graph.ok()) continue;
        BoardFitter coarse(*graph, options.objective, true);
        BoardFitter exact(std::move(graph).value(), options.objective, false);
        if (!coarse.prepare().ok() || !exact.prepare().ok()) continue;
        for (RankedBoard &ranked : ranking) {
            if (!still_fails(ranked)) continue;
            EMBARK_ASSIGN(RankedBoard found, coarse.fit(ranked.board));
            if (options.latency_ms > 0 || is_close(found)) {
                EMBARK_ASSIGN(found, exact.fit(ranked.board));
            }
            if (found.fits && meets_latency(found, options.latency_ms)) {
                ranked.would_fit = level.option;
            }
        }
    }
    return Ok{};
}

void explain(RankedBoard &ranked, double limit) {
    const auto missing = [&](const char *what, int64_t margin, uint64_t whole) {
        if (margin >= 0) return;
        ranked.reasons.push_back(fmt::format("{} lacks {} B of {}", what, -margin,
                                             static_cast<int64_t>(whole) - margin));
    };
    missing("flash", ranked.flash_margin, ranked.board.main_flash().bytes);
    missing("RAM", ranked.ram_margin, ranked.board.main_ram().bytes);
    if (meets_latency(ranked, limit)) return;
    ranked.reasons.push_back(
        fmt::format("takes {:.1f} ms, {:.1f} allowed", *ranked.latency_ms, limit));
    ranked.fits = false;
}

size_t price_of(const RankedBoard &ranked) {
    const size_t class_length = ranked.board.price_class.size();
    return class_length > 0 ? class_length : 9;
}

bool is_better(const RankedBoard &a, const RankedBoard &b) {
    if (a.fits != b.fits) return a.fits;
    if (!a.fits) {
        const auto lacking = [](const RankedBoard &r) {
            return std::min<int64_t>(r.flash_margin, 0) + std::min<int64_t>(r.ram_margin, 0);
        };
        return std::tuple(a.would_fit.empty(), -lacking(a)) <
               std::tuple(b.would_fit.empty(), -lacking(b));
    }
    const auto rank = [](const RankedBoard &r) {
        return std::tuple(price_of(r), r.latency_ms.value_or(1e300), -r.margin);
    };
    return rank(a) < rank(b);
}

}  // namespace

Expected<std::vector<RankedBoard>> rank_boards(const Graph &graph, const Graph &original,
                                               std::span<const Board> boards,
                                               const RankOptions &options) {
    BoardFitter fitter(graph, options.objective, false);
    EMBARK_RETURN_IF_ERROR(fitter.prepare());
    std::vector<RankedBoard> ranking;
    for (const Board &board : boards) {
        EMBARK_ASSIGN(RankedBoard ranked, fitter.fit(board));
        explain(ranked, options.latency_ms);
        ranking.push_back(std::move(ranked));
    }
    EMBARK_RETURN_IF_ERROR(try_levels(original, options, ranking));
    std::stable_sort(ranking.begin(), ranking.end(), is_better);
    return ranking;
}

Json ranking_document(const std::vector<RankedBoard> &ranking) {
    const auto optional = [](const std::optional<double> &value) {
        return value ? Json(*value) : Json(nullptr);
    };
    Json rows = Json::array();
    for (const RankedBoard &ranked : ranking) {
        rows.push_back({{"id", ranked.board.id},
                        {"name", ranked.board.name},
                        {"mcu", ranked.board.mcu},
                        {"firmware", !ranked.board.family.empty()},
                        {"fits", ranked.fits},
                        {"flash_margin", ranked.flash_margin},
                        {"ram_margin", ranked.ram_margin},
                        {"latency_ms", optional(ranked.latency_ms)},
                        {"energy_uj", optional(ranked.energy_uj)},
                        {"price_class", ranked.board.price_class},
                        {"reasons", ranked.reasons},
                        {"would_fit", ranked.would_fit}});
    }
    return rows;
}

}  // namespace embark
