// Float operators between dequantize and quantize, as ONNX's quantised networks have them, become
// quantised operators with the arithmetic of TensorFlow Lite: sums of integers, scaled in fixed
// point. A value may differ by one quantum from what float arithmetic and one rounding give.
//
//   x -> dequantize -> conv2d(w', b') -> relu -> quantize   becomes   x -> conv2d(w, b) -> relu
//
// Moves are drawn over the dequantize before them, clamps over the quantize behind them; what is
// quantised again right after dequantize becomes requantize, or nothing. uint8 values that only
// pass between operators become int8 with the zero point 128 lower, which stands for the same
// numbers (shift_unsigned.cc).

#include <algorithm>
#include <cmath>
#include <optional>

#include "base/bytes.h"
#include "ops/portable.h"
#include "ops/quantized.h"
#include "ops/quantized_forms.h"
#include "passes/rewrite.h"

namespace embark {

namespace {

/// ONNX's quantize rounds halves to even, and stands for integer arithmetic in between. TensorFlow
/// Lite's rounds away from zero, and means what it says: its float operators are float operators.
bool stands_for_integers(const Node &node) {
    return node.op == "quantize" && node.string_or("rounding", "away") == "even";
}

bool is_dequantize(const Node *node) {
    return node != nullptr && node->op == "dequantize";
}

bool same_quantization(const TensorType &a, const TensorType &b) {
    return a.type == b.type && a.quantization.scales == b.quantization.scales &&
           a.quantization.zero_points == b.quantization.zero_points;
}

class Fuser {
  public:
    explicit Fuser(Graph &graph) : graph_(graph) {}

    int run() {
        // Each of these may make room for another; all of them move towards the inputs or shrink.
        bool changed = true;
        while (changed) {
            changed = false;
            for (size_t i = 0; i < graph_.nodes.size(); ++i) {
                if (!visit(i)) continue;
                changed = true;
                ++changes_;
            }
        }
        return changes_;
    }

  private:
    bool visit(size_t i) {
        const Node &node = graph_.nodes[i];
        if (stands_for_integers(node)) return join_quantize(i) || draw_over_clamp(i);
        if (node.op == "quantize" || node.op == "dequantize") return false;
        return draw_move(i) || fuse(i);
    }

    const TensorType &type(TensorId id) const { return graph_.tensor(id).type; }
    const Node *maker(TensorId id) const {
        const int producer = graph_.producer(id);
        return producer < 0 ? nullptr : &graph_.nodes[static_cast<size_t>(producer)];
    }
    /// What \p id was dequantised from, with one scale; kNoTensor when it was not.
    TensorId integers_of(TensorId id) const {
        const Node *node = maker(id);
        if (!is_dequantize(node)) return kNoTensor;
        const TensorId integers = node->inputs[0];
        return is_quantized(type(integers)) && type(integers).quantization.scales.size() == 1
                   ? integers
                   : kNoTensor;
    }
    /// The only reader of \p id when that is a quantize with one scale; -1 otherwise.
    int sole_quantize(TensorId id) const {
        if (graph_.is_output(id)) return -1;
        const std::vector<int> readers = graph_.consumers(id);
        if (readers.size() != 1) return -1;
        const Node &node = graph_.nodes[static_cast<size_t>(readers[0])];
        const bool fits = stands_for_integers(node) && is_quantized(type(node.outputs[0])) &&
                          type(node.outputs[0]).quantization.scales.size() == 1;
        return fits ? readers[0] : -1;
    }

    bool join_quantize(size_t i);
    bool draw_over_clamp(size_t i);
    bool draw_move(size_t i);
    bool fuse(size_t i);
    bool try_fuse(size_t i);
    std::optional<Node> quantized_node(const Node &node, const TensorType &made,
                                       std::vector<Node> &before);
    std::optional<TensorId> operand(const Node &node, size_t index, const TensorType &made,
                                    std::vector<Node> &before);
    std::optional<TensorId> bias(const Node &node, const Node &quantized);
    bool runs(const Node &node) const;
    Node requantize(TensorId from, const TensorType &as, const std::string &name);
    void insert(size_t at, std::vector<Node> nodes) {
        graph_.nodes.insert(graph_.nodes.begin() + static_cast<long>(at),
                            std::make_move_iterator(nodes.begin()),
                            std::make_move_iterator(nodes.end()));
    }
    void replace_readers(TensorId from, TensorId to) {
        for (Node &node : graph_.nodes) {
            for (TensorId &id : node.inputs) id = id == from ? to : id;
        }
    }

