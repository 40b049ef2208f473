#include "quantize/rounding.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "ops/panel.h"
#include "quantize/parallel.h"

namespace embark {

namespace {

constexpr int8_t kMostLevel = 127;
// Parts of the mean of the diagonal. The paper takes 0.01 for rounding; with few samples and low
// bits more is better, once weights match their inputs.
constexpr double kDamping = 0.1;
constexpr double kMatchDamping = 2;
constexpr int64_t kBlock = 16;  ///< rows that are multiplied at a time

size_t index(int64_t i) {
    return static_cast<size_t>(i);
}

double root_mean_square(std::span<const float> values) {
    double sum = 0;
    for (const float value : values) sum += static_cast<double>(value) * value;
    return std::sqrt(sum / static_cast<double>(std::max<size_t>(values.size(), 1)));
}

float greatest(std::span<const float> values) {
    float most = 0;
    for (const float value : values) most = std::max(most, std::abs(value));
    return most;
}

/// Nearest level to a real number of levels.
class Grid {
  public:
    explicit Grid(const std::vector<int8_t> &levels) {
        // Between two levels the border decides; a table by halves holds them all exactly.
        size_t level = 0;
        for (int i = 0; i < kEntries; ++i) {
            const double value = (i - kEntries / 2) / 2.0;
            while (level + 1 < levels.size() &&
                   std::abs(levels[level + 1] - value) < std::abs(levels[level] - value)) {
                ++level;
            }
            below_[index(i)] = levels[level];
            above_[index(i)] = levels[std::min(level + 1, levels.size() - 1)];
        }
    }

    int8_t nearest(float value) const {
        const float clamped = std::clamp(value, -127.0f, 127.0f);
        const auto at = static_cast<int>(std::floor(clamped * 2)) + kEntries / 2;
        const int8_t low = below_[index(at)], high = above_[index(at)];
        return std::abs(clamped - static_cast<float>(low)) <=
                       std::abs(static_cast<float>(high) - clamped)
                   ? low
                   : high;
    }

