#include "train/spec.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace embark {

namespace {

const std::set<std::string, std::less<>> kActivations = {
    "relu", "relu6", "leaky_relu",   "elu",        "selu",     "sigmoid",
    "tanh", "swish", "hard_sigmoid", "hard_swish", "softplus", "softsign",
};

std::string place_of(const Layer &layer) {
    return layer.line > 0 ? fmt::format("line {}", layer.line)
                          : fmt::format("layer {}", layer.name);
}

Error fault(const Layer &layer, std::string message) {
    return make_error(ErrorCode::kInvalid, Location{"", place_of(layer)}, std::move(message));
}

/// Output extent of a window along one axis.
int64_t windows(int64_t in, int64_t before, int64_t after, int64_t kernel, int64_t stride,
                int64_t dilation) {
    const int64_t room = in + before + after - (kernel - 1) * dilation - 1;
    return room < 0 ? 0 : room / stride + 1;
}

bool is_map(const Shape &shape) {
    return shape.size() == 2 || shape.size() == 3;
}

Expected<Shape> window_shape(const Layer &layer, const Shape &in, int64_t channels) {
    if (!is_map(in)) {
        return fault(layer, fmt::format("{} reads {}, expected [rows,columns,channels] or "
                                        "[steps,channels]",
                                        word_of(layer), to_string(in)));
    }
    const bool rows = in.size() == 3;
    if (!rows && layer.kernel[0] != 1) {
        return fault(layer, fmt::format("a window of {}x{} on {}, expected one extent",
                                        layer.kernel[0], layer.kernel[1], to_string(in)));
    }
    const auto pads = pads_of(layer, in);
    Shape out;
    if (rows) {
        out.push_back(windows(in[0], pads[0], pads[1], layer.kernel[0], layer.strides[0],
                              layer.dilations[0]));
    }
    out.push_back(windows(in[in.size() - 2], pads[2], pads[3], layer.kernel[1], layer.strides[1],
                          layer.dilations[1]));
    out.push_back(channels);
    if (std::any_of(out.begin(), out.end(), [](int64_t extent) { return extent < 1; })) {
        return fault(layer, fmt::format("the window {}x{} does not fit into {}", layer.kernel[0],
                                        layer.kernel[1], to_string(in)));
    }
    return out;
}

Expected<Shape> conv_shape(const Layer &layer, const Shape &in) {
    const int64_t channels = in.empty() ? 0 : in.back();
    if (layer.kind == LayerKind::kDepthwise) {
        return window_shape(layer, in, channels * layer.multiplier);
    }
    if (layer.groups < 1 || channels % layer.groups != 0 || layer.units % layer.groups != 0) {
        return fault(layer, fmt::format("{} groups of {} input and {} output channels",
                                        layer.groups, channels, layer.units));
    }
    return window_shape(layer, in, layer.units);
}

Expected<Shape> join_shape(const Layer &layer, const std::vector<Shape> &in) {
    Shape out = in[0];
    for (size_t i = 1; i < in.size(); ++i) {
        const bool add = layer.kind == LayerKind::kAdd;
        const bool same_rank = in[i].size() == out.size();
        const auto heads = out.size() - (add ? 0 : 1);
        if (!same_rank ||
            !std::equal(out.begin(), out.begin() + static_cast<int64_t>(heads), in[i].begin())) {
            return fault(layer, fmt::format("{} of {} and {}: the shapes differ", word_of(layer),
                                            to_string(out), to_string(in[i])));
        }
        if (!add) out.back() += in[i].back();
    }
    return out;
}

Expected<Shape> shape_of(const Layer &layer, const std::vector<Shape> &in) {
    switch (layer.kind) {
        case LayerKind::kInput:
            return layer.shape;
        case LayerKind::kConv:
        case LayerKind::kDepthwise:
            return conv_shape(layer, in[0]);
        case LayerKind::kMaxPool:
        case LayerKind::kAveragePool:
            return window_shape(layer, in[0], in[0].back());
        case LayerKind::kDense:
            if (in[0].size() == 1) return Shape{layer.units};
            return fault(layer, fmt::format("dense reads {}, expected [features]: put flatten or "
                                            "global_average_pool before it",
                                            to_string(in[0])));
        case LayerKind::kGlobalAveragePool:
        case LayerKind::kGlobalMaxPool:
            if (is_map(in[0])) return Shape{in[0].back()};
            return fault(layer, fmt::format("{} reads {}, expected a map", word_of(layer),
                                            to_string(in[0])));
        case LayerKind::kAdd:
        case LayerKind::kConcat:
            return join_shape(layer, in);
        case LayerKind::kFlatten:
            return Shape{element_count(in[0])};
        case LayerKind::kReshape:
            if (element_count(layer.shape) == element_count(in[0])) return layer.shape;
            return fault(layer, fmt::format("{} values cannot become {}", element_count(in[0]),
                                            to_string(layer.shape)));
        default:
            return in[0];
    }
}

}  // namespace

