#include "train/torch/module.h"

#include <fmt/format.h>

#include <cstring>

namespace embark::training {

namespace {

constexpr double kMomentum = 0.1;  ///< of the running statistics

torch::Tensor activate(const Layer &layer, const torch::Tensor &x) {
    const std::string &name = layer.activation;
    if (name.empty()) return x;
    if (name == "relu") return torch::relu(x);
    if (name == "relu6") return torch::clamp(x, 0, 6);
    if (name == "leaky_relu") return torch::leaky_relu(x, layer.alpha);
    if (name == "elu") return torch::elu(x, layer.alpha);
    if (name == "selu") return torch::selu(x);
    if (name == "sigmoid") return torch::sigmoid(x);
    if (name == "tanh") return torch::tanh(x);
    if (name == "swish") return torch::silu(x);
    if (name == "hard_sigmoid") return torch::hardsigmoid(x);
    if (name == "hard_swish") return torch::hardswish(x);
    if (name == "softplus") return torch::softplus(x);
    EMBARK_ASSERT(name == "softsign");
    return x / (x.abs() + 1);
}

/// Zeros (or \p value) around a map; unchanged when nothing is to add.
torch::Tensor padded(const torch::Tensor &x, const std::array<int64_t, 4> &pads, double value) {
    if (pads == std::array<int64_t, 4>{}) return x;
    return torch::constant_pad_nd(x, {pads[2], pads[3], pads[0], pads[1]}, value);
}

/// [N, values] to the layer's own shape, channels first.
torch::Tensor from_values(const torch::Tensor &x, const Shape &shape) {
    const int64_t n = x.size(0);
    if (shape.size() == 1) return x.reshape({n, shape[0]});
    const int64_t rows = shape.size() == 3 ? shape[0] : 1;
    return x.reshape({n, rows, shape[shape.size() - 2], shape.back()}).permute({0, 3, 1, 2});
}

/// Channels last, [N, values].
torch::Tensor to_values(const torch::Tensor &x) {
    return x.dim() == 4 ? x.permute({0, 2, 3, 1}).flatten(1) : x.flatten(1);
}

}  // namespace

torch::Tensor to_tensor(const std::string &name, const Layer &layer, const Array &array) {
    torch::Tensor tensor =
        torch::from_blob(const_cast<float *>(array.values.data()),
                         torch::IntArrayRef(array.shape.data(), array.shape.size()));
    if (name.ends_with("/kernel") && layer.kind == LayerKind::kConv) {
        return tensor.permute({0, 3, 1, 2}).clone(torch::MemoryFormat::ChannelsLast);
    }
    if (name.ends_with("/kernel") && layer.kind == LayerKind::kDepthwise) {
        return tensor.permute({2, 0, 1}).unsqueeze(1).contiguous().clone();
    }
    return tensor.clone();
}

Array to_array(const std::string &name, const Layer &layer, const torch::Tensor &tensor) {
    torch::Tensor found = tensor.detach();
    if (name.ends_with("/kernel") && layer.kind == LayerKind::kConv) {
        found = found.permute({0, 2, 3, 1});
    } else if (name.ends_with("/kernel") && layer.kind == LayerKind::kDepthwise) {
        found = found.squeeze(1).permute({1, 2, 0});
    }
    found = found.contiguous();
    const float *values = found.data_ptr<float>();
    return {{found.sizes().begin(), found.sizes().end()}, {values, values + found.numel()}};
}

Expected<Module> Module::create(const Network &network) {
    Module module;
    module.spec_ = network.spec;
    EMBARK_ASSIGN(module.shapes_, infer_shapes(network.spec));
    for (const Layer &layer : network.spec.layers) {
        for (const std::string &input : layer.inputs) ++module.readers_[input];
        if (layer.inputs.empty()) continue;
        if (layer.kind == LayerKind::kAveragePool &&
            layer.dilations != std::array<int64_t, 2>{1, 1}) {
            return make_error(ErrorCode::kUnsupported, Location{"", "layer " + layer.name},
                              "average_pool with dilation cannot be trained");
        }
        for (const auto &[name, shape] : weight_shapes(layer, module.shape_of(layer.inputs[0]))) {
            torch::Tensor tensor = to_tensor(name, layer, network.weights.find(name)->second);
            if (name.ends_with("/mean") || name.ends_with("/variance")) {
                module.statistics_[name] = tensor;
            } else {
                module.parameters_[name] = tensor.set_requires_grad(true);
            }
        }
    }
    return module;
}

Network Module::network() const {
    Network network;
    network.spec = spec_;
    for (const auto *tensors : {&parameters_, &statistics_}) {
        for (const auto &[name, tensor] : *tensors) {
            const Layer *layer = spec_.find(name.substr(0, name.rfind('/')));
            network.weights[name] = to_array(name, *layer, tensor);
        }
    }
    return network;
}

const Shape &Module::shape_of(const std::string &layer) const {
    return shapes_[static_cast<size_t>(spec_.index_of(layer))];
}

torch::Tensor Module::forward(const torch::Tensor &inputs, Mode mode) {
    Values values;
    torch::Tensor last;
    for (size_t i = 0; i < spec_.layers.size(); ++i) {
        const Layer &what = spec_.layers[i];
        if (what.kind == LayerKind::kInput) {
            last = from_values(inputs, what.shape);
        } else if (what.kind == LayerKind::kSoftmax && i + 1 == spec_.layers.size()) {
            break;  // losses take what comes before it
        } else {
            std::vector<torch::Tensor> in;
            for (const std::string &name : what.inputs) in.push_back(values.at(name));
            last = layer(what, in, mode);
        }
        if (fake_quantize_ && is_rounded(what)) last = rounded_values(what, last, mode);
        values[what.name] = last;
    }
    return to_values(last);
}

torch::Tensor Module::layer(const Layer &layer, const std::vector<torch::Tensor> &in, Mode mode) {
    const torch::Tensor &x = in[0];
    switch (layer.kind) {
        case LayerKind::kConv:
        case LayerKind::kDepthwise:
            return activate(layer, window(layer, x));
        case LayerKind::kDense:
            return activate(layer, torch::linear(x, kernel_of(layer), bias_of(layer)));
        case LayerKind::kBatchNorm:
            return batch_norm(layer, x, mode);
        case LayerKind::kActivation:
            return activate(layer, x);
        case LayerKind::kMaxPool:
        case LayerKind::kAveragePool:
            return pool(layer, x);
        case LayerKind::kGlobalAveragePool:
            return x.mean({2, 3});
        case LayerKind::kGlobalMaxPool:
            return x.amax({2, 3});
        case LayerKind::kAdd: {
            torch::Tensor sum = in[0];
            for (size_t i = 1; i < in.size(); ++i) sum = sum + in[i];
            return sum;
        }
        case LayerKind::kConcat:
            return torch::cat(in, 1);
        case LayerKind::kDropout:
            return torch::dropout(x, layer.rate, mode == Mode::kTrain);
        case LayerKind::kSpatialDropout:
            return torch::feature_dropout(x, layer.rate, mode == Mode::kTrain);
        case LayerKind::kFlatten:
            return to_values(x);
        case LayerKind::kReshape:
            return from_values(to_values(x), layer.shape);
        case LayerKind::kSoftmax:
            return torch::softmax(x, 1);
        case LayerKind::kInput:
            break;
    }
    return x;
}

torch::Tensor Module::kernel_of(const Layer &layer) {
    const torch::Tensor &kernel = parameters_.at(layer.name + "/kernel");
    return fake_quantize_ ? rounded_weights(layer, kernel) : kernel;
}

torch::Tensor Module::bias_of(const Layer &layer) {
    return layer.bias ? parameters_.at(layer.name + "/bias") : torch::Tensor();
}

torch::Tensor Module::window(const Layer &layer, torch::Tensor x) {
    auto pads = pads_of(layer, shape_of(layer.inputs[0]));
    std::vector<int64_t> inner = {0, 0};
    if (pads[0] == pads[1] && pads[2] == pads[3]) {
        inner = {pads[0], pads[2]};
        pads = {};
    }
    const int64_t groups = layer.kind == LayerKind::kDepthwise ? x.size(1) : layer.groups;
    return torch::conv2d(padded(x, pads, 0), kernel_of(layer), bias_of(layer), layer.strides, inner,
                         layer.dilations, groups);
}

torch::Tensor Module::pool(const Layer &layer, torch::Tensor x) {
    const auto pads = pads_of(layer, shape_of(layer.inputs[0]));
    if (layer.kind == LayerKind::kMaxPool) {
        x = padded(x, pads, -std::numeric_limits<double>::infinity());
        return torch::max_pool2d(x, layer.kernel, layer.strides, 0, layer.dilations);
    }
    const torch::Tensor mean = torch::avg_pool2d(padded(x, pads, 0), layer.kernel, layer.strides);
    if (pads == std::array<int64_t, 4>{}) return mean;
    // What lies outside of the map does not count.
    const torch::Tensor ones = torch::ones({1, 1, x.size(2), x.size(3)});
    return mean / torch::avg_pool2d(padded(ones, pads, 0), layer.kernel, layer.strides);
}

torch::Tensor Module::batch_norm(const Layer &layer, const torch::Tensor &x, Mode mode) {
    const auto part = [&](auto &tensors, const char *name) {
        return tensors.at(layer.name + name);
    };
    if (mode == Mode::kMeasure) {
        Sums &sums = sums_[layer.name];
        const torch::Tensor flat =
            (x.dim() == 4 ? x.permute({0, 2, 3, 1}).flatten(0, 2) : x).to(torch::kFloat64);
        const torch::Tensor sum = flat.sum(0), squares = flat.square().sum(0);
        sums.sum = sums.count == 0 ? sum : sums.sum + sum;
        sums.squares = sums.count == 0 ? squares : sums.squares + squares;
        sums.count += flat.size(0);
    }
    return torch::batch_norm(x, part(parameters_, "/gamma"), part(parameters_, "/beta"),
                             part(statistics_, "/mean"), part(statistics_, "/variance"),
                             mode == Mode::kTrain && batch_statistics_, kMomentum, layer.epsilon,
                             false);
}

void Module::adopt_statistics() {
    const torch::NoGradGuard no_gradient;
    for (const auto &[name, sums] : sums_) {
        const Layer &layer = *spec_.find(name);
        torch::Tensor &mean = statistics_.at(name + "/mean"),
                      &variance = statistics_.at(name + "/variance");
        torch::Tensor &gamma = parameters_.at(name + "/gamma"),
                      &beta = parameters_.at(name + "/beta");
        const torch::Tensor new_mean = sums.sum / sums.count;
        const torch::Tensor new_variance =
            (sums.squares / sums.count - new_mean.square()).clamp_min(1e-8);
        const torch::Tensor scale =
            gamma.to(torch::kFloat64) / (variance.to(torch::kFloat64) + layer.epsilon).sqrt();
        beta.add_(scale * (new_mean - mean.to(torch::kFloat64)));
        gamma.copy_(scale * (new_variance + layer.epsilon).sqrt());
        mean.copy_(new_mean);
        variance.copy_(new_variance);
    }
    sums_.clear();
}

}  // namespace embark::training
