#include "quantize/adapt.h"

#include <algorithm>
#include <atomic>

#include "ops/panel.h"
#include "quantize/parallel.h"

namespace embark {

namespace {

constexpr int64_t kMostRows = 8192;   ///< positions that a layer's statistics are made of
constexpr int64_t kMostDepth = 4608;  ///< a matrix of that many rows has 85 MB

size_t at(int64_t i) {
    return static_cast<size_t>(i);
}

/// Up to \p most different positions, spread over all of them, others for each sample.
std::vector<int64_t> choose_positions(int64_t positions, int64_t most, size_t sample) {
    std::vector<int64_t> chosen;
    if (positions <= most) {
        for (int64_t i = 0; i < positions; ++i) chosen.push_back(i);
        return chosen;
    }
    uint32_t state = static_cast<uint32_t>(sample) * 2654435761u + 12345u;
    for (int64_t i = 0; i < most; ++i) {
        state = state * 1664525u + 1013904223u;
        const int64_t first = i * positions / most, end = (i + 1) * positions / most;
        chosen.push_back(first +
                         static_cast<int64_t>(state >> 8) % std::max<int64_t>(end - first, 1));
    }
    return chosen;
}

void add_to_mean(std::vector<double> &sums, const std::vector<float> &rows, double factor) {
    for (size_t i = 0; i < rows.size(); ++i) sums[i % sums.size()] += rows[i] * factor;
}

/// Adds to lacking what the rows \p lost, the float inputs less the \p read ones, are worth.
void add_lacking(const WeightMatrix &weights, const std::vector<float> &lost,
                 const std::vector<float> &read, std::vector<float> &lacking) {
    const int64_t depth = weights.depth, rows = static_cast<int64_t>(read.size()) / depth;
    parallel_for((weights.outs + kPanelWidth - 1) / kPanelWidth, [&](int64_t panel) {
        const int64_t first = panel * kPanelWidth;
        const int64_t count = std::min(kPanelWidth, weights.outs - first);
        std::vector<float> packed(at(depth * kPanelWidth));
        pack_panel(weights.values.data() + first * depth, depth, count, depth, packed.data());
        for (int64_t row = 0; row < rows; ++row) {
            float sums[kPanelWidth] = {};
            accumulate_panel(&lost[at(row * depth)], packed.data(), depth, sums);
            for (int64_t j = 0; j < count; ++j) {
                float *to = &lacking[at((first + j) * depth)];
                const float *x = &read[at(row * depth)];
                for (int64_t i = 0; i < depth; ++i) to[i] += sums[j] * x[i];
            }
        }
    });
}

}  // namespace

LayerSamples sample_layer(const Graph &graph, const Node &node, const LayerShape &shape,
                          const WeightMatrix &weights, const std::vector<Bytes> &floats,
                          const TensorType &type, const std::vector<Bytes> &values) {
    LayerSamples samples;
    if (!shape.depthwise && shape.depth <= kMostDepth) {
        samples.gram.emplace(shape.depth);
        samples.lacking.assign(weights.values.size(), 0.0f);
    }
    const float scale = type.quantization.scales[0];
    samples.float_mean.assign(at(shape.row), 0.0);
    samples.quantized_mean.assign(at(shape.row), 0.0);
    const auto count = static_cast<int64_t>(values.size());
    const int64_t per_sample = std::max<int64_t>(kMostRows / count, 1);
    const TensorType &float_type = graph.tensor(node.inputs[0]).type;
    // Many rows at a time: the matrix is larger than the caches.
    std::vector<float> pending, lost;
    int64_t rows = 0;
    for (size_t i = 0; i < values.size(); ++i) {
        const auto positions = choose_positions(shape.positions, per_sample, i);
        rows += static_cast<int64_t>(positions.size());
        const auto real = gather_rows(graph, node, shape, float_type, floats[i], positions);
        add_to_mean(samples.float_mean, real, 1.0);
        const auto read = gather_rows(graph, node, shape, type, values[i], positions);
        add_to_mean(samples.quantized_mean, read, scale);
        if (!samples.gram) continue;
        pending.insert(pending.end(), read.begin(), read.end());
        for (size_t k = 0; k < read.size(); ++k) lost.push_back(real[k] / scale - read[k]);
        const bool is_last = i + 1 == values.size();
        if (is_last || pending.size() >= at(512 * shape.row)) {
            samples.gram->add(pending);
            add_lacking(weights, lost, pending, samples.lacking);
            pending.clear();
            lost.clear();
        }
    }
    for (double &value : samples.float_mean) value /= static_cast<double>(rows);
    for (double &value : samples.quantized_mean) value /= static_cast<double>(rows);
    return samples;
}

double rounding_error(const WeightMatrix &weights, const RoundedWeights &rounded,
                      const Gram *gram) {
    std::vector<double> errors(at(weights.outs)), squares(at(weights.outs));
    parallel_for(weights.outs, [&](int64_t out) {
        const int64_t depth = weights.depth;
        const auto row = weights.row(out);
        std::vector<double> lost(at(depth));
        for (int64_t i = 0; i < depth; ++i) {
            const float level = rounded.levels[at(out * depth + i)];
            lost[at(i)] = row[at(i)] - rounded.scales[at(out)] * level;
        }
        for (int64_t i = 0; i < depth; ++i) {
            if (gram == nullptr) {
                errors[at(out)] += lost[at(i)] * lost[at(i)];
                squares[at(out)] += static_cast<double>(row[at(i)]) * row[at(i)];
                continue;
            }
            double error = lost[at(i)] * gram->at(i, i), square = row[at(i)] * gram->at(i, i);
            for (int64_t j = i + 1; j < depth; ++j) {
                error += 2 * lost[at(j)] * gram->at(i, j);
                square += 2 * static_cast<double>(row[at(j)]) * gram->at(i, j);
            }
            errors[at(out)] += lost[at(i)] * error;
            squares[at(out)] += row[at(i)] * square;
        }
    });
    double error = 0, square = 0;
    for (int64_t out = 0; out < weights.outs; ++out) {
        error += errors[at(out)];
        square += squares[at(out)];
    }
    return square > 0 ? error / square : 0;
}

void correct_bias(const WeightMatrix &weights, const RoundedWeights &rounded,
                  const LayerShape &shape, const LayerSamples &samples, std::vector<double> &bias) {
    const int64_t depth = weights.depth;
    const int64_t channels = shape.depthwise ? shape.row / depth : 1;
    for (int64_t out = 0; out < weights.outs; ++out) {
        double expected = 0, found = 0;
        for (int64_t i = 0; i < depth; ++i) {
            const int64_t from =
                shape.depthwise ? i * channels + out / (weights.outs / channels) : i;
            const float level = rounded.levels[at(out * depth + i)];
            expected += weights.values[at(out * depth + i)] * samples.float_mean[at(from)];
            found += static_cast<double>(rounded.scales[at(out)] * level) *
                     samples.quantized_mean[at(from)];
        }
        bias[at(out)] += expected - found;
    }
}

}  // namespace embark
