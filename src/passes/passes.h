#pragma once

#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ir/graph.h"

namespace embark {

struct PassDefinition {
    std::string_view name;
    std::string_view summary;
    /// Rewrites the graph in place. \returns how many places it changed
    int (*run)(Graph &graph) = nullptr;
    bool on_request = false;  ///< runs only when it is named
};

/// What a pass did.
struct PassResult {
    std::string name;
    int changes = 0;
    double milliseconds = 0;
};

/// All passes in the order in which they run.
std::span<const PassDefinition> all_passes();

/// Runs all passes but those on request and \p disabled on a verified graph and verifies it after
/// each. \error kUsage when a disabled name is no pass; kInternal when a pass broke the graph
Expected<std::vector<PassResult>> run_passes(Graph &graph,
                                             const std::set<std::string> &disabled = {});

/// Runs exactly the named passes, in the given order. Errors as run_passes.
Expected<std::vector<PassResult>> run_named_passes(Graph &graph,
                                                   const std::vector<std::string> &names);

}  // namespace embark
