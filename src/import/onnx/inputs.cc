#include <set>

#include "import/onnx/context.h"
#include "import/onnx/onnx_importer.h"

namespace embark::onnx {

namespace {

/// Inputs of \p node that must be constants.
uint32_t wanted_constants(const NodeDef &node) {
    const OperatorDefinition *definition = find_operator(node.domain, node.op);
    return definition == nullptr ? 0 : definition->const_inputs;
}

/// Whether inputs 1 and 2 are scale and zero point, which had better be constants.
bool has_scales(const NodeDef &node) {
    return node.op == "QuantizeLinear" || node.op == "DequantizeLinear";
}

}  // namespace

Expected<std::vector<ModelInput>> list_inputs(std::span<const uint8_t> bytes) {
    EMBARK_ASSIGN(const ModelDef model, decode_model(bytes));
    std::set<std::string> decides, scales, stored;
    for (auto node = model.graph.nodes.rbegin(); node != model.graph.nodes.rend(); ++node) {
        bool all = false;  // whether something behind the node must be known
        for (const std::string &name : node->outputs) all = all || decides.contains(name);
        if (node->op == "Shape" || node->op == "Size") continue;
        const uint32_t wanted = wanted_constants(*node);
        for (size_t i = 0; i < node->inputs.size(); ++i) {
            if (all || (i < 32 && (wanted >> i & 1u) != 0)) decides.insert(node->inputs[i]);
            if ((i == 1 || i == 2) && has_scales(*node)) scales.insert(node->inputs[i]);
        }
    }
    for (const TensorDef &tensor : model.graph.initializers) stored.insert(tensor.name);
    std::vector<ModelInput> inputs;
    for (const ValueDef &input : model.graph.inputs) {
        if (stored.contains(input.name)) continue;
        inputs.push_back({input.name, decides.contains(input.name) || scales.contains(input.name)});
    }
    return inputs;
}

}  // namespace embark::onnx
