#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/diagnostics.h"
#include "ops/registry.h"
#include "passes/passes.h"
#include "train/network.h"

namespace embark {

namespace {

/// Without what the language has no sign for.
std::string clean_name(std::string name) {
    for (char &c : name) {
        const bool known = std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' ||
                           c == '/' || c == '-' || c == '.';
        if (!known) c = '_';
    }
    return name.empty() ? "layer" : name;
}

std::array<int64_t, 2> pair_of(const std::vector<int64_t> &list) {
    return {list[0], list[1]};
}

class SpecWriter {
  public:
    explicit SpecWriter(const Graph &graph) : graph_(graph) {}

    Expected<Network> run() {
        if (graph_.inputs.size() != 1 || graph_.outputs.size() != 1 || !graph_.states.empty()) {
            return make_error(
                ErrorCode::kUnsupported,
                fmt::format("the network has {} inputs, {} outputs and {} states, "
                            "expected one input and one output",
                            graph_.inputs.size(), graph_.outputs.size(), graph_.states.size()));
        }
        network_.spec.name = clean_name(graph_.name);
        const Tensor &input = graph_.tensor(graph_.inputs[0]);
        Layer layer;
        layer.kind = LayerKind::kInput;
        layer.name = clean_name(input.name);
        layer.shape = shape_of(graph_.inputs[0]);
        if (input.type.type != DataType::kFloat32 || layer.shape.empty() ||
            layer.shape.size() > 3) {
            return make_error(ErrorCode::kUnsupported, Location{"", "input " + input.name},
                              fmt::format("is {} {}, expected float32 of two to four axes",
                                          to_string(input.type.type), to_string(input.type.shape)));
        }
        made_[graph_.inputs[0]] = layer.name;
        network_.spec.layers.push_back(layer);
        add_dropouts("", graph_.inputs[0]);
        for (const Node &node : graph_.nodes) {
            if (!convert(node)) {
                faults_.error(ErrorCode::kUnsupported, "node " + node.name,
                              fmt::format("{} has no layer that embark trains", node.op));
            }
            if (!node.outputs.empty()) add_dropouts(node.name, node.outputs[0]);
        }
        EMBARK_RETURN_IF_ERROR(faults_.status());
        const std::string last = made_[graph_.outputs[0]];
        if (last != network_.spec.layers.back().name) {
            return make_error(ErrorCode::kUnsupported,
                              fmt::format("layers behind '{}' lead nowhere", last));
        }
        EMBARK_RETURN_IF_ERROR(check_weights(network_));
        return std::move(network_);
    }

  private:
    Shape shape_of(TensorId id) const {
        const Shape &shape = graph_.tensor(id).type.shape;
        return shape.empty() ? Shape{} : Shape(shape.begin() + 1, shape.end());
    }

    std::string free_name(const std::string &wanted) const {
        std::string name = clean_name(wanted);
        while (network_.spec.find(name) != nullptr) name += "_";
        return name;
    }

    Layer start(LayerKind kind, const Node &node) {
        Layer layer;
        layer.kind = kind;
        layer.name = free_name(node.name);
        layer.inputs = {made_[node.inputs[0]]};
        return layer;
    }

    bool finish(Layer layer, const Node &node) {
        made_[node.outputs[0]] = layer.name;
        network_.spec.layers.push_back(std::move(layer));
        return true;
    }

    void add_dropouts(const std::string &node, TensorId output) {
        for (const TrainingLayer &info : graph_.source.training_layers) {
            const bool spatial = info.source.starts_with("SpatialDropout");
            if (info.after != node || (info.source != "Dropout" && !spatial)) continue;
            if (!made_.contains(output) || info.rate <= 0 || info.rate >= 1) continue;
            Layer layer;
            layer.kind = spatial ? LayerKind::kSpatialDropout : LayerKind::kDropout;
            layer.name = free_name(info.name);
            layer.inputs = {made_[output]};
            layer.rate = info.rate;
            made_[output] = layer.name;
            network_.spec.layers.push_back(std::move(layer));
        }
    }

    bool constants(const Node &node, size_t first) const {
        for (size_t i = first; i < node.inputs.size(); ++i) {
            if (node.inputs[i] == kNoTensor) continue;
            const Tensor &tensor = graph_.tensor(node.inputs[i]);
            if (!tensor.is_constant() || tensor.type.type != DataType::kFloat32) return false;
        }
        return true;
    }

    void store(const std::string &name, TensorId id) {
        const Tensor &tensor = graph_.tensor(id);
        const auto values = tensor.values<float>();
        network_.weights[name] = {tensor.type.shape, {values.begin(), values.end()}};
    }

