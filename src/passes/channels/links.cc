#include <algorithm>
#include <cstring>
#include <set>

#include "passes/channels/channels.h"

namespace embark::channels {

namespace {

bool is_last_axis(const Graph &graph, const Node &node, int64_t axis) {
    return axis + 1 == static_cast<int64_t>(input_type(graph, node, 0).shape.size());
}

bool keeps_last_axis(const Graph &graph, const Node &node) {
    const auto axes = node.ints_or("axes", {});
    return !axes.empty() && std::none_of(axes.begin(), axes.end(), [&](int64_t axis) {
        return is_last_axis(graph, node, axis);
    });
}

bool pads_other_axes(const Node &node) {
    const auto before = node.ints_or("before", {}), after = node.ints_or("after", {});
    return !before.empty() && before.back() == 0 && after.back() == 0;
}

/// Operators whose output channel c depends on channel c of the inputs only.
bool goes_by_channel(const Graph &graph, const Node &node) {
    const OpDefinition &op = op_of(node);
    if (op.has(kPooling) || op.has(kElementwise) || op.has(kView)) return true;
    if (op.has(kPads)) return pads_other_axes(node);
    if (node.op == "reduce_mean" || node.op == "reduce_max" || node.op == "reduce_min") {
        return keeps_last_axis(graph, node);
    }
    if (node.op == "concat") return !is_last_axis(graph, node, node.int_or("axis", 0));
    return node.op == "global_average_pool" || node.op == "global_max_pool";
}

/// Every input is an activation or a constant per channel, or a constant for all channels.
bool can_be_tied(const Graph &graph, const Node &node) {
    const int64_t channels = channel_count(graph.tensor(node.outputs[0]).type);
    for (size_t i = 0; i < node.inputs.size(); ++i) {
        if (!has_input(node, i)) continue;
        const Tensor &tensor = graph.tensor(node.inputs[i]);
        const int64_t own = channel_count(tensor.type);
        if (tensor.is_constant() && own == 1) continue;
        if (own == channels) continue;
        const bool divides =
            own > 0 && channels > 0 && (own % channels == 0 || channels % own == 0);
        if (!op_of(node).has(kView) || !divides) return false;
    }
    return true;
}

std::vector<int32_t> read_table(const PortableCall &call, std::string_view name, int64_t count) {
    for (const PortableTable &table : call.tables) {
        if (table.name != name) continue;
        std::vector<int32_t> values;
        for (size_t i = 0; i < table.bytes.size(); i += size_of(table.type)) {
            int32_t wide = 0;
            if (table.type == DataType::kInt8) wide = static_cast<int8_t>(table.bytes[i]);
            if (table.type == DataType::kInt32) std::memcpy(&wide, &table.bytes[i], 4);
            values.push_back(wide);
        }
        // One entry stands for all channels.
        if (values.size() == 1) values.assign(static_cast<size_t>(count), values[0]);
        return values;
    }
    return {};
}

int64_t field_value(const std::vector<Field> &fields, std::string_view name) {
    for (const Field &field : fields) {
        if (field.name == name && field.kind == Field::Kind::kInt) return field.ints[0];
        if (field.kind != Field::Kind::kStruct) continue;
        if (field.name == "rescale") return field_value(field.fields, name);
    }
    return 0;
}

/// Pairs of first and one past the last tap inside the input, as they occur along one axis.
std::set<std::pair<int64_t, int64_t>> tap_ranges(int64_t outs, int64_t stride, int64_t before,
                                                 int64_t dilation, int64_t kernel, int64_t extent) {
    std::set<std::pair<int64_t, int64_t>> ranges;
    for (int64_t i = 0; i < outs; ++i) {
        const Taps taps = taps_inside(i, stride, before, dilation, kernel, extent);
        ranges.insert({std::min(taps.first, taps.last), taps.last});
    }
    return ranges;
}

std::vector<std::vector<int64_t>> windows_of(const Window &w) {
    std::vector<std::vector<int64_t>> windows;
    for (const auto &[top, bottom] :
         tap_ranges(w.out_h, w.stride_h, w.top, w.dilation_h, w.kernel_h, w.in_h)) {
        for (const auto &[left, right] :
             tap_ranges(w.out_w, w.stride_w, w.left, w.dilation_w, w.kernel_w, w.in_w)) {
            auto &window = windows.emplace_back();
            for (int64_t y = top; y < bottom; ++y) {
                for (int64_t x = left; x < right; ++x) window.push_back(y * w.kernel_w + x);
            }
        }
    }
    return windows;
}

/// Extents and windows by the shapes of input and weights.
void set_geometry(Layer &layer, const Node &node, const Shape &x, const Shape &weights) {
    layer.in_channels = x.back();
    if (node.op == "dense") {
        layer.out_channels = weights[0];
        layer.windows = {{0}};
        return;
    }
    const size_t rows = layer.depthwise ? 0 : 1;
    layer.out_channels = layer.depthwise ? weights[2] : weights[0];
    layer.taps = weights[rows] * weights[rows + 1];
    layer.windows = windows_of(window_of(node, x, weights[rows], weights[rows + 1]));
}

}  // namespace

bool is_tracked(const Graph &graph, TensorId id) {
    if (id == kNoTensor) return false;
    const Tensor &tensor = graph.tensor(id);
    return !tensor.is_constant() && is_quantized(tensor.type) && !tensor.type.shape.empty() &&
           tensor.type.quantization.scales.size() == 1;
}

int64_t channel_count(const TensorType &type) {
    return type.shape.empty() ? 1 : type.shape.back();
}

bool is_tied_input(const Graph &graph, const Node &node, size_t index) {
    const Tensor &tensor = graph.tensor(node.inputs[index]);
    return !(tensor.is_constant() && channel_count(tensor.type) == 1);
}

Link link_of(const Graph &graph, const Node &node) {
    if (node.outputs.size() != 1 || !is_tracked(graph, node.outputs[0])) return Link::kOpaque;
    for (const TensorId id : node.inputs) {
        if (id == kNoTensor || graph.tensor(id).is_constant()) continue;
        if (!is_tracked(graph, id)) return Link::kOpaque;
    }
    if (const auto layer = layer_of(graph, node)) {
        return layer->depthwise ? Link::kDepthwise : Link::kLayer;
    }
    if (op_of(node).has(kHasWeights)) return Link::kOpaque;
    if (node.op == "concat" && is_last_axis(graph, node, node.int_or("axis", 0))) {
        const bool constants =
            std::any_of(node.inputs.begin(), node.inputs.end(),
                        [&](TensorId id) { return graph.tensor(id).is_constant(); });
        return constants ? Link::kOpaque : Link::kConcat;
    }
    return goes_by_channel(graph, node) && can_be_tied(graph, node) ? Link::kTied : Link::kOpaque;
}

int64_t Layer::weight(int64_t out, int64_t tap, int64_t in) const {
    const int64_t at = depthwise ? tap * out_channels + out : (out * taps + tap) * in_channels + in;
    const uint8_t raw = weights[static_cast<size_t>(at)];
    return (has_sign ? static_cast<int8_t>(raw) : raw) - weight_zero;
}

bool Layer::is_padded() const {
    return std::any_of(windows.begin(), windows.end(), [&](const auto &window) {
        return static_cast<int64_t>(window.size()) < taps;
    });
}

std::optional<Layer> layer_of(const Graph &graph, const Node &node) {
    const bool depthwise = node.op == "depthwise_conv2d";
    if (node.op != "conv2d" && node.op != "dense" && !depthwise) return std::nullopt;
    if (node.op == "conv2d" && node.int_or("groups", 1) != 1) return std::nullopt;
    const TensorType &x = input_type(graph, node, 0);
    const Tensor &weights = graph.tensor(node.inputs[1]);
    const bool has_bias = has_input(node, 2);
    if (!is_quantized(x) || x.type == DataType::kInt16 || !weights.is_constant())
        return std::nullopt;
    if (has_bias && (!graph.tensor(node.inputs[2]).is_constant() ||
                     graph.tensor(node.inputs[2]).type.type != DataType::kInt32)) {
        return std::nullopt;
    }
    const auto call = portable_call(graph, node);
    if (!call.ok()) return std::nullopt;
    Layer layer;
    layer.depthwise = depthwise;
    set_geometry(layer, node, x.shape, weights.type.shape);
    layer.weights = *weights.data;
    layer.has_sign = weights.type.type == DataType::kInt8;
    layer.bias.assign(static_cast<size_t>(layer.out_channels), 0);
    if (has_bias) {
        const auto values = graph.tensor(node.inputs[2]).values<int32_t>();
        layer.bias.assign(values.begin(), values.end());
    }
    layer.in_zero = field_value(call->fields, "in_zero");
    layer.weight_zero = field_value(call->fields, "weight_zero");
    layer.out_zero = field_value(call->fields, "out_zero");
    layer.range = {field_value(call->fields, "low"), field_value(call->fields, "high")};
    layer.multiplier = read_table(*call, "multiplier", layer.out_channels);
    layer.shift = read_table(*call, "shift", layer.out_channels);
    if (layer.multiplier.empty() || layer.shift.empty()) return std::nullopt;
    return layer;
}

}  // namespace embark::channels
