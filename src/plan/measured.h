#pragma once
// Cycles that were counted on a board, in place of the cost model's.

#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "plan/kernel.h"

namespace embark {

/// Cycles by way of running a step: kernel, mode, scratch memory, shapes and parameters, but not
/// weights, so that layers of other networks find theirs too.
class MeasuredCycles {
  public:
    /// What the cycles of a step depend on, as text. Calls the kernel's `lower`.
    static std::string key(const Graph &graph, const Step &step);

    std::optional<int64_t> find(const std::string &key) const;
    void add(const std::string &key, int64_t cycles) { cycles_[key] = cycles; }
    size_t size() const { return cycles_.size(); }

    /// Reads a file that save() wrote for the same \p origin (board, compiler, kernels); empty when
    /// there is none, or when it is of another origin. \error kInvalid not such a file
    static Expected<MeasuredCycles> load(const std::filesystem::path &path,
                                         const std::string &origin);
    Status save(const std::filesystem::path &path, const std::string &origin) const;

  private:
    std::map<std::string, int64_t> cycles_;
};

}  // namespace embark