  private:
    static constexpr int kEntries = 4 * 127 + 2;
    std::array<int8_t, kEntries> below_{}, above_{};
};

/// L of H + dI = L L^T, [depth][depth], with d the \p part of the mean of the diagonal.
std::vector<double> lower_factor(const Gram &gram, const std::vector<int64_t> &order, double part) {
    const int64_t depth = gram.depth();
    double trace = 0;
    for (int64_t i = 0; i < depth; ++i) trace += gram.at(i, i);
    const double damping = std::max(part * trace / static_cast<double>(depth), 1e-6);
    std::vector<double> lower(index(depth * depth), 0.0);
    for (int64_t i = 0; i < depth; ++i) {
        double *row = &lower[index(i * depth)];
        for (int64_t j = 0; j <= i; ++j) {
            const double *other = &lower[index(j * depth)];
            double sum = gram.at(order[index(i)], order[index(j)]) + (i == j ? damping : 0.0);
            for (int64_t k = 0; k < j; ++k) sum -= row[k] * other[k];
            row[j] = i == j ? std::sqrt(std::max(sum, damping * 1e-3)) : sum / other[j];
        }
    }
    return lower;
}

/// H = R^T R with R upper triangular, rows divided by their diagonal: [depth][depth] floats.
std::vector<float> unit_factor(const Gram &gram, const std::vector<int64_t> &order) {
    const int64_t depth = gram.depth();
    const std::vector<double> lower = lower_factor(gram, order, kDamping);
    std::vector<float> unit(index(depth * depth), 0.0f);
    for (int64_t i = 0; i < depth; ++i) {
        for (int64_t j = i; j < depth; ++j) {
            unit[index(i * depth + j)] =
                static_cast<float>(lower[index(j * depth + i)] / lower[index(i * depth + i)]);
        }
    }
    return unit;
}

/// Rounds up to kPanelWidth rows of weights side by side.
void round_panel(const WeightMatrix &weights, const Grid &grid, const std::vector<float> &unit,
                 const std::vector<int64_t> &order, int64_t first, RoundedWeights &result) {
    const int64_t depth = weights.depth, count = std::min(kPanelWidth, weights.outs - first);
    std::vector<float> errors(index(depth * kPanelWidth), 0.0f);
    for (int64_t i = depth; i-- > 0;) {
        float lost[kPanelWidth] = {};
        accumulate_panel(&unit[index(i * depth)] + i + 1, errors.data() + (i + 1) * kPanelWidth,
                         depth - i - 1, lost);
        for (int64_t j = 0; j < count; ++j) {
            const int64_t at = (first + j) * depth + order[index(i)];
            const float scale = result.scales[index(first + j)];
            const float weight = weights.values[index(at)];
            const int8_t level = grid.nearest((weight + lost[j]) / scale);
            result.levels[index(at)] = level;
            errors[index(i * kPanelWidth + j)] = weight - scale * static_cast<float>(level);
        }
    }
}

/// The scale with the least squared error, each weight's by the strength of its input.
float best_scale(std::span<const float> row, const Grid &grid, const Gram *gram, float start) {
    constexpr int kSteps = 60;
    float best = start, scale = start * 1.2f;
    double least = INFINITY;
    for (int step = 0; step < kSteps; ++step, scale *= 0.96f) {
        double error = 0;
        for (size_t k = 0; k < row.size(); ++k) {
            const float lost = row[k] - scale * static_cast<float>(grid.nearest(row[k] / scale));
            const auto at = static_cast<int64_t>(k);
            error += (gram != nullptr ? gram->at(at, at) : 1.0) * lost * lost;
        }
        if (error >= least) continue;
        least = error;
        best = scale;
    }
    return best;
}

}  // namespace

std::vector<double> centroids_of(const std::vector<float> &sorted, size_t count) {
    std::vector<double> sums(sorted.size() + 1, 0.0), centroids(count);
    for (size_t i = 0; i < sorted.size(); ++i) sums[i + 1] = sums[i] + sorted[i];
    for (size_t k = 0; k < count; ++k) {
        centroids[k] = sorted[(2 * k + 1) * sorted.size() / (2 * count)];
    }
    for (int iteration = 0; iteration < 100; ++iteration) {
        size_t begin = 0;
        for (size_t k = 0; k < count; ++k) {
            size_t end = sorted.size();
            if (k + 1 < count) {
                const double border = (centroids[k] + centroids[k + 1]) / 2;
                end =
                    index(std::upper_bound(sorted.begin(), sorted.end(), border) - sorted.begin());
            }
            end = std::max(end, begin);
            if (end > begin)
                centroids[k] = (sums[end] - sums[begin]) / static_cast<double>(end - begin);
            begin = end;
        }
    }
    return centroids;
}

Gram::Gram(int64_t depth) : depth_(depth), sums_(index(depth * depth), 0.0f) {}

void Gram::add(std::span<const float> rows) {
    const auto count = static_cast<int64_t>(rows.size()) / depth_;
    rows_ += count;
    // Rows of the matrix are independent; blocks of inputs keep them in the cache.
    constexpr int64_t kStripe = 32;
    parallel_for((depth_ + kStripe - 1) / kStripe, [&](int64_t stripe) {
        for (int64_t start = 0; start < count; start += kBlock) {
            const int64_t end = std::min(start + kBlock, count);
            for (int64_t i = stripe * kStripe; i < std::min(depth_, (stripe + 1) * kStripe); ++i) {
                float *sums = &sums_[index(i * depth_)];
                for (int64_t row = start; row < end; ++row) {
                    const float *x = &rows[index(row * depth_)];
                    const float factor = x[i];
                    if (factor == 0.0f) continue;
                    for (int64_t j = i; j < depth_; ++j) sums[j] += factor * x[j];
                }
            }
        }
    });
}

std::vector<int8_t> choose_levels(const WeightMatrix &weights, int bits) {
    std::vector<int8_t> levels;
    if (bits >= 8) {
        for (int level = -kMostLevel; level <= kMostLevel; ++level) {
            levels.push_back(static_cast<int8_t>(level));
        }
        return levels;
    }
    std::vector<float> normal;
    for (int64_t out = 0; out < weights.outs; ++out) {
        const auto row = weights.row(out);
        const double size = root_mean_square(row);
        if (!(size > 0)) continue;
        for (const float value : row) normal.push_back(static_cast<float>(value / size));
    }
    if (normal.empty()) return {0, kMostLevel};
    std::sort(normal.begin(), normal.end());
    const std::vector<double> centroids = centroids_of(normal, size_t{1} << bits);
    double most = 1e-30;
    for (const double centroid : centroids) most = std::max(most, std::abs(centroid));
    for (const double centroid : centroids) {
        levels.push_back(static_cast<int8_t>(std::lround(centroid / most * kMostLevel)));
    }
    levels.erase(std::unique(levels.begin(), levels.end()), levels.end());
    return levels;
}

WeightMatrix match_inputs(const WeightMatrix &weights, const Gram &gram,
                          std::span<const float> lacking) {
    const int64_t depth = weights.depth;
    std::vector<int64_t> order(index(depth));
    std::iota(order.begin(), order.end(), 0);
    const std::vector<double> lower = lower_factor(gram, order, kMatchDamping);
    WeightMatrix matched = weights;
    parallel_for(weights.outs, [&](int64_t out) {
        std::vector<double> x(lacking.begin() + out * depth, lacking.begin() + (out + 1) * depth);
        for (int64_t i = 0; i < depth; ++i) {
            const double *row = &lower[index(i * depth)];
            for (int64_t j = 0; j < i; ++j) x[index(i)] -= row[j] * x[index(j)];
            x[index(i)] /= row[i];
        }
        for (int64_t i = depth; i-- > 0;) {
            const double *row = &lower[index(i * depth)];
            x[index(i)] /= row[i];
            for (int64_t j = 0; j < i; ++j) x[index(j)] -= row[j] * x[index(i)];
        }
        for (int64_t i = 0; i < depth; ++i) {
            matched.values[index(out * depth + i)] += static_cast<float>(x[index(i)]);
        }
    });
    return matched;
}

RoundedWeights round_weights(const WeightMatrix &weights, const std::vector<int8_t> &levels,
                             const Gram *gram) {
    const Grid grid(levels);
    const bool is_full = levels.size() > 16;
    RoundedWeights result{std::vector<float>(index(weights.outs), 1.0f),
                          std::vector<int8_t>(weights.values.size(), 0)};
    parallel_for(weights.outs, [&](int64_t out) {
        const auto row = weights.row(out);
        float scale = greatest(row) / kMostLevel;
        if (!is_full && scale > 0) scale = best_scale(row, grid, gram, scale);
        if (scale > 0) result.scales[index(out)] = scale;
    });
    if (gram == nullptr) {
        for (size_t i = 0; i < weights.values.size(); ++i) {
            const float scale = result.scales[i / index(weights.depth)];
            result.levels[i] = grid.nearest(weights.values[i] / scale);
        }
        return result;
    }
    std::vector<int64_t> order(index(weights.depth));
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(),
                     [&](int64_t a, int64_t b) { return gram->at(a, a) < gram->at(b, b); });
    const std::vector<float> unit = unit_factor(*gram, order);
    parallel_for((weights.outs + kPanelWidth - 1) / kPanelWidth, [&](int64_t panel) {
        round_panel(weights, grid, unit, order, panel * kPanelWidth, result);
    });
    return result;
}

}  // namespace embark
