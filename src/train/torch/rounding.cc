// Weights and activations rounded as int8 networks have them, with gradients as if they were not
// (straight-through estimator; Jacob et al. 2018, arXiv:1712.05877).
#include <cmath>

#include "quantize/observe.h"
#include "quantize/rounding.h"
#include "train/torch/module.h"

namespace embark::training {

namespace {

constexpr float kRangeMomentum = 0.05f;  ///< share of a new batch in a tensor's range

torch::Tensor straight_through(const torch::Tensor &x, const torch::Tensor &rounded) {
    return x + (rounded - x).detach();
}

}  // namespace

void Module::set_fake_quantization(const std::map<std::string, int> &bits) {
    fake_quantize_ = true;
    bits_ = bits;
    levels_.clear();
}

/// Where the integer network stores a value: not between a layer and the batch normalisation and
/// activation that become part of it, and not where values are only moved or compared.
bool Module::is_rounded(const Layer &layer) const {
    switch (layer.kind) {
        case LayerKind::kMaxPool:
        case LayerKind::kGlobalMaxPool:
        case LayerKind::kDropout:
        case LayerKind::kSpatialDropout:
        case LayerKind::kFlatten:
        case LayerKind::kReshape:
        case LayerKind::kSoftmax:
            return false;
        default:
            break;
    }
    const auto readers = readers_.find(layer.name);
    if (readers == readers_.end() || readers->second != 1) return true;
    // The only reader, dropouts (which are nothing in the integer network) passed.
    std::string name = layer.name;
    for (const Layer &reader : spec_.layers) {
        if (reader.inputs.empty() || reader.inputs[0] != name) continue;
        if (reader.kind == LayerKind::kBatchNorm || reader.kind == LayerKind::kActivation) {
            return layer.kind == LayerKind::kInput || layer.kind == LayerKind::kAdd ||
                   layer.kind == LayerKind::kConcat;
        }
        if (reader.kind != LayerKind::kDropout && reader.kind != LayerKind::kSpatialDropout) break;
        name = reader.name;
    }
    return true;
}

torch::Tensor Module::rounded_weights(const Layer &layer, const torch::Tensor &weights) {
    const torch::NoGradGuard no_gradient;
    const torch::Tensor flat = weights.detach().contiguous().flatten(1).contiguous();
    WeightMatrix matrix{flat.size(0), flat.size(1), {}};
    const float *values = flat.data_ptr<float>();
    matrix.values.assign(values, values + flat.numel());
    const auto bits = bits_.find(layer.name);
    std::vector<int8_t> &levels = levels_[layer.name];
    if (levels.empty()) levels = choose_levels(matrix, bits == bits_.end() ? 8 : bits->second);
    const RoundedWeights rounded = round_weights(matrix, levels, nullptr);
    for (int64_t out = 0; out < matrix.outs; ++out) {
        const float scale = rounded.scales[static_cast<size_t>(out)];
        for (int64_t i = out * matrix.depth; i < (out + 1) * matrix.depth; ++i) {
            const auto index = static_cast<size_t>(i);
            matrix.values[index] = scale * static_cast<float>(rounded.levels[index]);
        }
    }
    torch::Tensor result =
        torch::from_blob(matrix.values.data(), flat.sizes()).reshape(weights.sizes()).clone();
    const torch::AutoGradMode gradient(true);
    return straight_through(weights, result);
}

torch::Tensor Module::rounded_values(const Layer &layer, const torch::Tensor &values, Mode mode) {
    SeenRange &range = ranges_[layer.name];
    if (mode == Mode::kTrain || !range.any) {
        const torch::Tensor detached = values.detach();
        const float low = std::min(detached.min().item<float>(), 0.0f);
        const float high = std::max(detached.max().item<float>(), 0.0f);
        range.low = range.any ? range.low + kRangeMomentum * (low - range.low) : low;
        range.high = range.any ? range.high + kRangeMomentum * (high - range.high) : high;
        range.any = true;
    }
    const Quantization q = int8_quantization({range.low, range.high});
    const double scale = q.scales[0], zero = q.zero_points[0];
    const torch::Tensor levels = ((values.detach() / scale).round() + zero).clamp(-128, 127) - zero;
    // Values outside of the range have no gradient.
    const torch::Tensor inside = values.clamp((-128 - zero) * scale, (127 - zero) * scale);
    return inside + (levels * scale - inside).detach();
}

}  // namespace embark::training
