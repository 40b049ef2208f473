#include "plan/smallest.h"

#include <algorithm>
#include <limits>
#include <map>
#include <set>

#include "plan/footprint.h"

namespace embark {

namespace {

using KernelSet = std::set<const KernelDefinition *>;

/// Bytes of tables and arguments of a step with one kernel.
int64_t bytes_with(const Graph &graph, const Step &step, const KernelDefinition &kernel) {
    Choice choice;
    choice.kernel = &kernel;
    Step chosen = with_choice(step, choice);
    choice.rows = kernel.rows(graph, chosen);
    choice.scratch_bytes = kernel.needed_scratch ? kernel.needed_scratch(graph, chosen) : 0;
    chosen = with_choice(step, choice);
    return constant_bytes(kernel.lower(graph, chosen));
}

/// Steps by the kernels that they can run with.
class KernelCover {
  public:
    KernelCover(const Graph &graph, const std::vector<Step> &steps, const Board &board)
        : code_(kernel_code_bytes(board)) {
        for (const Step &step : steps) {
            std::vector<std::pair<const KernelDefinition *, int64_t>> bytes;
            for (const KernelDefinition *kernel : kernels_of(graph, step, board)) {
                bytes.emplace_back(kernel, bytes_with(graph, step, *kernel));
                if (std::find(all_.begin(), all_.end(), kernel) == all_.end()) {
                    all_.push_back(kernel);
                }
            }
            tables_.push_back(std::move(bytes));
        }
    }

    KernelSet smallest() const {
        KernelSet used(all_.begin(), all_.end());
        int64_t bytes = total(used);
        for (bool improved = true; improved;) {
            improved = false;
            for (const KernelDefinition *kernel : all_) {
                KernelSet changed = used;
                if (changed.erase(kernel) == 0) changed.insert(kernel);
                const int64_t now = total(changed);
                if (now >= bytes) continue;
                used = std::move(changed);
                bytes = now;
                improved = true;
            }
        }
        return used;
    }

    /// The kernel of a step out of a set, with its tables' bytes; null when none can run it.
    std::pair<const KernelDefinition *, int64_t> kernel_of(size_t step,
                                                           const KernelSet &used) const {
        std::pair<const KernelDefinition *, int64_t> smallest{nullptr,
                                                              std::numeric_limits<int64_t>::max()};
        for (const auto &candidate : tables_[step]) {
            if (used.contains(candidate.first) && candidate.second < smallest.second) {
                smallest = candidate;
            }
        }
        return smallest;
    }

  private:
    int64_t total(const KernelSet &used) const {
        int64_t bytes = 0;
        KernelSet needed;
        for (size_t i = 0; i < tables_.size(); ++i) {
            const auto [kernel, tables] = kernel_of(i, used);
            if (kernel == nullptr) return std::numeric_limits<int64_t>::max();
            bytes += tables;
            needed.insert(kernel);
        }
        for (const KernelDefinition *kernel : needed) {
            const auto code = code_.find(std::string(kernel->name));
            if (code != code_.end()) bytes += code->second;
        }
        return bytes;
    }

    std::map<std::string, int64_t> code_;
    /// By step: kernels in order of preference, and the bytes of its tables for them.
    std::vector<std::vector<std::pair<const KernelDefinition *, int64_t>>> tables_;
    std::vector<const KernelDefinition *> all_;
};

}  // namespace

std::vector<StepChoices> smallest_choices(const Graph &graph, const std::vector<Step> &steps,
                                          const Board &board, const MeasuredCycles *measured) {
    const KernelCover cover(graph, steps, board);
    const KernelSet used = cover.smallest();
    std::vector<StepChoices> choices;
    for (size_t i = 0; i < steps.size(); ++i) {
        choices.emplace_back(graph, steps[i], board, measured,
                             std::vector<const KernelDefinition *>{cover.kernel_of(i, used).first});
    }
    return choices;
}

}  // namespace embark
