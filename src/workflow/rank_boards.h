#pragma once
// Which boards hold a network, and what would make it fit the others.

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "workflow/documents.h"

namespace embark {

struct RankOptions {
    Objective objective = Objective::kBalanced;
    double latency_ms = 0;  ///< the most that an inference may take; 0: any
    /// Of \p graph; boards that fail get the first level above it that would make them fit.
    Compression level = Compression::kNone;
};

struct RankedBoard {
    Board board;
    bool fits = false;  ///< memory and, where it is asked for and modelled, latency
    int64_t flash_margin = 0, ram_margin = 0;  ///< bytes; negative: missing
    /// The smaller share of flash or RAM that is left, in [0, 1]; 0 when something is missing.
    double margin = 0;
    std::optional<double> latency_ms;  ///< modelled; none for cores without a timing model
    std::optional<double> energy_uj;   ///< modelled; none without latency or current
    std::vector<std::string> reasons;  ///< why it fails: "flash lacks 140,264 B"
    std::string would_fit;             ///< "--compression low"; empty: it fits, or nothing does
};

/// All of \p boards, the best first: those that fit; of these the cheaper ones (price class,
/// unknown last), then the faster ones (no model last), then those with the larger margin. Boards
/// that fail follow by how much is missing.
///
/// \param graph     what is to run, before the passes
/// \param original  float network that levels of compression start from; usually \p graph
/// \error as run_passes, make_plan, predict_footprint
Expected<std::vector<RankedBoard>> rank_boards(const Graph &graph, const Graph &original,
                                               std::span<const Board> boards,
                                               const RankOptions &options = {});

/// `ranked_board` records of a results document.
Json ranking_document(const std::vector<RankedBoard> &ranking);

}  // namespace embark