bool is_activation(std::string_view word) {
    return kActivations.contains(word);
}

std::string word_of(const Layer &layer) {
    static constexpr std::pair<LayerKind, const char *> kWords[] = {
        {LayerKind::kInput, "input"},
        {LayerKind::kConv, "conv"},
        {LayerKind::kDepthwise, "depthwise"},
        {LayerKind::kDense, "dense"},
        {LayerKind::kBatchNorm, "batch_norm"},
        {LayerKind::kMaxPool, "max_pool"},
        {LayerKind::kAveragePool, "average_pool"},
        {LayerKind::kGlobalAveragePool, "global_average_pool"},
        {LayerKind::kGlobalMaxPool, "global_max_pool"},
        {LayerKind::kAdd, "add"},
        {LayerKind::kConcat, "concat"},
        {LayerKind::kDropout, "dropout"},
        {LayerKind::kSpatialDropout, "spatial_dropout"},
        {LayerKind::kFlatten, "flatten"},
        {LayerKind::kReshape, "reshape"},
        {LayerKind::kSoftmax, "softmax"},
    };
    for (const auto &[kind, word] : kWords) {
        if (kind == layer.kind) return word;
    }
    return layer.activation;
}

const Layer *Spec::find(std::string_view layer) const {
    const int index = index_of(layer);
    return index < 0 ? nullptr : &layers[static_cast<size_t>(index)];
}

Layer *Spec::find(std::string_view layer) {
    const int index = index_of(layer);
    return index < 0 ? nullptr : &layers[static_cast<size_t>(index)];
}

int Spec::index_of(std::string_view layer) const {
    for (size_t i = 0; i < layers.size(); ++i) {
        if (layers[i].name == layer) return static_cast<int>(i);
    }
    return -1;
}

std::array<int64_t, 4> pads_of(const Layer &layer, const Shape &input) {
    if (layer.padding == Padding::kExplicit) return layer.pads;
    std::array<int64_t, 4> pads{};
    if (layer.padding == Padding::kValid) return pads;
    const std::array<int64_t, 2> extents = {input.size() == 3 ? input[0] : 1,
                                            input[input.size() - 2]};
    for (size_t axis = 0; axis < 2; ++axis) {
        const int64_t stride = layer.strides[axis];
        const int64_t out = (extents[axis] + stride - 1) / stride;
        const int64_t reach = (out - 1) * stride + (layer.kernel[axis] - 1) * layer.dilations[axis];
        const int64_t total = std::max<int64_t>(reach + 1 - extents[axis], 0);
        pads[axis * 2] = total / 2;
        pads[axis * 2 + 1] = total - total / 2;
    }
    return pads;
}

Expected<std::vector<Shape>> infer_shapes(const Spec &spec) {
    std::vector<Shape> shapes;
    for (const Layer &layer : spec.layers) {
        std::vector<Shape> in;
        for (const std::string &name : layer.inputs) {
            const int index = spec.index_of(name);
            if (index < 0 || index >= static_cast<int>(shapes.size())) {
                return fault(layer, fmt::format("reads '{}', expected a layer above it", name));
            }
            in.push_back(shapes[static_cast<size_t>(index)]);
        }
        EMBARK_ASSIGN(Shape shape, shape_of(layer, in));
        shapes.push_back(std::move(shape));
    }
    return shapes;
}

}  // namespace embark
