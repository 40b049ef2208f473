#include "import/keras/weights.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <tuple>

namespace embark::keras {

namespace {

Error fault(std::string_view layer, std::string_view name, std::string message) {
    return make_error(ErrorCode::kInvalid, Location{"", fmt::format("layer {}/{}", layer, name)},
                      std::move(message));
}

bool has_component(std::string_view path, std::string_view component) {
    const std::string wrapped = fmt::format("/{}", path);
    return wrapped.find(fmt::format("/{}/", component)) != std::string::npos;
}

size_t depth(const Weight &weight) {
    return static_cast<size_t>(std::count(weight.name.begin(), weight.name.end(), '/'));
}

/// "2 of 3 values are not finite …", or "".
std::string not_finite(const Weight &weight) {
    size_t count = 0, first = 0;
    for (size_t i = 0; i < weight.values.size(); ++i) {
        if (std::isfinite(weight.values[i])) continue;
        if (count++ == 0) first = i;
    }
    if (count == 0) return {};
    return fmt::format("{} of {} values are not finite (the first, at {}, is {})", count,
                       weight.values.size(), first, weight.values[first]);
}

}  // namespace

bool is_random_state(const LayerWeights &layer) {
    return layer.layer.ends_with("/seed_generator");
}

std::string_view weight_base_name(std::string_view name) {
    name = name.substr(name.rfind('/') + 1);  // npos + 1 is 0
    if (const size_t colon = name.rfind(':'); colon != std::string_view::npos) {
        name = name.substr(0, colon);
    }
    return name;
}

/// As keras.src.utils.naming.to_snake_case: a word begins at a capital letter that follows a small
/// one or is followed by one.
std::string snake_case(std::string_view class_name) {
    const auto is_upper = [](char c) { return c >= 'A' && c <= 'Z'; };
    const auto is_lower = [](char c) { return c >= 'a' && c <= 'z'; };
    std::string name;
    for (size_t i = 0; i < class_name.size(); ++i) {
        const char c = class_name[i];
        const bool after = i > 0 && is_lower(class_name[i - 1]);
        const bool before = i + 1 < class_name.size() && is_lower(class_name[i + 1]);
        if (i > 0 && is_upper(c) && (after || before) && name.back() != '_') name += '_';
        name += static_cast<char>(is_upper(c) ? c - 'A' + 'a' : c);
    }
    return name;
}

WeightIndex::WeightIndex(const Archive &archive) : by_place_(archive.weights_by_place) {
    for (const LayerWeights &layer : archive.layers) groups_.emplace(layer.layer, &layer);
}

const LayerWeights *WeightIndex::find_group(std::string_view name) const {
    const auto found = groups_.find(name);
    return found == groups_.end() ? nullptr : found->second;
}

bool WeightIndex::has_place(std::string_view path) const {
    const LayerWeights *group = find_group(path);
    return (group != nullptr && !group->weights.empty()) || !below(path).empty();
}

std::vector<const Weight *> WeightIndex::below(std::string_view path) const {
    std::vector<const Weight *> list;
    const std::string prefix = fmt::format("{}/", path);
    for (auto group = groups_.lower_bound(prefix);
         group != groups_.end() && group->first.starts_with(prefix); ++group) {
        if (is_random_state(*group->second)) continue;
        for (const Weight &weight : group->second->weights) list.push_back(&weight);
    }
    return list;
}

WeightLookup::WeightLookup(WeightIndex &index, std::string place, std::string group)
    : index_(&index), place_(std::move(place)), group_(std::move(group)) {
    const LayerWeights *found = index.find_group(group_);
    if (found == nullptr) return;
    for (const Weight &weight : found->weights) weights_.push_back(&weight);
}

WeightLookup WeightLookup::part(std::string place,
                                std::initializer_list<std::string_view> attributes,
                                std::string_view component) const {
    if (index_->by_place()) {
        std::string group = fmt::format("{}/{}", group_, *attributes.begin());
        for (const std::string_view attribute : attributes) {
            const std::string candidate = fmt::format("{}/{}", group_, attribute);
            if (!index_->has_place(candidate)) continue;
            group = candidate;
            break;
        }
        return WeightLookup(*index_, std::move(place), std::move(group));
    }
    WeightLookup result(*index_, std::move(place));
    result.group_ = group_;
    for (const Weight *weight : weights_) {
        if (has_component(weight->name, component)) result.weights_.push_back(weight);
    }
    if (result.weights_.empty()) {
        result.weights_ = weights_;
        result.is_exact_ = false;
    }
    return result;
}

std::vector<const Weight *> WeightLookup::matches(std::string_view name) const {
    std::vector<const Weight *> list;
    if (index_->by_place()) return list;
    for (const Weight *weight : weights_) {
        if (weight_base_name(weight->name) == name) list.push_back(weight);
    }
    return list;
}

/// Of several weights of the name, the one of the right shape, that nobody has, with the shortest
/// path, that comes first in the file.
const Weight *WeightLookup::choose(std::string_view name, const Shape &shape) {
    const Weight *&earlier = index_->choice(fmt::format("{}/{}", place_, name));
    if (earlier != nullptr) return earlier;
    const Weight *best = nullptr;
    const auto rank = [&](const Weight &weight) {
        return std::tuple(weight.shape != shape, index_->is_used(weight), depth(weight));
    };
    for (const Weight *weight : matches(name)) {
        if (best == nullptr || rank(*weight) < rank(*best)) best = weight;
    }
    earlier = best;
    return best;
}

Expected<std::span<const float>> WeightLookup::find(std::string_view name, const Shape &shape) {
    const Weight *weight = nullptr;
    if (!index_->by_place()) {
        weight = choose(name, shape);
    } else if (next_ < weights_.size()) {
        weight = weights_[next_++];
    }
    if (weight == nullptr) {
        return fault(place_, name,
                     fmt::format("is missing, expected weights of shape {}", to_string(shape)));
    }
    index_->use(*weight);
    if (!weight->fault.empty()) return fault(place_, name, weight->fault);
    if (weight->shape.size() != shape.size()) {
        return fault(place_, name,
                     fmt::format("shape {} has rank {}, expected {}", to_string(weight->shape),
                                 weight->shape.size(), shape.size()));
    }
    if (weight->shape != shape) {
        return fault(
            place_, name,
            fmt::format("has shape {}, expected {}", to_string(weight->shape), to_string(shape)));
    }
    if (weight->values.size() != static_cast<size_t>(element_count(shape))) {
        return fault(place_, name, fmt::format("has the type {}, expected float32", weight->type));
    }
    if (const std::string reason = not_finite(*weight); !reason.empty()) {
        return fault(place_, name, reason);
    }
    return weight->values;
}

void WeightLookup::ignore_rest() {
    if (!is_exact_) return;
    for (const Weight *weight : weights_) index_->use(*weight);
}

Status WeightLookup::check_all_used() const {
    std::vector<const Weight *> all = weights_;
    if (index_->by_place()) {
        const auto inner = index_->below(group_);
        all.insert(all.end(), inner.begin(), inner.end());
    }
    std::string unknown;
    for (const Weight *weight : all) {
        if (index_->is_used(*weight)) continue;
        unknown += fmt::format("{}{}", unknown.empty() ? "" : ", ", weight_base_name(weight->name));
    }
    if (unknown.empty()) return Ok{};
    return make_error(ErrorCode::kUnsupported, Location{"", "layer " + place_},
                      "has weights of unknown meaning: " + unknown);
}

void check_weights(const LayerWeights &layer, Diagnostics &diagnostics) {
    if (is_random_state(layer)) return;
    for (const Weight &weight : layer.weights) {
        const std::string place =
            fmt::format("layer {}/{}", layer.layer, weight_base_name(weight.name));
        if (!weight.fault.empty()) {
            diagnostics.error(ErrorCode::kInvalid, place, weight.fault);
            continue;
        }
        if (const std::string fault = not_finite(weight); !fault.empty()) {
            diagnostics.error(ErrorCode::kInvalid, place, fault);
        }
    }
}

}  // namespace embark::keras
