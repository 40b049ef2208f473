#include "import/keras/graph_builder.h"

#include <fmt/format.h>

#include <functional>
#include <map>
#include <queue>
#include <set>

#include "import/keras/layers.h"

namespace embark::keras {

namespace {

constexpr int64_t kMaxElements = 1 << 28;  // of one activation; far beyond any microcontroller

std::string place_of(const LayerConfig &layer) {
    return "layer " + layer.name;
}

/// "float32", whether dtype is a name or a policy object.
std::string dtype_policy(Value config) {
    const Value dtype = config["dtype"];
    if (const auto name = dtype.as_string()) return *name;
    return dtype["config"]["name"].as_string().value_or("float32");
}

std::string unsupported_class(const LayerConfig &layer) {
    if (layer.class_name == "Lambda") {
        return "Lambda layers hold Python code, which embark cannot run: replace it by layers";
    }
    if (layer.class_name == "Functional" || layer.class_name == "Sequential" ||
        layer.class_name == "Model") {
        return fmt::format(
            "a model inside of the model ({}) is not supported: build one model of "
            "its layers",
            layer.class_name);
    }
    if (is_known_to_keras(layer.class_name)) {
        return fmt::format("layer class {} is not supported", layer.class_name);
    }
    return fmt::format("layer class {} is unknown: a custom layer?", layer.class_name);
}

/// What can be said of a layer before it is converted. \returns the fault, or ""
std::string unsupported_reason(const LayerConfig &layer) {
    const bool custom = layer.registered_name.find('>') != std::string::npos &&
                        !layer.registered_name.starts_with("keras");
    if (custom) return fmt::format("layer class {} is custom", layer.registered_name);
    if (find_layer(layer.class_name) == nullptr) return unsupported_class(layer);
    if (layer.config["data_format"].as_string() == "channels_first") {
        return "data_format is channels_first, expected channels_last";
    }
    const std::string policy = dtype_policy(layer.config);
    if (layer.class_name != "InputLayer" && policy.find("float32") == std::string::npos &&
        policy.find("float16") == std::string::npos &&
        policy.find("float64") == std::string::npos) {
        return fmt::format("computes with the type {}, expected float32", policy);
    }
    if (policy.find("int") != std::string::npos && policy.find("from") != std::string::npos) {
        return fmt::format("was quantised by Keras ({}), expected float32", policy);
    }
    for (const LayerCall &call : layer.calls) {
        if (!call.foreign_argument.empty()) {
            return fmt::format("is called with the argument {}, expected tensors only",
                               call.foreign_argument);
        }
    }
    return {};
}

/// A call of a layer, by position in the model.
struct CallId {
    size_t layer, call;
};

class Builder {
  public:
    Builder(const ModelConfig &model, const Archive &archive, const std::string &file,
            int keras_major, Graph &graph, Diagnostics &diagnostics)
        : model_(model),
          file_(file),
          keras_major_(keras_major),
          graph_(graph),
          diagnostics_(diagnostics) {
        for (const LayerWeights &layer : archive.layers) weights_.emplace(layer.layer, &layer);
        for (size_t i = 0; i < model.layers.size(); ++i) {
            for (size_t call = 0; call < model.layers[i].calls.size(); ++call) {
                ids_.emplace(TensorRef{model.layers[i].name, static_cast<int64_t>(call), 0},
                             calls_.size());
                calls_.push_back({i, call});
            }
        }
        results_.assign(calls_.size(), kNoTensor);
    }

    void run() {
        check_support();
        check_policies();
        if (diagnostics_.has_errors()) return;
        const std::vector<size_t> order = sort();
        if (diagnostics_.has_errors()) return;
        for (const size_t id : order) convert(id);
        if (diagnostics_.has_errors()) return;
        set_ends(model_.inputs, graph_.inputs, "input_layers");
        set_ends(model_.outputs, graph_.outputs, "output_layers");
        check_inputs();
    }

  private:
    const LayerConfig &layer_of(size_t id) const { return model_.layers[calls_[id].layer]; }
    const LayerCall &call_of(size_t id) const { return layer_of(id).calls[calls_[id].call]; }

    void check_support() {
        for (const LayerConfig &layer : model_.layers) {
            const std::string reason = unsupported_reason(layer);
            if (!reason.empty()) {
                diagnostics_.error(ErrorCode::kUnsupported, place_of(layer), reason);
            }
        }
    }

    void check_policies() {
        std::set<std::string> told;
        for (const LayerConfig &layer : model_.layers) {
            const std::string policy = dtype_policy(layer.config);
            if (policy == "float32" || !told.insert(policy).second) continue;
            diagnostics_.warning(
                fmt::format("layers with the type {} (the first is {}) are computed in float32",
                            policy, layer.name));
        }
    }

    std::vector<size_t> sort();
    void report_cycle(const std::vector<size_t> &waiting_for);
    void convert(size_t id);
    Status check_node_names(size_t first_node);
    Expected<TensorId> convert_call(size_t id, const LayerDefinition &definition);
    void set_ends(const std::vector<TensorRef> &refs, std::vector<TensorId> &ends,
                  std::string_view what);
    void check_inputs();

