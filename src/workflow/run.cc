#include "workflow/run.h"

#include <algorithm>

namespace embark {

namespace {

constexpr size_t kShownValues = 16;

Json described(const Graph &graph, TensorId id, const Bytes &bytes) {
    Json document = tensor_document(graph.tensor(id));
    std::vector<float> values = real_values(graph.tensor(id).type, bytes);
    values.resize(std::min(values.size(), kShownValues));
    document["values"] = values;
    return document;
}

TensorType type_of(const Graph &graph, const std::string &name) {
    for (const Tensor &tensor : graph.tensors) {
        if (tensor.name == name) return tensor.type;
    }
    return {};
}

}  // namespace

Expected<RunOutcome> run_once(const PreparedModel &model, Session &session,
                              const std::vector<Bytes> &inputs, bool trace) {
    RunOutcome outcome;
    const auto keep = [&](TracedTensor traced) {
        const TensorType type = type_of(model.graph, traced.name);
        outcome.tensors.push_back({std::move(traced.name), type, std::move(traced.data)});
    };
    EMBARK_ASSIGN(TargetResult result,
                  trace ? session.client().run_traced(inputs, keep) : session.client().run(inputs));
    outcome.outputs = std::move(result.outputs);
    outcome.document = new_document("run");
    outcome.document["target"] = session.spec().text();
    outcome.document["model"] = model_document(model.original, model.original.source.file_name);
    outcome.document["inputs"] = outcome.document["outputs"] = Json::array();
    for (size_t i = 0; i < inputs.size(); ++i) {
        outcome.document["inputs"].push_back(
            described(model.graph, model.graph.inputs[i], inputs[i]));
    }
    for (size_t i = 0; i < outcome.outputs.size(); ++i) {
        outcome.document["outputs"].push_back(
            described(model.graph, model.graph.outputs[i], outcome.outputs[i]));
    }
    const bool modelled = session.spec().kind == TargetSpec::Kind::kVirtual;
    const std::string kind = modelled ? "modelled" : "measured";
    const double hz = session.info().clock_hz > 0 ? session.info().clock_hz : 1e9;
    set_figure(outcome.document, "cycles", session.on_host() ? Json(nullptr) : Json(result.cycles),
               kind);
    set_figure(outcome.document, "latency_ms", result.cycles * 1e3 / hz, kind);
    return outcome;
}

}  // namespace embark