    /// The node's first input is a value of some layer.
    bool convert(const Node &node) {
        if (node.inputs.empty() || node.outputs.size() != 1) return false;
        if (!made_.contains(node.inputs[0])) return false;
        if (node.op == "reshape") return convert_reshape(node);
        if (node.op == "transpose") return convert_transpose(node);
        if (is_activation(node.op)) return convert_activation(node);
        if (node.op == "add" || node.op == "concat") return convert_join(node);
        if (!constants(node, 1)) return false;
        if (node.op == "conv2d" || node.op == "depthwise_conv2d") return convert_conv(node);
        if (node.op == "dense") return convert_dense(node);
        if (node.op == "batch_norm") return convert_batch_norm(node);
        if (node.op == "max_pool2d" || node.op == "average_pool2d") return convert_pool(node);
        if (node.op == "global_average_pool" || node.op == "global_max_pool") {
            return finish(start(node.op == "global_max_pool" ? LayerKind::kGlobalMaxPool
                                                             : LayerKind::kGlobalAveragePool,
                                node),
                          node);
        }
        if (node.op == "softmax" && node.float_or("beta", 1) == 1) {
            return finish(start(LayerKind::kSoftmax, node), node);
        }
        return false;
    }

    /// Input with channels first: data come with channels last, as the layers behind want them.
    bool convert_transpose(const Node &node) {
        const std::vector<int64_t> perm = node.ints_or("perm", {});
        const bool first_to_last =
            perm == std::vector<int64_t>{0, 2, 3, 1} || perm == std::vector<int64_t>{0, 2, 1};
        const TensorId input = node.inputs[0];
        if (!first_to_last || input != graph_.inputs[0] || network_.spec.layers.size() != 1 ||
            graph_.consumers(input).size() != 1) {
            return false;
        }
        network_.spec.layers[0].shape = shape_of(node.outputs[0]);
        made_[node.outputs[0]] = made_[input];
        return true;
    }

    /// A row of an image and steps are the same layer's value.
    bool convert_reshape(const Node &node) {
        const Shape in = shape_of(node.inputs[0]), out = shape_of(node.outputs[0]);
        const auto is_row_of = [](const Shape &image, const Shape &steps) {
            return image.size() == 3 && steps.size() == 2 && image[0] == 1 &&
                   image[1] == steps[0] && image[2] == steps[1];
        };
        // A pooled map of one position is a vector of features here.
        const Layer &source = *network_.spec.find(made_[node.inputs[0]]);
        const bool pooled = source.kind == LayerKind::kGlobalAveragePool ||
                            source.kind == LayerKind::kGlobalMaxPool;
        if (in == out || (pooled && out.size() == 1) || is_row_of(out, in) || is_row_of(in, out)) {
            made_[node.outputs[0]] = made_[node.inputs[0]];
            return true;
        }
        if (out.empty() || out.size() > 3) return false;
        Layer layer = start(out.size() == 1 ? LayerKind::kFlatten : LayerKind::kReshape, node);
        if (layer.kind == LayerKind::kReshape) layer.shape = out;
        return finish(std::move(layer), node);
    }

    /// An activation directly behind its only source becomes part of that layer.
    bool convert_activation(const Node &node) {
        const double alpha = node.float_or("alpha", 0);
        Layer &last = network_.spec.layers.back();
        const bool carries = last.kind == LayerKind::kConv || last.kind == LayerKind::kDepthwise ||
                             last.kind == LayerKind::kDense;
        const bool alone = graph_.consumers(node.inputs[0]).size() == 1;
        if (carries && alone && made_[node.inputs[0]] == last.name && last.activation.empty()) {
            last.activation = node.op;
            last.alpha = alpha;
            made_[node.outputs[0]] = last.name;
            return true;
        }
        Layer layer = start(LayerKind::kActivation, node);
        layer.activation = node.op;
        layer.alpha = alpha;
        return finish(std::move(layer), node);
    }

    bool convert_join(const Node &node) {
        Layer layer = start(node.op == "add" ? LayerKind::kAdd : LayerKind::kConcat, node);
        const Shape out = shape_of(node.outputs[0]);
        if (layer.kind == LayerKind::kConcat &&
            node.int_or("axis", 0) != static_cast<int64_t>(out.size())) {
            return false;
        }
        layer.inputs.clear();
        for (const TensorId id : node.inputs) {
            if (!made_.contains(id)) return false;
            if (layer.kind == LayerKind::kAdd && shape_of(id) != out) return false;
            layer.inputs.push_back(made_[id]);
        }
        return layer.inputs.size() > 1 && finish(std::move(layer), node);
    }

