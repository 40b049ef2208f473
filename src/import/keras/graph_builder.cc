#include "import/keras/graph_builder.h"

#include <fmt/format.h>

#include <functional>
#include <queue>

#include "import/keras/support.h"

namespace embark::keras {

namespace {

/// Of all models together: models in models that are called twice grow as a power of their depth.
constexpr size_t kMaxNodes = 100'000;
constexpr size_t kMaxCalls = 200'000;

/// A call of a layer, by position in the model.
struct CallId {
    size_t layer, call;
};

/// Archives name a layer by its class and count layers of the same class in the model's order.
std::vector<std::string> number_layers(const ModelConfig &model) {
    std::vector<std::string> places;
    std::map<std::string, int> counts;
    for (const LayerConfig &layer : model.layers) {
        if (layer.is_operation()) {
            places.emplace_back();
            continue;
        }
        const std::string name = snake_case(layer.class_name);
        const int count = counts[name]++;
        places.push_back(count == 0 ? fmt::format("layers/{}", name)
                                    : fmt::format("layers/{}_{}", name, count));
    }
    return places;
}

/// A layer that is in two models has its weights where the file has them first.
void find_shared_places(const ModelConfig &model, const std::string &prefix, ImportState &state) {
    const auto places = number_layers(model);
    for (size_t i = 0; i < places.size(); ++i) {
        const LayerConfig &layer = model.layers[i];
        const std::string place = prefix + places[i];
        if (layer.shared_id != 0 && state.weights.has_place(place)) {
            state.shared_places.emplace(layer.shared_id, place);
        }
        if (layer.model) find_shared_places(*layer.model, place + "/", state);
    }
}

class Builder {
  public:
    /// \param outer  the call of the layer that the model is; null for the whole
    Builder(const ModelConfig &model, ImportState &state, LayerContext *outer);

    /// All calls, or faults among the diagnostics. \returns false when there are any
    bool run();
    /// After run(): the model's inputs or outputs.
    std::vector<TensorId> ends(const std::vector<TensorRef> &refs, std::string_view what);
    void check_inputs(const std::vector<TensorId> &inputs);

  private:
    const LayerConfig &layer_of(size_t id) const { return model_.layers[calls_[id].layer]; }
    const LayerCall &call_of(size_t id) const { return layer_of(id).calls[calls_[id].call]; }
    std::string path_of(const LayerConfig &layer) const {
        return outer_ ? fmt::format("{}/{}", outer_->path, layer.name) : layer.name;
    }
    std::string place() const { return outer_ ? "layer " + outer_->path : "model_config"; }

    std::optional<size_t> resolve(const TensorRef &ref, bool is_end, bool is_keras3) const;
    bool bind_inputs();
    std::vector<size_t> sort();
    void report_cycle(const std::vector<size_t> &waiting_for);
    void report(Error error, const std::string &path);
    void convert(size_t id);
    bool note_unsupported(const LayerConfig &layer, const std::string &path,
                          const std::vector<TensorId> &inputs);
    Expected<std::vector<TensorId>> convert_call(size_t id, std::vector<TensorId> inputs);
    Expected<std::vector<TensorId>> collect_inputs(size_t id);
    WeightLookup weights_of(const CallId &id) const;
    Status check_node_names(size_t first_node);

