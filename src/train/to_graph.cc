#include <cmath>
#include <map>

#include "ops/registry.h"
#include "train/network.h"

namespace embark {

namespace {

std::vector<int64_t> list(const std::array<int64_t, 2> &pair) {
    return {pair[0], pair[1]};
}

/// Scale and shift that equal a batch normalisation by its stored statistics.
std::pair<std::vector<float>, std::vector<float>> affine_of(const Layer &layer,
                                                            const Weights &weights) {
    const auto part = [&](const char *name) -> const std::vector<float> & {
        return weights.find(layer.name + name)->second.values;
    };
    const auto &gamma = part("/gamma"), &beta = part("/beta"), &mean = part("/mean"),
               &variance = part("/variance");
    std::vector<float> scale, shift;
    for (size_t c = 0; c < gamma.size(); ++c) {
        const double s = gamma[c] / std::sqrt(static_cast<double>(variance[c]) + layer.epsilon);
        scale.push_back(static_cast<float>(s));
        shift.push_back(static_cast<float>(beta[c] - s * mean[c]));
    }
    return {scale, shift};
}

class GraphWriter {
  public:
    GraphWriter(const Network &network, const std::vector<Shape> &shapes)
        : network_(network), shapes_(shapes) {}

    Expected<Graph> run() {
        graph_.name = network_.spec.name;
        graph_.source.format = "spec";
        graph_.source.file_name = network_.spec.name + ".spec";
        for (size_t i = 0; i < network_.spec.layers.size(); ++i) {
            const Layer &layer = network_.spec.layers[i];
            EMBARK_ASSIGN(const TensorId id, write(layer, shapes_[i]));
            made_[layer.name] = id;
        }
        graph_.outputs = {made_[network_.spec.layers.back().name]};
        EMBARK_RETURN_IF_ERROR(verify(graph_));
        return std::move(graph_);
    }

  private:
    const Shape &shape_of(const std::string &layer) const {
        return shapes_[static_cast<size_t>(network_.spec.index_of(layer))];
    }

    static Shape batched(Shape shape) {
        shape.insert(shape.begin(), 1);
        return shape;
    }

    Expected<TensorId> append(const std::string &op, const std::string &name,
                              const std::string &source, std::vector<TensorId> inputs,
                              Attributes attributes = {}) {
        Node node;
        node.op = op;
        node.name = name;
        node.source = source;
        node.inputs = std::move(inputs);
        node.attributes = std::move(attributes);
        return append_node(graph_, std::move(node));
    }

    Expected<TensorId> reshape(const std::string &name, TensorId x, const Shape &shape) {
        return append("reshape", name, "reshape", {x}, {{"shape", batched(shape)}});
    }

    TensorId constant(const std::string &name) {
        const Array &array = network_.weights.find(name)->second;
        return graph_.add_constant(name, array.shape, array.values);
    }

    Expected<TensorId> write(const Layer &layer, const Shape &shape) {
        if (layer.kind == LayerKind::kInput) {
            const TensorId id =
                graph_.add_activation(layer.name, {DataType::kFloat32, batched(shape), {}});
            graph_.inputs = {id};
            return id;
        }
        std::vector<TensorId> inputs;
        for (const std::string &name : layer.inputs) inputs.push_back(made_.at(name));
        const Shape &in = shape_of(layer.inputs[0]);
        switch (layer.kind) {
            case LayerKind::kConv:
            case LayerKind::kDepthwise:
            case LayerKind::kMaxPool:
            case LayerKind::kAveragePool:
                return write_window(layer, inputs[0], in, shape);
            case LayerKind::kGlobalAveragePool:
            case LayerKind::kGlobalMaxPool: {
                EMBARK_ASSIGN(const TensorId map, as_image(layer, inputs[0], in));
                return append(word_of(layer), layer.name, word_of(layer), {map});
            }
            case LayerKind::kDense: {
                inputs.push_back(constant(layer.name + "/kernel"));
                if (layer.bias) inputs.push_back(constant(layer.name + "/bias"));
                EMBARK_ASSIGN(const TensorId y, append("dense", layer.name, "dense", inputs));
                return activate(layer, layer.name + "/" + layer.activation, y);
            }
            case LayerKind::kBatchNorm: {
                const auto [scale, shift] = affine_of(layer, network_.weights);
                const Shape channels = {static_cast<int64_t>(scale.size())};
                inputs.push_back(graph_.add_constant(layer.name + "/scale", channels, scale));
                inputs.push_back(graph_.add_constant(layer.name + "/shift", channels, shift));
                return append("batch_norm", layer.name, "batch_norm", inputs);
            }
            case LayerKind::kActivation:
                return activate(layer, layer.name, inputs[0]);
            case LayerKind::kAdd:
                return write_add(layer, inputs);
            case LayerKind::kConcat:
                return append("concat", layer.name, "concat", inputs,
                              {{"axis", static_cast<int64_t>(shape.size())}});
            case LayerKind::kFlatten:
            case LayerKind::kReshape:
                return reshape(layer.name, inputs[0], shape);
            case LayerKind::kSoftmax:
                return append("softmax", layer.name, "softmax", inputs);
            default:  // dropouts matter in training only
                return inputs[0];
        }
    }

