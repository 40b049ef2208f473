#pragma once

#include <optional>
#include <set>
#include <string>

#include "boards/board.h"
#include "codegen/codegen.h"
#include "ir/graph.h"
#include "passes/passes.h"
#include "plan/footprint.h"
#include "plan/plan.h"
#include "quantize/level.h"
#include "workflow/compression_report.h"

namespace embark {

struct PrepareOptions {
    PlanOptions plan;
    std::set<std::string> disabled_passes;
    std::string name;                        ///< C name of the model; empty: the file's stem
    Compression level = Compression::kNone;  ///< kLossless and above: runs remove_constant_channels
    /// Runs instead of the original: the original after quantisation.
    std::optional<Graph> compressed = {};
    std::optional<CompressionReport> compression = {};  ///< how that was chosen
};

/// A model as it will run on a board.
struct PreparedModel {
    std::string name;  ///< C identifier
    Graph original;    ///< as imported
    Compression level = Compression::kNone;
    std::optional<CompressionReport> compression;
    bool compressed = false;  ///< the graph stands for the original, and was not made by passes
    Graph graph;              ///< after the passes
    std::vector<PassResult> passes;
    Board board;  ///< the one given, or a generic Cortex-M4F without limits
    bool has_board = false;
    Plan plan;
    int64_t ram_budget = 0;  ///< what the user leaves for the arena; 0 = what the board has
    Footprint footprint;

    /// Whether any pass changed the network.
    bool rewritten() const;
};

/// Stands in when no board is given, so that the planner can count: a Cortex-M4F without limits.
Board generic_board();

/// The C name of a network: its file's stem, or its own name.
std::string model_c_name(const Graph &graph);

/// Passes, plan and footprint of \p original for \p board (none: a generic one).
/// \error as run_passes, make_plan, predict_footprint
Expected<PreparedModel> prepare_model(Graph original, const std::optional<Board> &board,
                                      const PrepareOptions &options = {});

/// Whether modelled cycles mean something for the board's core.
bool has_timing_model(const Board &board);

/// Whether flash and RAM suffice; the linker's reserve for the stack counts, where it is larger.
/// A budget for the arena counts as less RAM.
bool fits(const PreparedModel &model);
int64_t flash_margin(const PreparedModel &model);
int64_t ram_margin(const PreparedModel &model);

/// C of a prepared model; \p command_line goes to the header comment.
GeneratedModel generate_code(const PreparedModel &model, const std::string &command_line);

}  // namespace embark
