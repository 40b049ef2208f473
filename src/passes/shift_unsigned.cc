// uint8 values between quantize and dequantize become int8 with a zero point lower by 128, which
// stands for exactly the same numbers: kernels are made for int8. At the network's ends requantize
// converts. Weights follow when their zero point is 128; where others are not symmetric, the
// network keeps its uint8, for which there are kernels with zero points of weights.

#include <algorithm>

#include "ops/quantized.h"
#include "ops/quantized_forms.h"
#include "passes/rewrite.h"

namespace embark {

namespace {

bool is_unsigned(const Tensor &tensor) {
    return tensor.type.type == DataType::kUint8 && is_quantized(tensor.type);
}

/// Moves and the like, which do not mind what the integers stand for.
bool hands_on(const Node &node) {
    return quantized_form(node.op) == QuantizedForm::kKeeps && !op_of(node).has(kPads) &&
           node.op != "resize";
}

/// Which uint8 tensors are dequantised only, perhaps behind moves.
class Shiftable {
  public:
    explicit Shiftable(const Graph &graph) : graph_(graph), marked_(graph.tensors.size()) {
        for (size_t i = 0; i < marked_.size(); ++i) {
            const auto id = static_cast<TensorId>(i);
            marked_[i] = is_unsigned(graph.tensor(id)) && !graph.is_output(id);
        }
        // What a move makes of a tensor that must stay as it is must stay, too, and vice versa.
        for (bool changed = true; changed;) {
            changed = false;
            for (size_t i = 0; i < marked_.size(); ++i) {
                if (!marked_[i] || holds(static_cast<TensorId>(i))) continue;
                marked_[i] = false;
                changed = true;
            }
        }
    }
    bool operator[](TensorId id) const { return marked_[static_cast<size_t>(id)]; }

  private:
    bool holds(TensorId id) const {
        const std::vector<int> readers = graph_.consumers(id);
        return !readers.empty() && std::all_of(readers.begin(), readers.end(), [&](int reader) {
            const Node &node = graph_.nodes[static_cast<size_t>(reader)];
            if (node.op == "dequantize") return true;
            return hands_on(node) && node.inputs[0] == id && (*this)[node.outputs[0]];
        });
    }

    const Graph &graph_;
    std::vector<bool> marked_;
};

bool is_symmetric(const Tensor &constant) {
    const std::vector<int32_t> &zeros = constant.type.quantization.zero_points;
    return std::all_of(zeros.begin(), zeros.end(), [](int32_t zero) { return zero == 128; });
}

TensorType shifted(TensorType type) {
    type.type = DataType::kInt8;
    for (int32_t &zero : type.quantization.zero_points) zero -= 128;
    return type;
}

void shift_constant(Tensor &tensor) {
    Bytes data = *tensor.data;
    for (uint8_t &value : data) value ^= 0x80u;
    tensor.type = shifted(tensor.type);
    tensor.data = std::make_shared<const Bytes>(std::move(data));
}

Node requantize(const std::string &name, TensorId from, TensorId to, DataType type) {
    return {"requantize", name, {from}, {to}, {{"to", std::string(to_string(type))}}, ""};
}

/// Puts \p node before the first that reads \p id, after the one that makes it.
void insert_behind(Graph &graph, TensorId id, Node node) {
    graph.nodes.insert(graph.nodes.begin() + graph.producer(id) + 1, std::move(node));
}

/// An activation: made as int8, or converted where a node makes it that cannot.
void shift_activation(Graph &graph, TensorId id) {
    const int at = graph.producer(id);
    Node *maker = at < 0 ? nullptr : &graph.nodes[static_cast<size_t>(at)];
    const bool quantizes = maker != nullptr && maker->op == "quantize";
    const bool moves = maker != nullptr && hands_on(*maker) &&
                       graph.tensor(maker->inputs[0]).type.type == DataType::kInt8;
    if (quantizes || moves) {
        if (quantizes) maker->attributes["to"] = std::string("int8");
        graph.tensor(id).type = shifted(graph.tensor(id).type);
        return;
    }
    const std::string name = graph.tensor(id).name + "/signed";
    const TensorId made = graph.add_activation(name, shifted(graph.tensor(id).type));
    for (Node &node : graph.nodes) {
        for (TensorId &input : node.inputs) input = input == id ? made : input;
    }
    insert_behind(graph, id, requantize(name, id, made, DataType::kInt8));
}

/// An output of the network that is quantised: from int8.
bool shift_output(Graph &graph, TensorId id) {
    const int maker = graph.producer(id);
    if (maker < 0 || graph.nodes[static_cast<size_t>(maker)].op != "quantize") return false;
    if (!graph.consumers(id).empty()) return false;
    const std::string name = graph.tensor(id).name + "/signed";
    const TensorId made = graph.add_activation(name, shifted(graph.tensor(id).type));
    Node &quantize = graph.nodes[static_cast<size_t>(maker)];
    quantize.attributes["to"] = std::string("int8");
    quantize.outputs[0] = made;
    insert_behind(graph, made, requantize(name, made, id, DataType::kUint8));
    return true;
}

}  // namespace

int shift_unsigned(Graph &graph) {
    const Shiftable shiftable(graph);
    std::vector<TensorId> constants, activations;
    for (size_t i = 0; i < graph.tensors.size(); ++i) {
        const auto id = static_cast<TensorId>(i);
        if (!shiftable[id]) continue;
        const Tensor &tensor = graph.tensors[i];
        if (tensor.is_constant() && !is_symmetric(tensor)) return 0;
        if (tensor.is_constant()) constants.push_back(id);
    }
    for (const TensorId id : graph.inputs) {
        if (shiftable[id]) activations.push_back(id);
    }
    for (const Node &node : graph.nodes) {  // in order, so that moves see what they read
        for (const TensorId id : node.outputs) {
            if (shiftable[id]) activations.push_back(id);
        }
    }
    for (const TensorId id : constants) shift_constant(graph.tensor(id));
    for (const TensorId id : activations) shift_activation(graph, id);
    int changes = static_cast<int>(constants.size() + activations.size());
    for (const TensorId id : std::vector<TensorId>(graph.outputs)) {
        if (changes > 0 && is_unsigned(graph.tensor(id)) && shift_output(graph, id)) ++changes;
    }
    return changes;
}

}  // namespace embark
