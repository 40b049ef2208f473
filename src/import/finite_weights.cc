#include "import/finite_weights.h"

#include <fmt/format.h>

#include <cmath>
#include <cstring>

#include "base/diagnostics.h"
#include "ops/registry.h"

namespace embark {

namespace {

/// "2 of 3 values are not finite …", or "".
std::string not_finite(const Tensor &tensor) {
    const size_t total = tensor.data->size() / sizeof(float);
    size_t count = 0, first = 0;
    float found = 0;
    for (size_t i = 0; i < total; ++i) {
        float value;
        std::memcpy(&value, tensor.data->data() + i * sizeof value, sizeof value);
        if (std::isfinite(value)) continue;
        if (count++ == 0) first = i, found = value;
    }
    if (count == 0) return {};
    return fmt::format("{} of {} values are not finite (the first, at {}, is {})", count, total,
                       first, found);
}

/// "layer conv1/kernel", where importers mostly name a tensor after its layer already.
std::string place_of(const Node &node, const Tensor &tensor) {
    if (tensor.name.starts_with(node.name)) return "layer " + tensor.name;
    return fmt::format("layer {}/{}", node.name, tensor.name);
}

}  // namespace

Status check_finite_weights(const Graph &graph, const std::filesystem::path &file) {
    Diagnostics diagnostics(file.string());
    for (const Node &node : graph.nodes) {
        if (!op_of(node).has(kHasWeights)) continue;
        for (size_t i = 1; i < node.inputs.size(); ++i) {
            if (node.inputs[i] == kNoTensor) continue;
            const Tensor &tensor = graph.tensor(node.inputs[i]);
            if (!tensor.is_constant() || tensor.type.type != DataType::kFloat32) continue;
            std::string message = not_finite(tensor);
            if (message.empty()) continue;
            diagnostics.error(ErrorCode::kInvalid, place_of(node, tensor), std::move(message));
        }
    }
    return diagnostics.status();
}

}  // namespace embark
