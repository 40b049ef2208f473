#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "plan/plan.h"

namespace embark {

struct CodegenOptions {
    std::string name;                     ///< C name of the model; made an identifier
    std::string command_line;             ///< for the header comment; must not hold absolute paths
    std::string board;                    ///< for the header comment
    std::vector<std::string> cost_lines;  ///< for the header comment: flash, RAM, stack, cycles
};

struct GeneratedModel {
    std::string name;  ///< C identifier: files are <name>.h and <name>.c, symbols emk_<name>_…
    std::string header;
    std::string source;
    /// Runtime files below runtime/kernels/ that the model calls, sorted.
    std::vector<std::string> kernel_sources;
};

/// Writes the model as readable, allocation-free C99 that is also C++. Deterministic: the same
/// graph, plan and options give the same text.
GeneratedModel generate_model(const Graph &graph, const Plan &plan, const CodegenOptions &options);

}  // namespace embark