    const ModelConfig &model_;
    const std::string &file_;
    const int keras_major_;
    Graph &graph_;
    Diagnostics &diagnostics_;
    std::map<std::string, const LayerWeights *, std::less<>> weights_;
    std::vector<CallId> calls_;
    std::map<TensorRef, size_t> ids_;  ///< of calls_, for output 0
    std::vector<TensorId> results_;    ///< by call
    std::map<std::string, TensorId> constants_;
    std::set<std::string> node_names_;
};

/// Kahn's algorithm; of the calls that are ready, the first in the file goes first.
std::vector<size_t> Builder::sort() {
    std::vector<size_t> waiting_for(calls_.size(), 0);
    std::vector<std::vector<size_t>> readers(calls_.size());
    for (size_t id = 0; id < calls_.size(); ++id) {
        for (const TensorRef &ref : call_of(id).inputs) {
            const auto source = ids_.find(ref);
            if (source == ids_.end()) {
                diagnostics_.error(ErrorCode::kInvalid, place_of(layer_of(id)),
                                   fmt::format("reads output {} of call {} of layer '{}', which "
                                               "does not exist",
                                               ref.output, ref.call, ref.layer));
                continue;
            }
            readers[source->second].push_back(id);
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
    diagnostics_.error(ErrorCode::kInvalid, "model_config",
                       "layers wait for each other in a circle: " + names);
}

/// A layer may be named "conv/relu", as the node of another's activation is.
Status Builder::check_node_names(size_t first_node) {
    for (size_t i = first_node; i < graph_.nodes.size(); ++i) {
        const std::string &name = graph_.nodes[i].name;
        if (node_names_.insert(name).second) continue;
        return make_error(ErrorCode::kInvalid,
                          fmt::format("needs the name '{}' for a node, which another has", name));
    }
    return Ok{};
}

/// The layer's converter, between the checks that all layers share.
Expected<TensorId> Builder::convert_call(size_t id, const LayerDefinition &definition) {
    const LayerConfig &layer = layer_of(id);
    const auto weights = weights_.find(layer.name);
    WeightLookup lookup(layer.name, weights == weights_.end() ? nullptr : weights->second);
    LayerContext context{graph_, layer, layer.name, {}, lookup, constants_, keras_major_};
    if (calls_[id].call > 0) context.node_name += fmt::format("/call_{}", calls_[id].call + 1);
    for (const TensorRef &ref : call_of(id).inputs) {
        context.inputs.push_back(results_[ids_.at(ref)]);
    }
    const size_t count = context.inputs.size();
    const bool count_ok =
        definition.inputs < 0 ? count >= 2 : count == static_cast<size_t>(definition.inputs);
    if (!count_ok) {
        return make_error(
            ErrorCode::kInvalid,
            fmt::format(
                "has {} inputs, expected {}", count,
                definition.inputs < 0 ? "two or more" : fmt::format("{}", definition.inputs)));
    }
    const size_t first_node = graph_.nodes.size();
    EMBARK_ASSIGN(const TensorId result, definition.convert(context));
    EMBARK_RETURN_IF_ERROR(check_node_names(first_node));
    EMBARK_RETURN_IF_ERROR(lookup.check_all_used());
    // Extents are below 2^29 here, so that a product over one more axis cannot overflow.
    int64_t elements = 1;
    for (const int64_t extent : graph_.tensor(result).type.shape) {
        if (extent > kMaxElements / elements) {
            return make_error(
                ErrorCode::kUnsupported,
                fmt::format("makes a tensor {} of more than {} elements",
                            to_string(graph_.tensor(result).type.shape), kMaxElements));
        }
        elements *= extent;
    }
    return result;
}

void Builder::convert(size_t id) {
    const LayerConfig &layer = layer_of(id);
    for (const TensorRef &ref : call_of(id).inputs) {
        if (results_[ids_.at(ref)] == kNoTensor) return;
    }
    auto result = convert_call(id, *find_layer(layer.class_name));
    if (result.ok()) {
        results_[id] = *result;
        return;
    }
    Error error = std::move(result).error();
    if (error.location.place.empty()) error.location.place = place_of(layer);
    error.location.file = file_;
    diagnostics_.error(std::move(error));
}

void Builder::set_ends(const std::vector<TensorRef> &refs, std::vector<TensorId> &ends,
                       std::string_view what) {
    for (const TensorRef &ref : refs) {
        const auto id = ids_.find(ref);
        if (id == ids_.end()) {
            diagnostics_.error(ErrorCode::kInvalid, "model_config",
                               fmt::format("{} names '{}', which does not exist", what, ref.layer));
            continue;
        }
        ends.push_back(results_[id->second]);
    }
}

/// The inputs of the model are its InputLayers, each once.
void Builder::check_inputs() {
    std::set<TensorId> listed(graph_.inputs.begin(), graph_.inputs.end());
    size_t input_layers = 0;
    for (size_t id = 0; id < calls_.size(); ++id) {
        if (layer_of(id).class_name != "InputLayer") continue;
        ++input_layers;
        if (listed.contains(results_[id])) continue;
        diagnostics_.error(ErrorCode::kInvalid, place_of(layer_of(id)),
                           "is not among the model's input_layers");
    }
    if (listed.size() != graph_.inputs.size() || listed.size() > input_layers) {
        diagnostics_.error(ErrorCode::kInvalid, "model_config",
                           "input_layers lists a layer twice, or one that is no InputLayer");
    }
}

}  // namespace

void add_layers(const ModelConfig &model, const Archive &archive, const std::string &file,
                int keras_major, Graph &graph, Diagnostics &diagnostics) {
    Builder(model, archive, file, keras_major, graph, diagnostics).run();
}

}  // namespace embark::keras
