#include "quantize/sample_values.h"

#include <mutex>
#include <optional>

#include "ops/registry.h"
#include "quantize/parallel.h"

namespace embark {

Status SampleValues::run(const Node &node) {
    size_t samples = 0;
    for (const TensorId id : node.inputs) {
        if (id != kNoTensor && !graph_.tensor(id).is_constant()) samples = of(id).size();
    }
    std::vector<std::vector<Bytes>> made(node.outputs.size(), std::vector<Bytes>(samples));
    std::mutex mutex;
    std::optional<Error> error;
    parallel_for(static_cast<int64_t>(samples), [&](int64_t index) {
        const auto sample = static_cast<size_t>(index);
        std::vector<ConstTensorView> inputs;
        std::vector<TensorView> outputs;
        for (const TensorId id : node.inputs) {
            if (id == kNoTensor) {
                inputs.emplace_back();
                continue;
            }
            const Tensor &tensor = graph_.tensor(id);
            const Bytes &bytes = tensor.is_constant() ? *tensor.data : of(id)[sample];
            inputs.push_back({&tensor.type, bytes.data()});
        }
        for (size_t i = 0; i < made.size(); ++i) {
            const TensorType &type = graph_.tensor(node.outputs[i]).type;
            made[i][sample].resize(type.bytes());
            outputs.push_back({&type, made[i][sample].data()});
        }
        const Status status = op_of(node).evaluate(node, inputs, outputs);
        if (status.ok()) return;
        const std::lock_guard lock(mutex);
        if (!error) error = status.error();
    });
    if (error) return std::move(*error);
    for (size_t i = 0; i < made.size(); ++i) set(node.outputs[i], std::move(made[i]));
    return Ok{};
}

}  // namespace embark