    Graph &graph_;
    int changes_ = 0;
};

/// A node that gives \p from another quantisation; its output is new.
Node Fuser::requantize(TensorId from, const TensorType &as, const std::string &name) {
    const TensorId made = graph_.add_activation(name, {as.type, type(from).shape, as.quantization});
    return {"requantize", name, {from}, {made}, {{"to", std::string(to_string(as.type))}}, ""};
}

/// dequantize, quantize: nothing, or requantize.
bool Fuser::join_quantize(size_t i) {
    Node &node = graph_.nodes[i];
    const TensorId from = integers_of(node.inputs[0]), made = node.outputs[0];
    if (from == kNoTensor || graph_.tensor(from).is_constant()) return false;
    if (!is_quantized(type(made)) || type(made).quantization.scales.size() != 1) return false;
    if (same_quantization(type(from), type(made)) && !graph_.is_output(made)) {
        if (graph_.consumers(made).empty()) return false;
        replace_readers(made, from);
        return true;
    }
    Node direct = node;
    direct.op = "requantize";
    direct.inputs[0] = from;
    direct.attributes = {{"to", std::string(to_string(type(made).type))}};
    if (!runs(direct)) return false;
    node = std::move(direct);
    return true;
}

/// Clamping and quantising may change places: both are monotone, and a clamp's limits are rounded
/// as any other value. The clamp then works on integers, where fuse_clamps finds it.
bool Fuser::draw_over_clamp(size_t i) {
    const TensorId clamped = graph_.nodes[i].inputs[0], made = graph_.nodes[i].outputs[0];
    const int at = graph_.producer(clamped);
    if (at < 0 || sole_quantize(clamped) != static_cast<int>(i)) return false;
    const Node clamp = graph_.nodes[static_cast<size_t>(at)];
    if (!op_of(clamp).has(kClamp) || integers_of(clamp.inputs[0]) != kNoTensor) return false;
    const Node *layer = maker(clamp.inputs[0]);
    const bool ends_there = layer != nullptr && !graph_.is_output(clamp.inputs[0]) &&
                            graph_.consumers(clamp.inputs[0]).size() == 1;
    if (!ends_there || quantized_form(layer->op) != QuantizedForm::kRescales) return false;
    const std::string name = graph_.tensor(clamp.inputs[0]).name + "/q";
    const TensorId raw = graph_.add_activation(name, TensorType(type(made)));
    Node quantize = graph_.nodes[i], inner = clamp;
    quantize.inputs[0] = clamp.inputs[0];
    quantize.outputs[0] = raw;
    inner.inputs[0] = raw;
    inner.outputs[0] = made;
    graph_.nodes[static_cast<size_t>(at)] = std::move(quantize);
    graph_.nodes[i] = std::move(inner);
    // The clamp now stands where the quantize was: nothing between them reads its output.
    return true;
}

/// dequantize, transpose: transpose, dequantize. Likewise for other moves of one tensor.
bool Fuser::draw_move(size_t i) {
    Node move = graph_.nodes[i];
    const OpDefinition &op = op_of(move);
    if (!op.has(kView) && !op.has(kPermutes)) return false;
    const TensorId from = integers_of(move.inputs[0]), made = move.outputs[0];
    if (from == kNoTensor || graph_.tensor(from).is_constant()) return false;
    TensorType moved = type(from);
    moved.shape = type(made).shape;
    const TensorId integers = graph_.add_activation(graph_.tensor(made).name + "/q", moved);
    move.inputs[0] = from;
    move.outputs[0] = integers;
    const Node real{"dequantize", move.name + "/dequantize", {integers}, {made}, {}, move.source};
    graph_.nodes[i] = std::move(move);
    insert(i + 1, {real});
    return true;
}

/// Input \p index in the integers that the quantised form takes. Nothing when it has none.
std::optional<TensorId> Fuser::operand(const Node &node, size_t index, const TensorType &made,
                                       std::vector<Node> &before) {
    const TensorId id = node.inputs[index];
    if (id == kNoTensor || type(id).type != DataType::kFloat32) return id;  // absent, or indices
    const Node *real = maker(id);
    if (!is_dequantize(real)) return std::nullopt;
    const TensorId integers = real->inputs[0];
    const bool weights = index > 0 && op_of(node).has(kHasWeights);
    if (weights)
        return graph_.tensor(integers).is_constant() ? std::optional(integers) : std::nullopt;
    if (integers_of(id) == kNoTensor || type(integers).type != made.type) return std::nullopt;
    const bool joins = quantized_form(node.op) == QuantizedForm::kJoins;
    if (!joins || same_quantization(type(integers), made)) return integers;
    before.push_back(
        requantize(integers, made, node.name + "/requantize_" + std::to_string(index)));
    return before.back().outputs[0];
}

/// The addend in steps of scale(x) * scale(w), as the sums have them.
std::optional<TensorId> Fuser::bias(const Node &node, const Node &quantized) {
    const TensorId id = node.inputs[2];
    const Node *real = maker(id);
    const Tensor &source = graph_.tensor(is_dequantize(real) ? real->inputs[0] : id);
    if (!source.is_constant()) return std::nullopt;
    const float in = type(quantized.inputs[0]).quantization.scales[0];
    const std::vector<float> &weights = type(quantized.inputs[1]).quantization.scales;
    const bool wide = type(quantized.inputs[0]).type == DataType::kInt16;
    const bool integers = source.type.type == DataType::kInt32;
    if (!integers && source.type.type != DataType::kFloat32) return std::nullopt;
    const Quantization &given = source.type.quantization;
    if (integers && given.empty()) return std::nullopt;
    Quantization steps;
    Bytes bytes;
    const auto count = static_cast<size_t>(element_count(source.type.shape));
    for (size_t i = 0; i < count; ++i) {
        const float step = in * weights[weights.size() > 1 ? i : 0];
        const size_t at = given.scales.size() > 1 ? i : 0;
        const double value = integers
                                 ? (double{given.scales[at]} *
                                    (source.values<int32_t>()[i] - int64_t{given.zero_points[at]}))
                                 : double{source.values<float>()[i]};
        const double whole = std::round(value / step);
        if (!(std::abs(whole) < (wide ? 1e15 : 2147483647.0))) return std::nullopt;
        if (wide) {
            append_le(bytes, static_cast<int64_t>(whole));
        } else {
            append_le(bytes, static_cast<int32_t>(whole));
        }
        if (i < weights.size()) {
            steps.scales.push_back(step);
            steps.zero_points.push_back(0);
        }
    }
    const DataType made = wide ? DataType::kInt64 : DataType::kInt32;
    return graph_.add_constant(source.name, {made, source.type.shape, steps}, std::move(bytes));
}

/// Whether a kernel takes the node as it stands; its output's type is set.
bool Fuser::runs(const Node &node) const {
    const OpDefinition &op = op_of(node);
    const auto types = op.infer(graph_, node);
    if (!types.ok() || types->size() != 1) return false;
    const TensorType &made = type(node.outputs[0]);
    if (types->front().type != made.type || types->front().shape != made.shape) return false;
    return op.portable == nullptr || portable_call(graph_, node).ok();
}

/// \p node on integers, for an output of type \p made; what it needs first goes to \p before.
std::optional<Node> Fuser::quantized_node(const Node &node, const TensorType &made,
                                          std::vector<Node> &before) {
    Node quantized = node;
    const bool has_bias =
        op_of(node).has(kHasWeights) && node.inputs.size() > 2 && node.inputs[2] != kNoTensor;
    for (size_t i = 0; i < node.inputs.size(); ++i) {
        if (i == 2 && has_bias) continue;
        const auto id = operand(node, i, made, before);
        if (!id) return std::nullopt;
        quantized.inputs[i] = *id;
    }
    if (!is_quantized(type(quantized.inputs[0]))) return std::nullopt;
    if (has_bias) {
        const auto id = bias(node, quantized);
        if (!id) return std::nullopt;
        quantized.inputs[2] = *id;
    }
    if (op_of(node).has(kPads)) {
        const Quantization &q = type(quantized.inputs[0]).quantization;
        const IntegerRange range = range_of(made.type);
        const double value =
            std::nearbyint(node.float_or("value", 0.0) / q.scales[0]) + q.zero_points[0];
        if (!std::isfinite(value)) return std::nullopt;
        quantized.attributes["value"] =
            std::clamp(value, static_cast<double>(range.low), static_cast<double>(range.high));
    }
    return quantized;
}

bool Fuser::fuse(size_t i) {
    const size_t tensors = graph_.tensors.size();
    if (try_fuse(i)) return true;
    graph_.tensors.resize(tensors);  // what was made on the way
    return false;
}

bool Fuser::try_fuse(size_t i) {
    const Node node = graph_.nodes[i];
    const QuantizedForm form = quantized_form(node.op);
    if (form == QuantizedForm::kNone || node.outputs.size() != 1 || node.inputs.empty() ||
        node.inputs[0] == kNoTensor || integers_of(node.inputs[0]) == kNoTensor) {
        return false;
    }
    const int end = sole_quantize(node.outputs[0]);
    if (end < 0) return false;
    const TensorId result = graph_.nodes[static_cast<size_t>(end)].outputs[0];
    std::vector<Node> before, after;
    const TensorType made = type(result);
    auto quantized = quantized_node(node, made, before);
    if (!quantized) return false;
    const TensorType in = type(quantized->inputs[0]);
    if (form == QuantizedForm::kKeeps && !same_quantization(in, made)) {
        const TensorId moved =
            graph_.add_activation(node.name + "/q", {in.type, made.shape, in.quantization});
        quantized->outputs = {moved};
        after.push_back({"requantize",
                         node.name + "/requantize",
                         {moved},
                         {result},
                         {{"to", std::string(to_string(made.type))}},
                         node.source});
    } else {
        quantized->outputs = {result};
    }
    const auto fails = [&](const Node &each) { return !runs(each); };
    if (fails(*quantized) || std::any_of(before.begin(), before.end(), fails) ||
        std::any_of(after.begin(), after.end(), fails)) {
        return false;
    }
    // In place of the float operator; the quantize goes.
    graph_.nodes.erase(graph_.nodes.begin() + end);
    graph_.nodes[i] = std::move(*quantized);
    insert(i + 1, std::move(after));
    insert(i, std::move(before));
    return true;
}

}  // namespace

int fuse_quantized(Graph &graph) {
    const bool any = std::any_of(graph.nodes.begin(), graph.nodes.end(),
                                 [](const Node &node) { return node.op == "dequantize"; });
    if (!any) return 0;
    return Fuser(graph).run();
}

}  // namespace embark
