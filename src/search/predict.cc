#include "search/predict.h"

#include <algorithm>
#include <map>

#include "ops/registry.h"
#include "train/network.h"
#include "workflow/estimate_level.h"
#include "workflow/prepare.h"

namespace embark {

bool Prediction::within(const Limits &limits) const {
    const auto keeps = [](double value, double limit) { return limit <= 0 || value <= limit; };
    return keeps(static_cast<double>(flash_bytes), static_cast<double>(limits.flash_bytes)) &&
           keeps(static_cast<double>(ram_bytes), static_cast<double>(limits.ram_bytes)) &&
           keeps(latency_ms.value_or(0), limits.latency_ms);
}

PlanOptions plan_options(const Limits &limits, Objective objective) {
    constexpr int64_t kBesideTheArena = 2048;  // data, bss and stack
    PlanOptions options;
    options.objective = objective;
    if (limits.ram_bytes > 0) {
        options.ram_budget = std::max<int64_t>(limits.ram_bytes - kBesideTheArena, 1);
    }
    return options;
}

Expected<Prediction> predict(const Spec &spec, int bits, const Board &board,
                             const PlanOptions &plan) {
    Network network{spec, {}};
    EMBARK_ASSIGN(network.weights, initial_weights(spec, 1));
    EMBARK_ASSIGN(const Graph graph, graph_of(network));
    const Compression level = bits == 8   ? Compression::kLow
                              : bits == 4 ? Compression::kMedium
                                          : Compression::kHigh;
    PrepareOptions options;
    options.plan = plan;
    EMBARK_ASSIGN(options.compressed, estimate_level(graph, level, true));
    EMBARK_ASSIGN(const PreparedModel model, prepare_model(graph, board, options));
    Prediction prediction;
    prediction.flash_bytes = model.footprint.flash.total();
    prediction.ram_bytes = model.footprint.ram.total();
    for (const Node &node : graph.nodes) prediction.macc += op_of(node).macc(graph, node);
    for (const auto &[name, array] : network.weights) {
        prediction.parameters += static_cast<int64_t>(array.values.size());
    }
    if (has_timing_model(board)) {
        prediction.latency_ms = static_cast<double>(model.plan.cycles) * 1e3 / board.clock_hz;
    }
    return prediction;
}

std::vector<size_t> choose_candidates(const std::vector<Change> &changes,
                                      const std::vector<Prediction> &predictions,
                                      const Limits &limits, size_t count) {
    std::map<std::pair<bool, int>, std::vector<size_t>> kinds;
    size_t left = 0;
    for (size_t i = 0; i < changes.size(); ++i) {
        if (!predictions[i].within(limits)) continue;
        kinds[{changes[i].pooled, changes[i].bits}].push_back(i);
        ++left;
    }
    for (auto &[kind, members] : kinds) {
        // The greatest last, to be taken from there.
        std::stable_sort(members.begin(), members.end(), [&](size_t a, size_t b) {
            return predictions[a].macc < predictions[b].macc;
        });
    }
    std::vector<size_t> chosen;
    while (chosen.size() < count && left > 0) {
        for (auto &[kind, members] : kinds) {
            if (members.empty() || chosen.size() == count) continue;
            chosen.push_back(members.back());
            members.pop_back();
            --left;
        }
    }
    return chosen;
}

}  // namespace embark
