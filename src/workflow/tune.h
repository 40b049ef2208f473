#pragma once

#include <filesystem>
#include <functional>

#include "plan/measured.h"
#include "workflow/prepare.h"

namespace embark {

struct TuneOptions {
    /// Where cycles are kept from run to run; empty: cycles_file() of the board.
    std::filesystem::path cache;
    std::function<void(int64_t done, int64_t total)> progress;
};

/// Where the cycles of a board are kept: $XDG_CACHE_HOME or ~/.cache, embark/cycles-<board>.json.
/// \error kNotFound when the environment names neither
Expected<std::filesystem::path> cycles_file(const Board &board);

/// Runs every way of running every step of \p model on its virtual board, as far as the cache does
/// not know it, and plans the model anew with the cycles counted there.
///
/// Each round is a firmware in which every step runs one way, on one pseudo-random input; nothing
/// streams, so rows are counted with whole maps around them. What was counted is kept after every
/// round. A board with too little RAM for whole maps is given more for this.
/// \error as Session::open; kInvalid for a broken cache
Status tune_model(PreparedModel &model, const PlanOptions &plan, const TuneOptions &options);

}  // namespace embark
