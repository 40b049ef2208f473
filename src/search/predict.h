#pragma once
// What a candidate would take on a board, before it is trained.

#include <optional>

#include "boards/board.h"
#include "plan/plan.h"
#include "search/candidate.h"

namespace embark {

/// 0: as much as the board has, any latency.
struct Limits {
    int64_t flash_bytes = 0;  ///< the whole firmware
    int64_t ram_bytes = 0;    ///< arena, data, bss and stack
    double latency_ms = 0;    ///< where the core has a timing model
};

struct Prediction {
    int64_t flash_bytes = 0, ram_bytes = 0, macc = 0, parameters = 0;
    std::optional<double> latency_ms;  ///< modelled; none for cores without a timing model

    bool within(const Limits &limits) const;
};

/// How a network is planned so that it keeps \p limits.
PlanOptions plan_options(const Limits &limits, Objective objective);

/// Plans the quantised form of \p spec, with weights that are not trained.
/// \error as graph_of, estimate_level and prepare_model
Expected<Prediction> predict(const Spec &spec, int bits, const Board &board,
                             const PlanOptions &plan);

/// The \p count candidates worth training: of those within the limits, the ones with most MACC of
/// each kind (pooled or not, bits) in turn, since more work mostly means more accuracy.
/// \param predictions  one per change
std::vector<size_t> choose_candidates(const std::vector<Change> &changes,
                                      const std::vector<Prediction> &predictions,
                                      const Limits &limits, size_t count);

}  // namespace embark
