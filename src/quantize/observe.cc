#include "quantize/observe.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <mutex>
#include <optional>

#include "ops/registry.h"
#include "quantize/parallel.h"

namespace embark {

namespace {

bool is_observed(const Tensor &tensor) {
    return !tensor.is_constant() && tensor.type.type == DataType::kFloat32;
}

std::span<const float> floats_of(const Bytes &bytes) {
    return {reinterpret_cast<const float *>(bytes.data()), bytes.size() / sizeof(float)};
}

/// Evaluates every sample and hands each float tensor's values to \p visit(thread-local state).
template <typename Visit>
Status visit_all(const Graph &graph, const Samples &samples, Visit visit) {
    std::mutex mutex;
    std::optional<Error> error;
    parallel_for(static_cast<int64_t>(samples.size()), [&](int64_t sample) {
        std::vector<Bytes> tensors;
        auto outputs = evaluate(graph, samples[static_cast<size_t>(sample)], &tensors);
        if (!outputs.ok()) {
            const std::lock_guard lock(mutex);
            if (!error) error = std::move(outputs).error();
            return;
        }
        visit(tensors, mutex);
    });
    if (error) return std::move(*error);
    return Ok{};
}

struct Extremes {
    float low = INFINITY, high = -INFINITY;
    bool finite = true;

