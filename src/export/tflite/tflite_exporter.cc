#include "export/tflite/tflite_exporter.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/diagnostics.h"
#include "export/tflite/writer.h"

namespace embark {

namespace {

using tflite::NodeContext;
using tflite::NodeWriterDefinition;
using tflite::Writer;
using Activation = tflite::schema::ActivationFunctionType;

/// What a node is as a fused activation; NONE when it is none.
Activation as_activation(const Node &node) {
    if (node.op == "relu") return Activation::RELU;
    if (node.op == "relu6") return Activation::RELU6;
    const bool one =
        node.op == "clip" && node.float_or("min", 0) == -1.0 && node.float_or("max", 0) == 1.0;
    return one ? Activation::RELU_N1_TO_1 : Activation::NONE;
}

class Exporter {
  public:
    explicit Exporter(const Graph &graph)
        : graph_(graph), writer_(graph), diagnostics_(graph.source.file_name) {
        followers_.assign(graph.tensors.size(), kNobody);
        for (size_t i = 0; i < graph.nodes.size(); ++i) {
            for (const TensorId id : graph.nodes[i].inputs) {
                if (id != kNoTensor) note_reader(id, static_cast<int>(i));
            }
        }
        for (const TensorId id : graph.outputs) note_reader(id, kSeveral);
    }

    Expected<Bytes> run() {
        for (const State &state : graph_.states) {
            diagnostics_.error(ErrorCode::kUnsupported, "state " + graph_.tensor(state.before).name,
                               "cannot be written, expected a network without states");
        }
        std::vector<bool> written(graph_.nodes.size(), false);
        for (size_t i = 0; i < graph_.nodes.size(); ++i) {
            if (!written[i]) write(i, written);
        }
        EMBARK_RETURN_IF_ERROR(diagnostics_.status());
        return writer_.finish();
    }

  private:
    static constexpr int kNobody = -1, kSeveral = -2;

    void note_reader(TensorId id, int node) {
        int &reader = followers_[static_cast<size_t>(id)];
        reader = reader == kNobody ? node : kSeveral;
    }

    /// The node after \p node that can be written with it; or kNobody.
    int fused_follower(const Node &node, const NodeWriterDefinition &definition) const {
        if (!definition.takes_activation || node.outputs.size() != 1) return kNobody;
        const int next = followers_[static_cast<size_t>(node.outputs[0])];
        if (next < 0) return kNobody;
        const Node &follower = graph_.nodes[static_cast<size_t>(next)];
        // A clamp of integers is one in the domain of its input: both must have one scale.
        const bool same_type =
            graph_.tensor(node.outputs[0]).type == graph_.tensor(follower.outputs[0]).type;
        return as_activation(follower) != Activation::NONE && same_type ? next : kNobody;
    }

    void write(size_t i, std::vector<bool> &written) {
        const Node &node = graph_.nodes[i];
        const NodeWriterDefinition *definition = tflite::find_node_writer(node.op);
        if (definition == nullptr) {
            diagnostics_.error(ErrorCode::kUnsupported, "node " + node.name,
                               fmt::format("TensorFlow Lite has no operator for {}", node.op));
            return;
        }
        NodeContext context{graph_, node, writer_, Activation::NONE, node.outputs[0]};
        if (const int next = fused_follower(node, *definition); next >= 0) {
            const Node &follower = graph_.nodes[static_cast<size_t>(next)];
            context.activation = as_activation(follower);
            context.output = follower.outputs[0];
            written[static_cast<size_t>(next)] = true;
        }
        if (Status status = definition->write(context); !status.ok()) {
            diagnostics_.error(status.error().code, "node " + node.name,
                               fmt::format("{}: {}", node.op, status.error().message));
        }
    }

    const Graph &graph_;
    Writer writer_;
    Diagnostics diagnostics_;
    std::vector<int> followers_;  ///< by tensor: its only reader
};

}  // namespace

Expected<Bytes> export_tflite(const Graph &graph) {
    return Exporter(graph).run();
}

}  // namespace embark
