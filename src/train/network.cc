#include "train/network.h"

#include <fmt/format.h>

#include <cmath>
#include <random>

#include "base/diagnostics.h"

namespace embark {

namespace {

/// Uniform in [0,1) with 24 bits: unlike std::uniform_real_distribution the same everywhere.
double uniform(std::mt19937_64 &random) {
    return static_cast<double>(random() >> 40) * (1.0 / 16777216.0);
}

void fill_kernel(Array &kernel, const Layer &layer, std::mt19937_64 &random) {
    const auto count = static_cast<double>(element_count(kernel.shape));
    const auto outs = static_cast<double>(
        layer.kind == LayerKind::kDepthwise ? kernel.shape.back() : kernel.shape.front());
    const double fan_in = count / outs;
    const double fan_out = layer.kind == LayerKind::kDense ? outs : fan_in;
    const bool rectified = layer.activation.find("relu") != std::string::npos;
    const double limit = std::sqrt(6.0 / (rectified ? fan_in : fan_in + fan_out));
    for (float &value : kernel.values) {
        value = static_cast<float>((uniform(random) * 2 - 1) * limit);
    }
}

}  // namespace

std::vector<std::pair<std::string, Shape>> weight_shapes(const Layer &layer, const Shape &in) {
    std::vector<std::pair<std::string, Shape>> shapes;
    const int64_t channels = in.empty() ? 0 : in.back();
    int64_t outs = layer.units;
    switch (layer.kind) {
        case LayerKind::kConv:
            shapes.emplace_back(
                layer.name + "/kernel",
                Shape{outs, layer.kernel[0], layer.kernel[1], channels / layer.groups});
            break;
        case LayerKind::kDepthwise:
            outs = channels * layer.multiplier;
            shapes.emplace_back(layer.name + "/kernel",
                                Shape{layer.kernel[0], layer.kernel[1], outs});
            break;
        case LayerKind::kDense:
            shapes.emplace_back(layer.name + "/kernel", Shape{outs, channels});
            break;
        case LayerKind::kBatchNorm:
            for (const char *part : {"/gamma", "/beta", "/mean", "/variance"}) {
                shapes.emplace_back(layer.name + part, Shape{channels});
            }
            return shapes;
        default:
            return shapes;
    }
    if (layer.bias) shapes.emplace_back(layer.name + "/bias", Shape{outs});
    return shapes;
}

Expected<Weights> initial_weights(const Spec &spec, uint64_t seed) {
    EMBARK_ASSIGN(const std::vector<Shape> shapes, infer_shapes(spec));
    std::mt19937_64 random(seed);
    Weights weights;
    for (const Layer &layer : spec.layers) {
        if (layer.inputs.empty()) continue;
        const Shape &in = shapes[static_cast<size_t>(spec.index_of(layer.inputs[0]))];
        for (const auto &[name, shape] : weight_shapes(layer, in)) {
            Array array{shape, std::vector<float>(static_cast<size_t>(element_count(shape)))};
            if (name.ends_with("/kernel")) fill_kernel(array, layer, random);
            if (name.ends_with("/gamma") || name.ends_with("/variance")) {
                array.values.assign(array.values.size(), 1.0f);
            }
            weights.emplace(name, std::move(array));
        }
    }
    return weights;
}

Status check_weights(const Network &network) {
    EMBARK_ASSIGN(const std::vector<Shape> shapes, infer_shapes(network.spec));
    Diagnostics faults;
    size_t wanted = 0;
    for (const Layer &layer : network.spec.layers) {
        if (layer.inputs.empty()) continue;
        const Shape &in = shapes[static_cast<size_t>(network.spec.index_of(layer.inputs[0]))];
        for (const auto &[name, shape] : weight_shapes(layer, in)) {
            ++wanted;
            const auto found = network.weights.find(name);
            if (found == network.weights.end()) {
                faults.error(ErrorCode::kInvalid, "layer " + layer.name,
                             fmt::format("there is no '{}'", name));
            } else if (found->second.shape != shape ||
                       static_cast<int64_t>(found->second.values.size()) != element_count(shape)) {
                faults.error(ErrorCode::kInvalid, "layer " + layer.name,
                             fmt::format("'{}' has shape {}, expected {}", name,
                                         to_string(found->second.shape), to_string(shape)));
            }
        }
    }
    if (!faults.has_errors() && network.weights.size() != wanted) {
        faults.error(
            ErrorCode::kInvalid, "",
            fmt::format("{} arrays of weights, expected {}", network.weights.size(), wanted));
    }
    return faults.status();
}

}  // namespace embark