    void add(std::span<const float> values) {
        for (const float value : values) {
            finite = finite && std::isfinite(value);
            low = std::min(low, value);
            high = std::max(high, value);
        }
    }
    void add(const Extremes &other) {
        low = std::min(low, other.low);
        high = std::max(high, other.high);
        finite = finite && other.finite;
    }
};

size_t bin_of(const Observation &seen, float value) {
    const float width = seen.high - seen.low;
    if (!(width > 0)) return 0;
    const float at = (value - seen.low) / width * static_cast<float>(Observation::kBins);
    return std::min(static_cast<size_t>(std::max(at, 0.0f)), Observation::kBins - 1);
}

Expected<std::vector<Extremes>> find_extremes(const Graph &graph, const Samples &samples) {
    std::vector<Extremes> extremes(graph.tensors.size());
    EMBARK_RETURN_IF_ERROR(
        visit_all(graph, samples, [&](const std::vector<Bytes> &tensors, std::mutex &mutex) {
            std::vector<Extremes> own(tensors.size());
            for (size_t i = 0; i < tensors.size(); ++i) {
                if (is_observed(graph.tensors[i])) own[i].add(floats_of(tensors[i]));
            }
            const std::lock_guard lock(mutex);
            for (size_t i = 0; i < own.size(); ++i) extremes[i].add(own[i]);
        }));
    for (size_t i = 0; i < extremes.size(); ++i) {
        if (extremes[i].finite) continue;
        return make_error(ErrorCode::kInvalid,
                          fmt::format("calibration data give tensor {} a value that is not finite",
                                      graph.tensors[i].name));
    }
    return extremes;
}

/// Squared error of one value per bin when [range] has 256 levels.
double squared_error(const Observation &seen, ValueRange range) {
    const double step = std::max((range.high - range.low) / 255.0, 1e-30);
    const double width = (static_cast<double>(seen.high) - seen.low) / Observation::kBins;
    double error = 0;
    for (size_t bin = 0; bin < Observation::kBins; ++bin) {
        if (seen.histogram[bin] == 0) continue;
        const double value = seen.low + (static_cast<double>(bin) + 0.5) * width;
        const double beyond = value < range.low    ? range.low - value
                              : value > range.high ? value - range.high
                                                   : 0;
        error += static_cast<double>(seen.histogram[bin]) * (beyond * beyond + step * step / 12);
    }
    return error;
}

/// Divergence of the histogram from what 256 levels over \p range can tell apart; what lies beyond
/// counts at the outermost level.
double divergence(const Observation &seen, ValueRange range) {
    constexpr size_t kLevels = 256;
    const double width = (static_cast<double>(seen.high) - seen.low) / Observation::kBins;
    const double step = std::max((range.high - range.low) / static_cast<double>(kLevels), 1e-30);
    std::array<double, kLevels> mass{}, bins{};
    std::vector<size_t> level_of(Observation::kBins);
    for (size_t bin = 0; bin < Observation::kBins; ++bin) {
        const double value = seen.low + (static_cast<double>(bin) + 0.5) * width;
        const double level = std::clamp((value - range.low) / step, 0.0, kLevels - 1.0);
        level_of[bin] = static_cast<size_t>(level);
        if (seen.histogram[bin] == 0) continue;
        const bool inside = value >= range.low && value <= range.high;
        if (inside) mass[level_of[bin]] += static_cast<double>(seen.histogram[bin]);
        bins[level_of[bin]] += 1;
    }
    double sum = 0;
    const auto total = static_cast<double>(std::max<uint64_t>(seen.count, 1));
    for (size_t bin = 0; bin < Observation::kBins; ++bin) {
        if (seen.histogram[bin] == 0) continue;
        const double p = static_cast<double>(seen.histogram[bin]) / total;
        const size_t level = level_of[bin];
        const double q = std::max(mass[level] / bins[level] / total, 1e-12);
        sum += p * std::log(p / q);
    }
    return sum;
}

template <typename Loss>
ValueRange shrink(const Observation &seen, Loss loss) {
    constexpr int kSteps = 50;
    ValueRange best{seen.low, seen.high};
    double least = loss(seen, best);
    for (int i = kSteps - 1; i >= kSteps * 3 / 10; --i) {
        const float factor = static_cast<float>(i) / kSteps;
        const ValueRange range{std::min(seen.low, 0.0f) * factor + std::max(seen.low, 0.0f),
                               std::max(seen.high, 0.0f) * factor + std::min(seen.high, 0.0f)};
        const double here = loss(seen, range);
        if (here >= least) continue;
        least = here;
        best = range;
    }
    return best;
}

ValueRange percentile(const Observation &seen) {
    const auto most = static_cast<uint64_t>(static_cast<double>(seen.count) * 5e-5);
    const float width = (seen.high - seen.low) / Observation::kBins;
    size_t first = 0, last = Observation::kBins;
    for (uint64_t left = 0; first + 1 < last && left + seen.histogram[first] <= most; ++first) {
        left += seen.histogram[first];
    }
    for (uint64_t right = 0; last > first + 1 && right + seen.histogram[last - 1] <= most; --last) {
        right += seen.histogram[last - 1];
    }
    return {seen.low + static_cast<float>(first) * width,
            seen.low + static_cast<float>(last) * width};
}

}  // namespace

Expected<std::vector<Observation>> observe(const Graph &graph, const Samples &samples) {
    if (samples.empty()) return make_error(ErrorCode::kInvalid, "no calibration data");
    EMBARK_ASSIGN(const std::vector<Extremes> extremes, find_extremes(graph, samples));
    const bool varies = std::any_of(graph.inputs.begin(), graph.inputs.end(), [&](TensorId id) {
        const Extremes &seen = extremes[static_cast<size_t>(id)];
        return seen.low < seen.high;
    });
    if (!varies) {
        return make_error(ErrorCode::kInvalid,
                          "calibration data are one constant, expected samples of what the network "
                          "will see");
    }
    std::vector<Observation> seen(graph.tensors.size());
    for (size_t i = 0; i < seen.size(); ++i) {
        if (extremes[i].low > extremes[i].high) continue;
        seen[i].low = extremes[i].low;
        seen[i].high = extremes[i].high;
    }
    EMBARK_RETURN_IF_ERROR(
        visit_all(graph, samples, [&](const std::vector<Bytes> &tensors, std::mutex &mutex) {
            std::vector<std::vector<uint32_t>> own(tensors.size());
            for (size_t i = 0; i < tensors.size(); ++i) {
                if (!is_observed(graph.tensors[i])) continue;
                own[i].assign(Observation::kBins, 0);
                for (const float value : floats_of(tensors[i])) ++own[i][bin_of(seen[i], value)];
            }
            const std::lock_guard lock(mutex);
            for (size_t i = 0; i < own.size(); ++i) {
                for (size_t bin = 0; bin < own[i].size(); ++bin) {
                    seen[i].histogram[bin] += own[i][bin];
                    seen[i].count += own[i][bin];
                }
            }
        }));
    return seen;
}

std::string_view to_string(RangeMethod method) {
    switch (method) {
        case RangeMethod::kMinMax:
            return "min-max";
        case RangeMethod::kPercentile:
            return "percentile";
        case RangeMethod::kMse:
            return "mse";
        case RangeMethod::kEntropy:
            return "entropy";
    }
    return "";
}

ValueRange choose_range(const Observation &observation, RangeMethod method) {
    switch (method) {
        case RangeMethod::kMinMax:
            break;
        case RangeMethod::kPercentile:
            return percentile(observation);
        case RangeMethod::kMse:
            return shrink(observation, squared_error);
        case RangeMethod::kEntropy:
            return shrink(observation, divergence);
    }
    return {observation.low, observation.high};
}

Quantization int8_quantization(ValueRange range) {
    const double low = std::min(range.low, 0.0f), high = std::max(range.high, 0.0f);
    const double scale = std::max((high - low) / 255.0, 1e-8);
    const double zero = std::clamp(std::round(-128.0 - low / scale), -128.0, 127.0);
    return {{static_cast<float>(scale)}, {static_cast<int32_t>(zero)}, 0};
}

}  // namespace embark
