#pragma once
// Results as tables for a terminal, in the order and words that users of STM32Cube.AI know.

#include <cstddef>
#include <string>

#include <nlohmann/json.hpp>

namespace embark {

struct TextOptions {
    size_t width = 100;    ///< columns of the terminal; below 60 lines may be longer
    bool color = false;    ///< ANSI colours
    bool explain = false;  ///< analyze: what the planner looked at for each step
};

/// Summary, file size explained, model table, complexity, MACC by type, memory by section, steps,
/// verdict with margins, suggestions. Each ends in a line feed. The documents should have passed
/// check_results(); what is missing is left out.
std::string render_analyze_text(const nlohmann::json &analyze, const TextOptions &options = {});

/// Metrics, confusion matrix (up to 30 classes), cycles per step.
std::string render_validate_text(const nlohmann::json &validate, const TextOptions &options = {});

/// What went in and came out, and the time it took.
std::string render_run_text(const nlohmann::json &run, const TextOptions &options = {});

}  // namespace embark
