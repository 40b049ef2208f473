#include "search/candidate.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace embark {

namespace {

constexpr int64_t kStep = 4;  ///< channels come in multiples, which kernels like

int64_t scaled(int64_t units, int percent) {
    return std::max<int64_t>(kStep, (units * percent + 100 * kStep - 1) / (100 * kStep) * kStep);
}

bool has_units(const Layer &layer) {
    return layer.kind == LayerKind::kConv || layer.kind == LayerKind::kDense;
}

/// The layer whose units are the network's outputs.
int last_with_units(const Spec &spec) {
    for (size_t i = spec.layers.size(); i-- > 0;) {
        if (has_units(spec.layers[i])) return static_cast<int>(i);
    }
    return -1;
}

size_t reader_count(const Spec &spec, const std::string &name) {
    size_t count = 0;
    for (const Layer &layer : spec.layers) {
        count += static_cast<size_t>(std::count(layer.inputs.begin(), layer.inputs.end(), name));
    }
    return count;
}

/// Layers that only make sense behind the one that goes.
bool follows(const Layer &layer) {
    return layer.kind == LayerKind::kBatchNorm || layer.kind == LayerKind::kActivation ||
           layer.kind == LayerKind::kDropout || layer.kind == LayerKind::kSpatialDropout;
}

/// Takes layer \p index out, and what follows it; readers get its input instead.
void remove_layer(Spec &spec, size_t index) {
    const std::string input = spec.layers[index].inputs[0];
    std::string last = spec.layers[index].name;
    size_t end = index + 1;
    while (end < spec.layers.size() && follows(spec.layers[end]) &&
           spec.layers[end].inputs == std::vector<std::string>{last} &&
           reader_count(spec, last) == 1) {
        last = spec.layers[end++].name;
    }
    spec.layers.erase(spec.layers.begin() + static_cast<std::ptrdiff_t>(index),
                      spec.layers.begin() + static_cast<std::ptrdiff_t>(end));
    for (Layer &layer : spec.layers) {
        std::replace(layer.inputs.begin(), layer.inputs.end(), last, input);
    }
}

/// Whether sums or concatenations read \p name: their other operands must keep its shape.
bool is_joined(const Spec &spec, const std::string &name) {
    return std::any_of(spec.layers.begin(), spec.layers.end(), [&](const Layer &layer) {
        return layer.inputs.size() > 1 &&
               std::find(layer.inputs.begin(), layer.inputs.end(), name) != layer.inputs.end();
    });
}

/// Convolutions that keep the shape of their input, the ones with most weights first.
std::vector<std::string> droppable(const Spec &spec) {
    const auto shapes = infer_shapes(spec);
    if (!shapes.ok()) return {};
    std::vector<std::pair<int64_t, std::string>> found;
    const int last = last_with_units(spec);
    for (size_t i = 1; i < spec.layers.size(); ++i) {
        const Layer &layer = spec.layers[i];
        if (layer.kind != LayerKind::kConv || static_cast<int>(i) == last) continue;
        const int from = spec.index_of(layer.inputs[0]);
        if ((*shapes)[i] != (*shapes)[static_cast<size_t>(from)]) continue;
        if (reader_count(spec, layer.inputs[0]) != 1 || is_joined(spec, layer.name)) continue;
        const int64_t weights = layer.kernel[0] * layer.kernel[1] * layer.units * layer.units;
        found.emplace_back(-weights, layer.name);
    }
    std::sort(found.begin(), found.end());
    std::vector<std::string> names;
    for (const auto &[weights, name] : found) names.push_back(name);
    return names;
}

bool is_hidden_dense(const Spec &spec, size_t index) {
    return spec.layers[index].kind == LayerKind::kDense &&
           static_cast<int>(index) != last_with_units(spec) &&
           !is_joined(spec, spec.layers[index].name);
}

void set_dense(Spec &spec, int percent) {
    for (size_t i = spec.layers.size(); i-- > 0;) {
        if (!is_hidden_dense(spec, i)) continue;
        if (percent == 0) {
            remove_layer(spec, i);
        } else {
            spec.layers[i].units = scaled(spec.layers[i].units, percent);
        }
    }
}

void set_width(Spec &spec, int percent) {
    const int last = last_with_units(spec);
    for (size_t i = 0; i < spec.layers.size(); ++i) {
        Layer &layer = spec.layers[i];
        if (layer.kind != LayerKind::kConv || static_cast<int>(i) == last) continue;
        if (layer.groups == 1) layer.units = scaled(layer.units, percent);
    }
}

bool has_hidden_dense(const Spec &spec) {
    for (size_t i = 0; i < spec.layers.size(); ++i) {
        if (is_hidden_dense(spec, i)) return true;
    }
    return false;
}

/// A `flatten` of a map with more than one position.
Layer *flattened_map(Spec &spec, const std::vector<Shape> &shapes) {
    for (Layer &layer : spec.layers) {
        if (layer.kind != LayerKind::kFlatten) continue;
        const Shape &map = shapes[static_cast<size_t>(spec.index_of(layer.inputs[0]))];
        if (map.size() > 1 && element_count(map) > map.back()) return &layer;
    }
    return nullptr;
}

}  // namespace

std::string to_string(const Change &change) {
    return fmt::format("w{}-d{}{}-h{}-b{}", change.width, change.dropped,
                       change.pooled ? "-gap" : "", change.dense, change.bits);
}

Expected<Spec> changed(const Spec &original, const Change &change) {
    Spec spec = original;
    const std::vector<std::string> names = droppable(spec);
    for (int i = 0; i < std::min(change.dropped, static_cast<int>(names.size())); ++i) {
        remove_layer(spec, static_cast<size_t>(spec.index_of(names[static_cast<size_t>(i)])));
    }
    if (change.pooled) {
        EMBARK_ASSIGN(const std::vector<Shape> shapes, infer_shapes(spec));
        if (Layer *flatten = flattened_map(spec, shapes)) {
            flatten->kind = LayerKind::kGlobalAveragePool;
        }
    }
    if (change.dense != 100) set_dense(spec, change.dense);
    if (change.width != 100) set_width(spec, change.width);
    EMBARK_RETURN_IF_ERROR(infer_shapes(spec));
    return spec;
}

std::vector<Change> search_space(const Spec &original) {
    Spec spec = original;
    const auto shapes = infer_shapes(spec);
    const bool has_map = shapes.ok() && flattened_map(spec, *shapes) != nullptr;
    const bool has_conv =
        std::any_of(spec.layers.begin(), spec.layers.end(),
                    [](const Layer &layer) { return layer.kind == LayerKind::kConv; });
    const int most_dropped = std::min(3, static_cast<int>(droppable(spec).size()));
    std::vector<Change> changes;
    std::set<std::string> seen;
    for (const int width : {100, 75, 50, 38, 25, 13}) {
        if (width != 100 && !has_conv) continue;
        for (int dropped = 0; dropped <= most_dropped; ++dropped) {
            for (const bool pooled : {false, true}) {
                if (pooled && !has_map) continue;
                for (const int dense : {100, 50, 25, 13, 0}) {
                    if (dense != 100 && !has_hidden_dense(spec)) continue;
                    const Change change{width, dropped, pooled, dense, 8};
                    const auto made = changed(original, change);
                    if (!made.ok() || !seen.insert(print_spec(*made)).second) continue;
                    for (const int bits : {8, 4}) {
                        changes.push_back(change);
                        changes.back().bits = bits;
                    }
                }
            }
        }
    }
    return changes;
}

}  // namespace embark
