#include "plan/smallest.h"

#include <algorithm>
#include <limits>
#include <map>
#include <set>

#include "plan/footprint.h"

namespace embark {

namespace {

/// How much longer than with the fastest kernels a network may take for the sake of its flash.
constexpr double kMostSlowdown = 8;

/// Kernels by the name of their C function: one function may serve several operators.
using KernelSet = std::set<std::string_view>;

/// A kernel that can run a step.
struct Candidate {
    const KernelDefinition *kernel = nullptr;
    double table_bytes = 0;  ///< tables and arguments
    double time = 0;         ///< of its fastest form; the network with the fastest kernels takes 1
};

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
    KernelCover(const Graph &graph, const std::vector<Step> &steps, const Board &board,
                const MeasuredCycles *measured) {
        const std::map<std::string, int64_t> code = kernel_code_bytes(board);
        double network = 0;
        for (const Step &step : steps) {
            std::vector<Candidate> candidates;
            double fastest = std::numeric_limits<double>::max();
            for (const KernelDefinition *kernel : kernels_of(graph, step, board)) {
                const StepChoices forms(graph, step, board, measured, {kernel});
                const auto cycles = static_cast<double>(forms.all().front().cycles);
                candidates.push_back(
                    {kernel, static_cast<double>(bytes_with(graph, step, *kernel)), cycles});
                fastest = std::min(fastest, cycles);
                const auto bytes = code.find(std::string(kernel->name));
                code_[kernel->name] = bytes == code.end() ? 0 : static_cast<double>(bytes->second);
            }
            network += fastest;
            steps_.push_back(std::move(candidates));
        }
        for (std::vector<Candidate> &candidates : steps_) {
            for (Candidate &candidate : candidates) candidate.time /= std::max(network, 1.0);
        }
    }

    /// The kernel of each step.
    std::vector<const KernelDefinition *> smallest() const {
        constexpr double kStep = 1.25;
        const Sum most = sum(all_kernels(), 0);
        Sum best;
        // Once the price exceeds all bytes there are, a set that is no dearer than that of all
        // kernels takes less than twice their time, so one within the limit is always met.
        for (double price = 0; price < kStep * (most.bytes + kFirstPrice);
             price = std::max(price * kStep, kFirstPrice)) {
            const Sum found = cheapest(price);
            if (found.time <= kMostSlowdown && found.bytes < best.bytes) best = found;
        }
        return best.kernels;
    }

  private:
    static constexpr double kFirstPrice = 64;

    /// What a set of kernels comes to when each step takes the cheapest one of it.
    struct Sum {
        double bytes = std::numeric_limits<double>::max();
        double time = std::numeric_limits<double>::max();
        double cost = std::numeric_limits<double>::max();  ///< bytes + price · time
        std::vector<const KernelDefinition *> kernels;     ///< by step
    };

    KernelSet all_kernels() const {
        KernelSet all;
        for (const auto &[kernel, bytes] : code_) all.insert(kernel);
        return all;
    }

    Sum cheapest(double price) const {
        KernelSet used = all_kernels();
        Sum best = sum(used, price);
        for (bool improved = true; improved;) {
            improved = false;
            for (const auto &[kernel, bytes] : code_) {
                KernelSet changed = used;
                if (changed.erase(kernel) == 0) changed.insert(kernel);
                Sum now = sum(changed, price);
                if (now.cost >= best.cost) continue;
                used = std::move(changed);
                best = std::move(now);
                improved = true;
            }
        }
        return best;
    }

    /// The sum of a set; costs the most when no kernel of it can run some step.
    Sum sum(const KernelSet &used, double price) const {
        Sum result{0, 0, 0, {}};
        KernelSet needed;
        for (const std::vector<Candidate> &candidates : steps_) {
            const Candidate *chosen = nullptr;
            for (const Candidate &candidate : candidates) {
                if (!used.contains(candidate.kernel->name)) continue;
                if (chosen == nullptr || cost(candidate, price) < cost(*chosen, price)) {
                    chosen = &candidate;
                }
            }
            if (chosen == nullptr) return {};
            result.bytes += chosen->table_bytes;
            result.time += chosen->time;
            result.kernels.push_back(chosen->kernel);
            needed.insert(chosen->kernel->name);
        }
        for (const std::string_view kernel : needed) result.bytes += code_.at(kernel);
        result.cost = result.bytes + price * result.time;
        return result;
    }

    static double cost(const Candidate &candidate, double price) {
        return candidate.table_bytes + price * candidate.time;
    }

    std::map<std::string_view, double> code_;    ///< bytes, with all that the kernel calls
    std::vector<std::vector<Candidate>> steps_;  ///< kernels in order of preference
};

}  // namespace

std::vector<StepChoices> smallest_choices(const Graph &graph, const std::vector<Step> &steps,
                                          const Board &board, const MeasuredCycles *measured) {
    const auto kernels = KernelCover(graph, steps, board, measured).smallest();
    std::vector<StepChoices> choices;
    for (size_t i = 0; i < steps.size(); ++i) {
        choices.emplace_back(graph, steps[i], board, measured, std::vector{kernels[i]});
    }
    return choices;
}

}  // namespace embark
