#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/expected.h"
#include "ir/graph.h"

namespace embark {

/// Runs \p graph as generated C on the host: passes, plan, code, compiler without a warning, run.
///
/// The runtime's kernels come from the library that the build made of them, so that a model costs
/// one short compilation.
/// \param folder  empty, for the model's files
/// \returns the outputs' bytes of each run  \error whatever fails on the way
Expected<std::vector<std::vector<Bytes>>> run_generated(
    const Graph &graph, const std::filesystem::path &folder,
    const std::vector<std::vector<Bytes>> &runs);

}  // namespace embark