    /// [steps,channels] becomes an image of one row.
    Expected<TensorId> as_image(const Layer &layer, TensorId x, const Shape &in) {
        if (in.size() != 2) return x;
        return reshape(layer.name + "/row", x, {1, in[0], in[1]});
    }

    Expected<TensorId> write_window(const Layer &layer, TensorId x, const Shape &in,
                                    const Shape &out) {
        EMBARK_ASSIGN(const TensorId map, as_image(layer, x, in));
        const auto pads = pads_of(layer, in);
        Attributes attributes = {{"strides", list(layer.strides)},
                                 {"padding", std::vector<int64_t>(pads.begin(), pads.end())}};
        std::vector<TensorId> inputs = {map};
        std::string op;
        if (layer.kind == LayerKind::kMaxPool || layer.kind == LayerKind::kAveragePool) {
            op = layer.kind == LayerKind::kMaxPool ? "max_pool2d" : "average_pool2d";
            attributes["kernel"] = list(layer.kernel);
        } else {
            op = layer.kind == LayerKind::kConv ? "conv2d" : "depthwise_conv2d";
            if (layer.kind == LayerKind::kConv) attributes["groups"] = layer.groups;
            inputs.push_back(constant(layer.name + "/kernel"));
            if (layer.bias) inputs.push_back(constant(layer.name + "/bias"));
        }
        attributes["dilations"] = list(layer.dilations);
        EMBARK_ASSIGN(TensorId y, append(op, layer.name, word_of(layer), inputs, attributes));
        EMBARK_ASSIGN(y, activate(layer, layer.name + "/" + layer.activation, y));
        if (in.size() != 2) return y;
        return reshape(layer.name + "/steps", y, out);
    }

    Expected<TensorId> activate(const Layer &layer, const std::string &name, TensorId x) {
        if (layer.activation.empty()) return x;
        Attributes attributes;
        if (layer.activation == "leaky_relu" || layer.activation == "elu") {
            attributes["alpha"] = layer.alpha;
        }
        return append(layer.activation, name, layer.activation, {x}, attributes);
    }

    Expected<TensorId> write_add(const Layer &layer, const std::vector<TensorId> &inputs) {
        TensorId sum = inputs[0];
        for (size_t i = 1; i < inputs.size(); ++i) {
            const bool last = i + 1 == inputs.size();
            EMBARK_ASSIGN(sum, append("add", last ? layer.name : fmt_name(layer.name, i), "add",
                                      {sum, inputs[i]}));
        }
        return sum;
    }
    static std::string fmt_name(const std::string &name, size_t i) {
        return name + "/" + std::to_string(i);
    }

    const Network &network_;
    const std::vector<Shape> &shapes_;
    Graph graph_;
    std::map<std::string, TensorId> made_;
};

}  // namespace

Expected<Graph> graph_of(const Network &network) {
    EMBARK_RETURN_IF_ERROR(check_weights(network));
    EMBARK_ASSIGN(const std::vector<Shape> shapes, infer_shapes(network.spec));
    return GraphWriter(network, shapes).run();
}

}  // namespace embark