    void read_window(Layer &layer, const Node &node) const {
        layer.strides = pair_of(node.ints_or("strides", {1, 1}));
        layer.dilations = pair_of(node.ints_or("dilations", {1, 1}));
        Shape in = shape_of(node.inputs[0]);
        if (in[0] == 1 && layer.kernel[0] == 1) layer.strides[0] = layer.dilations[0] = 1;
        const auto pads = node.ints_or("padding", {0, 0, 0, 0});
        std::copy(pads.begin(), pads.end(), layer.pads.begin());
        const std::array<int64_t, 4> found = layer.pads;
        const bool pools =
            layer.kind == LayerKind::kMaxPool || layer.kind == LayerKind::kAveragePool;
        const Padding usual = pools ? Padding::kValid : Padding::kSame;
        const Padding other = pools ? Padding::kSame : Padding::kValid;
        for (const Padding named : {usual, other}) {
            layer.padding = named;
            if (pads_of(layer, in) == found) {
                layer.pads = {};
                return;
            }
        }
        layer.padding = Padding::kExplicit;
    }

    bool convert_conv(const Node &node) {
        const bool depthwise = node.op == "depthwise_conv2d";
        Layer layer = start(depthwise ? LayerKind::kDepthwise : LayerKind::kConv, node);
        const Shape &filter = graph_.tensor(node.inputs[1]).type.shape;
        const int64_t channels = shape_of(node.inputs[0]).back();
        layer.kernel =
            depthwise ? std::array{filter[0], filter[1]} : std::array{filter[1], filter[2]};
        if (depthwise) {
            layer.multiplier = filter[2] / channels;
        } else {
            layer.units = filter[0];
            layer.groups = node.int_or("groups", 1);
        }
        read_window(layer, node);
        layer.bias = node.inputs.size() > 2 && node.inputs[2] != kNoTensor;
        store(layer.name + "/kernel", node.inputs[1]);
        if (layer.bias) store(layer.name + "/bias", node.inputs[2]);
        return finish(std::move(layer), node);
    }

    bool convert_dense(const Node &node) {
        if (shape_of(node.inputs[0]).size() != 1) return false;
        Layer layer = start(LayerKind::kDense, node);
        layer.units = graph_.tensor(node.inputs[1]).type.shape[0];
        layer.bias = node.inputs.size() > 2 && node.inputs[2] != kNoTensor;
        store(layer.name + "/kernel", node.inputs[1]);
        if (layer.bias) store(layer.name + "/bias", node.inputs[2]);
        return finish(std::move(layer), node);
    }

    bool convert_batch_norm(const Node &node) {
        Layer layer = start(LayerKind::kBatchNorm, node);
        store(layer.name + "/gamma", node.inputs[1]);
        store(layer.name + "/beta", node.inputs[2]);
        const Array &gamma = network_.weights[layer.name + "/gamma"];
        const size_t channels = gamma.values.size();
        // With epsilon it makes 1, so that gamma is the scale.
        const auto rest = static_cast<float>(1 - layer.epsilon);
        network_.weights[layer.name + "/variance"] = {gamma.shape,
                                                      std::vector<float>(channels, rest)};
        network_.weights[layer.name + "/mean"] = {gamma.shape, std::vector<float>(channels, 0.0f)};
        network_.has_statistics = false;
        return finish(std::move(layer), node);
    }

    bool convert_pool(const Node &node) {
        if (node.int_or("count_padding", 0) != 0) return false;
        Layer layer =
            start(node.op == "max_pool2d" ? LayerKind::kMaxPool : LayerKind::kAveragePool, node);
        layer.kernel = pair_of(node.ints_or("kernel", {1, 1}));
        read_window(layer, node);
        return finish(std::move(layer), node);
    }

    const Graph &graph_;
    Network network_;
    Diagnostics faults_;
    std::map<TensorId, std::string> made_;
};

}  // namespace

Expected<Network> network_of(const Graph &graph) {
    Graph simple = graph;
    EMBARK_ASSIGN(const auto results,
                  run_named_passes(simple, {"fuse_bias", "fold_constants", "simplify_moves",
                                            "remove_unused", "fold_padding"}));
    auto network = SpecWriter(simple).run();
    if (!network.ok() && network.error().location.file.empty()) {
        network.error().location.file = graph.source.file_name;
    }
    return network;
}

}  // namespace embark