    const ModelConfig &model_;
    ImportState &state_;
    LayerContext *outer_;
    std::vector<CallId> calls_;
    std::map<std::pair<std::string, int64_t>, size_t> ids_;  ///< by layer and call
    std::map<std::string, size_t, std::less<>> layers_;      ///< by name
    std::vector<std::string> places_;             ///< by layer: "layers/conv2d_1", in archives
    std::map<size_t, TensorId> bound_;            ///< inputs of an inner model, by layer
    std::vector<std::vector<TensorId>> results_;  ///< by call; empty when it failed
};

Builder::Builder(const ModelConfig &model, ImportState &state, LayerContext *outer)
    : model_(model), state_(state), outer_(outer) {
    for (size_t i = 0; i < model.layers.size(); ++i) {
        layers_.emplace(model.layers[i].name, i);
        for (size_t call = 0; call < model.layers[i].calls.size(); ++call) {
            ids_.emplace(std::pair(model.layers[i].name, static_cast<int64_t>(call)),
                         calls_.size());
            calls_.push_back({i, call});
        }
    }
    results_.resize(calls_.size());
    places_ = number_layers(model);
}

/// A model that is a layer has one call more than the file tells, the one that made it, and some
/// versions count it: Keras 2 for all models, Keras 3 for functional ones in output_layers only.
std::optional<size_t> Builder::resolve(const TensorRef &ref, bool is_end, bool is_keras3) const {
    const auto layer = layers_.find(ref.layer);
    if (layer == layers_.end()) return std::nullopt;
    const LayerConfig &config = model_.layers[layer->second];
    int64_t offset = 0;
    if (config.model) {
        offset = is_keras3 ? is_end && config.class_name != "Sequential" : 1;
    }
    auto found = ids_.find({ref.layer, ref.call - offset});
    if (found == ids_.end() && config.model) found = ids_.find({ref.layer, ref.call - 1 + offset});
    if (found == ids_.end()) return std::nullopt;
    return found->second;
}

/// Gives an inner model's InputLayers what it is called with.
bool Builder::bind_inputs() {
    if (outer_ == nullptr) return true;
    if (outer_->inputs.size() != model_.inputs.size()) {
        state_.diagnostics.error(
            ErrorCode::kInvalid, place(),
            fmt::format("has {} inputs, expected {}", outer_->inputs.size(), model_.inputs.size()));
        return false;
    }
    for (size_t i = 0; i < model_.inputs.size(); ++i) {
        const auto layer = layers_.find(model_.inputs[i].layer);
        if (layer != layers_.end()) bound_[layer->second] = outer_->inputs[i];
    }
    return true;
}

bool Builder::run() {
    const size_t before = state_.diagnostics.errors().size();
    if (!bind_inputs()) return false;
    const std::vector<size_t> order = sort();
    if (state_.diagnostics.errors().size() > before) return false;
    for (const size_t id : order) convert(id);
    return state_.diagnostics.errors().size() == before;
}

/// Kahn's algorithm; of the calls that are ready, the first in the file goes first.
std::vector<size_t> Builder::sort() {
    std::vector<size_t> waiting_for(calls_.size(), 0);
    std::vector<std::vector<size_t>> readers(calls_.size());
    for (size_t id = 0; id < calls_.size(); ++id) {
        for (const TensorRef &ref : call_of(id).inputs) {
            const auto source = resolve(ref, false, call_of(id).is_keras3);
            if (!source) {
                state_.diagnostics.error(ErrorCode::kInvalid, "layer " + path_of(layer_of(id)),
                                         fmt::format("reads output {} of call {} of layer '{}', "
                                                     "which does not exist",
                                                     ref.output, ref.call, ref.layer));
                continue;
            }
            readers[*source].push_back(id);
            ++waiting_for[id];
        }
    }
    std::priority_queue<size_t, std::vector<size_t>, std::greater<>> ready;
    for (size_t id = 0; id < calls_.size(); ++id) {
        if (waiting_for[id] == 0) ready.push(id);
    }
    std::vector<size_t> order;
    while (!ready.empty()) {
        const size_t id = ready.top();
        ready.pop();
        order.push_back(id);
        for (const size_t reader : readers[id]) {
            if (--waiting_for[reader] == 0) ready.push(reader);
        }
    }
    if (order.size() < calls_.size()) report_cycle(waiting_for);
    return order;
}

void Builder::report_cycle(const std::vector<size_t> &waiting_for) {
    std::string names;
    int count = 0;
    for (size_t id = 0; id < waiting_for.size() && count < 5; ++id) {
        if (waiting_for[id] == 0) continue;
        names += fmt::format("{}{}", count++ == 0 ? "" : ", ", layer_of(id).name);
    }
    state_.diagnostics.error(ErrorCode::kInvalid, place(),
                             "layers wait for each other in a circle: " + names);
}

/// A layer may be named "conv/relu", as the node of another's activation is.
Status Builder::check_node_names(size_t first_node) {
    for (size_t i = first_node; i < state_.graph.nodes.size(); ++i) {
        const std::string &name = state_.graph.nodes[i].name;
        if (state_.node_names.insert(name).second) continue;
        return make_error(ErrorCode::kInvalid,
                          fmt::format("needs the name '{}' for a node, which another has", name));
    }
    return Ok{};
}

WeightLookup Builder::weights_of(const CallId &id) const {
    const LayerConfig &layer = model_.layers[id.layer];
    const std::string &place = places_[id.layer];
    const auto shared = state_.shared_places.find(layer.shared_id);
    if (shared != state_.shared_places.end()) {
        return WeightLookup(state_.weights, path_of(layer), shared->second);
    }
    if (outer_) return outer_->weights.part(path_of(layer), {place}, layer.name);
    return WeightLookup(state_.weights, layer.name, state_.weights.by_place() ? place : layer.name);
}

/// What a call reads. Empty when one of its inputs could not be made.
Expected<std::vector<TensorId>> Builder::collect_inputs(size_t id) {
    std::vector<TensorId> inputs;
    for (const TensorRef &ref : call_of(id).inputs) {
        const auto &made = results_[*resolve(ref, false, call_of(id).is_keras3)];
        if (made.empty()) return std::vector<TensorId>{};
        if (ref.output < 0 || static_cast<size_t>(ref.output) >= made.size()) {
            return make_error(ErrorCode::kInvalid,
                              fmt::format("reads output {} of layer '{}', which has {}", ref.output,
                                          ref.layer, made.size()));
        }
        inputs.push_back(made[static_cast<size_t>(ref.output)]);
    }
    return inputs;
}

/// The layer's converter, between the checks that all layers share.
Expected<std::vector<TensorId>> Builder::convert_call(size_t id, std::vector<TensorId> inputs) {
    const LayerConfig &layer = layer_of(id);
    const auto bound = bound_.find(calls_[id].layer);
    if (bound != bound_.end()) return std::vector<TensorId>{bound->second};
    LayerContext context{state_,
                         state_.graph,
                         layer,
                         call_of(id),
                         path_of(layer),
                         outer_ ? fmt::format("{}/{}", outer_->node_name, layer.name) : layer.name,
                         std::move(inputs),
                         weights_of(calls_[id]),
                         {}};
    if (calls_[id].call > 0) context.node_name += fmt::format("/call_{}", calls_[id].call + 1);
    if (state_.graph.nodes.size() > kMaxNodes || ++state_.calls > kMaxCalls) {
        return make_error(ErrorCode::kUnsupported,
                          fmt::format("the model has more than {} nodes", kMaxNodes));
    }
    const size_t first_node = state_.graph.nodes.size();
    EMBARK_ASSIGN(const TensorId first, convert_layer(context));
    if (outer_ == nullptr) {
        EMBARK_RETURN_IF_ERROR(check_node_names(first_node));
        EMBARK_RETURN_IF_ERROR(context.weights.check_all_used());
    }
    std::vector<TensorId> outputs{first};
    outputs.insert(outputs.end(), context.more_outputs.begin(), context.more_outputs.end());
    return outputs;
}

void Builder::report(Error error, const std::string &path) {
    if (error.message.empty()) return;  // what is inside was reported
    if (error.location.place.empty()) error.location.place = "layer " + path;
    error.location.file = state_.file;
    state_.diagnostics.error(std::move(error));
}

/// For a layer that must not be converted, or wraps one: notes what it reads.
bool Builder::note_unsupported(const LayerConfig &layer, const std::string &path,
                               const std::vector<TensorId> &inputs) {
    const auto found = state_.unsupported.lower_bound(path);
    if (found == state_.unsupported.end()) return false;
    const bool wraps = !layer.model && found->first.starts_with(path + "/");
    if (found->first != path && !wraps) return false;
    found->second.clear();
    for (const TensorId id : inputs) {
        const TensorType &type = state_.graph.tensor(id).type;
        if (!found->second.empty()) found->second += ", ";
        found->second += std::string(to_string(type.type)) + to_string(type.shape);
    }
    return true;
}

void Builder::convert(size_t id) {
    const std::string path = path_of(layer_of(id));
    auto inputs = collect_inputs(id);
    if (!inputs.ok()) return report(std::move(inputs).error(), path);
    if (inputs->size() < call_of(id).inputs.size()) return;
    if (note_unsupported(layer_of(id), path, *inputs)) return;
    auto outputs = convert_call(id, std::move(*inputs));
    if (!outputs.ok()) return report(std::move(outputs).error(), path);
    results_[id] = std::move(*outputs);
}

std::vector<TensorId> Builder::ends(const std::vector<TensorRef> &refs, std::string_view what) {
    std::vector<TensorId> list;
    for (const TensorRef &ref : refs) {
        const auto id = resolve(ref, true, state_.keras_major >= 3);
        const size_t made = id ? results_[*id].size() : 0;
        if (ref.output < 0 || static_cast<size_t>(ref.output) >= made) {
            state_.diagnostics.error(
                ErrorCode::kInvalid, place(),
                fmt::format("{} names '{}', which does not exist", what, ref.layer));
            continue;
        }
        list.push_back(results_[*id][static_cast<size_t>(ref.output)]);
    }
    return list;
}

/// The inputs of the model are its InputLayers, each once.
void Builder::check_inputs(const std::vector<TensorId> &inputs) {
    const std::set<TensorId> listed(inputs.begin(), inputs.end());
    size_t input_layers = 0;
    for (size_t id = 0; id < calls_.size(); ++id) {
        if (layer_of(id).class_name != "InputLayer") continue;
        ++input_layers;
        if (!results_[id].empty() && listed.contains(results_[id][0])) continue;
        state_.diagnostics.error(ErrorCode::kInvalid, "layer " + path_of(layer_of(id)),
                                 "is not among the model's input_layers");
    }
    if (outer_ == nullptr && (listed.size() != inputs.size() || listed.size() > input_layers)) {
        state_.diagnostics.error(ErrorCode::kInvalid, place(),
                                 "input_layers lists a layer twice, or one that is no InputLayer");
    }
}

}  // namespace

namespace {

/// Each with what it reads, as far as the layers before it can be converted.
void report_unsupported(const ModelConfig &model, const std::vector<UnsupportedLayer> &layers,
                        ImportState &state) {
    Diagnostics others;  // faults elsewhere may follow from these
    ImportState trial{.graph = state.graph,
                      .diagnostics = others,
                      .file = state.file,
                      .weights = state.weights,
                      .input_shapes = state.input_shapes,
                      .keras_major = state.keras_major};
    for (const UnsupportedLayer &layer : layers) trial.unsupported[layer.path];
    if (trial.weights.by_place()) find_shared_places(model, "", trial);
    Builder(model, trial, nullptr).run();
    for (const UnsupportedLayer &layer : layers) {
        const std::string &reads = trial.unsupported[layer.path];
        state.diagnostics.error(
            ErrorCode::kUnsupported, "layer " + layer.path,
            reads.empty() ? layer.reason : fmt::format("{} (reads {})", layer.reason, reads));
    }
}

}  // namespace

void add_layers(const ModelConfig &model, ImportState &state) {
    const std::vector<UnsupportedLayer> unsupported = check_support(model, state.diagnostics);
    if (!unsupported.empty()) return report_unsupported(model, unsupported, state);
    if (state.diagnostics.has_errors()) return;
    if (state.weights.by_place()) find_shared_places(model, "", state);
    Builder builder(model, state, nullptr);
    if (!builder.run()) return;
    state.graph.inputs = builder.ends(model.inputs, "input_layers");
    state.graph.outputs = builder.ends(model.outputs, "output_layers");
    builder.check_inputs(state.graph.inputs);
}

Expected<std::vector<TensorId>> add_inner_model(LayerContext &context) {
    const size_t before = context.state.diagnostics.errors().size();
    const ModelConfig &model = *context.layer.model;
    Builder builder(model, context.state, &context);
    if (!builder.run()) return Error{};
    const auto inputs = builder.ends(model.inputs, "input_layers");
    auto outputs = builder.ends(model.outputs, "output_layers");
    builder.check_inputs(inputs);
    if (context.state.diagnostics.errors().size() > before || outputs.empty()) return Error{};
    return outputs;
}

}  // namespace embark::keras
