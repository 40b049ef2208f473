#include "import/keras/weights.h"

#include <fmt/format.h>

#include <cmath>

namespace embark::keras {

namespace {

Error fault(std::string_view layer, std::string_view name, std::string message) {
    return make_error(ErrorCode::kInvalid, Location{"", fmt::format("layer {}/{}", layer, name)},
                      std::move(message));
}

}  // namespace

std::string_view weight_base_name(std::string_view name) {
    name = name.substr(name.rfind('/') + 1);  // npos + 1 is 0
    if (const size_t colon = name.rfind(':'); colon != std::string_view::npos) {
        name = name.substr(0, colon);
    }
    return name;
}

const Weight *WeightLookup::find_weight(std::string_view name) const {
    if (weights_ == nullptr) return nullptr;
    for (const Weight &weight : weights_->weights) {
        if (weight_base_name(weight.name) == name) return &weight;
    }
    return nullptr;
}

Expected<std::span<const float>> WeightLookup::find(std::string_view name, const Shape &shape) {
    const Weight *weight = find_weight(name);
    if (weight == nullptr) {
        return fault(layer_, name,
                     fmt::format("is missing, expected weights of shape {}", to_string(shape)));
    }
    used_.insert(std::string(name));
    if (!weight->fault.empty()) return fault(layer_, name, weight->fault);
    if (weight->shape.size() != shape.size()) {
        return fault(layer_, name,
                     fmt::format("shape {} has rank {}, expected {}", to_string(weight->shape),
                                 weight->shape.size(), shape.size()));
    }
    if (weight->shape != shape) {
        return fault(
            layer_, name,
            fmt::format("has shape {}, expected {}", to_string(weight->shape), to_string(shape)));
    }
    if (weight->values.size() != static_cast<size_t>(element_count(shape))) {
        return fault(layer_, name, fmt::format("has the type {}, expected float32", weight->type));
    }
    return weight->values;
}

Status WeightLookup::check_all_used() const {
    if (weights_ == nullptr) return Ok{};
    std::string unknown;
    for (const Weight &weight : weights_->weights) {
        const std::string_view name = weight_base_name(weight.name);
        if (!used_.contains(name))
            unknown += fmt::format("{}{}", unknown.empty() ? "" : ", ", name);
    }
    if (unknown.empty()) return Ok{};
    return make_error(ErrorCode::kUnsupported, Location{"", "layer " + layer_},
                      "has weights of unknown meaning: " + unknown);
}

void check_weights(const LayerWeights &layer, Diagnostics &diagnostics) {
    for (const Weight &weight : layer.weights) {
        const std::string place =
            fmt::format("layer {}/{}", layer.layer, weight_base_name(weight.name));
        if (!weight.fault.empty()) {
            diagnostics.error(ErrorCode::kInvalid, place, weight.fault);
            continue;
        }
        size_t count = 0, first = 0;
        for (size_t i = 0; i < weight.values.size(); ++i) {
            if (std::isfinite(weight.values[i])) continue;
            if (count++ == 0) first = i;
        }
        if (count == 0) continue;
        diagnostics.error(ErrorCode::kInvalid, place,
                          fmt::format("{} of {} values are not finite (the first, at {}, is {})",
                                      count, weight.values.size(), first, weight.values[first]));
    }
}

}  // namespace embark::keras
