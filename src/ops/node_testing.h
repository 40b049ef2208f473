#pragma once
// One node on operands of any type, all of them graph inputs; for tests only.

#include <gtest/gtest.h>

#include <type_traits>

#include "ops/portable.h"
#include "ops/testing.h"

namespace embark {

template <typename T>
constexpr DataType data_type_of() {
    if (std::is_same_v<T, float>) return DataType::kFloat32;
    if (std::is_same_v<T, double>) return DataType::kFloat64;
    if (std::is_same_v<T, int8_t>) return DataType::kInt8;
    if (std::is_same_v<T, uint8_t>) return DataType::kUint8;
    if (std::is_same_v<T, int16_t>) return DataType::kInt16;
    if (std::is_same_v<T, uint16_t>) return DataType::kUint16;
    if (std::is_same_v<T, int32_t>) return DataType::kInt32;
    if (std::is_same_v<T, uint32_t>) return DataType::kUint32;
    if (std::is_same_v<T, int64_t>) return DataType::kInt64;
    return DataType::kUint64;
}

struct Operand {
    TensorType type;
    Bytes bytes;
    bool absent = false;
};

template <typename T = float>
Operand operand(Shape shape, const std::vector<T> &values) {
    const auto *raw = reinterpret_cast<const uint8_t *>(values.data());
    return {{data_type_of<T>(), std::move(shape), {}}, Bytes(raw, raw + values.size() * sizeof(T))};
}

inline Operand noise_operand(Shape shape, uint32_t seed = 1) {
    const auto values = noise(element_count(shape), seed);
    return operand(std::move(shape), values);
}

inline Operand absent_operand() {
    return {{}, {}, true};
}

template <typename T = float>
std::vector<T> values_of(const Bytes &bytes) {
    std::vector<T> values(bytes.size() / sizeof(T));
    if (!bytes.empty()) std::memcpy(values.data(), bytes.data(), bytes.size());
    return values;
}

/// The graph of one node, not yet appended, and the bytes of its inputs.
struct NodeGraph {
    Graph graph;
    Node node;
    std::vector<Bytes> inputs;
};

inline NodeGraph node_graph(const std::string &op, const std::vector<Operand> &operands,
                            Attributes attributes) {
    NodeGraph made;
    made.graph.name = "test";
    made.node = make_node(op, "n", {}, std::move(attributes));
    for (const Operand &operand : operands) {
        if (operand.absent) {
            made.node.inputs.push_back(kNoTensor);
            continue;
        }
        const std::string name = "x" + std::to_string(made.inputs.size());
        made.graph.inputs.push_back(made.graph.add_activation(name, operand.type));
        made.node.inputs.push_back(made.graph.inputs.back());
        made.inputs.push_back(operand.bytes);
    }
    return made;
}

/// What infer says is wrong, or the shapes of all outputs.
inline std::string inferred(const std::string &op, const std::vector<Operand> &operands,
                            Attributes attributes = {}) {
    NodeGraph made = node_graph(op, operands, std::move(attributes));
    const auto types = find_op(op)->infer(made.graph, made.node);
    if (!types.ok()) return types.error().message;
    std::string text;
    for (const TensorType &type : *types) text += to_string(type.shape);
    return text;
}

/// The bytes of all outputs.
inline std::vector<Bytes> run_node(const std::string &op, const std::vector<Operand> &operands,
                                   Attributes attributes = {}) {
    NodeGraph made = node_graph(op, operands, std::move(attributes));
    const auto first = append_node(made.graph, made.node);
    EXPECT_TRUE(first.ok()) << (first.ok() ? "" : to_string(first.error()));
    if (!first.ok()) return {{}, {}, {}};
    made.graph.outputs = made.graph.nodes[0].outputs;
    const auto outputs = evaluate(made.graph, made.inputs);
    EXPECT_TRUE(outputs.ok()) << (outputs.ok() ? "" : to_string(outputs.error()));
    return outputs.ok() ? *outputs : std::vector<Bytes>{{}, {}, {}};
}

/// The same by the portable kernel, whatever evaluate() takes.
inline std::vector<Bytes> run_portable_node(const std::string &op,
                                            const std::vector<Operand> &operands,
                                            Attributes attributes = {}) {
    NodeGraph made = node_graph(op, operands, std::move(attributes));
    EXPECT_TRUE(append_node(made.graph, made.node).ok());
    const Node &node = made.graph.nodes.at(0);
    const auto call = portable_call(made.graph, node);
    EXPECT_TRUE(call.ok()) << (call.ok() ? "" : to_string(call.error()));
    std::vector<ConstTensorView> inputs;
    size_t next = 0;
    for (const TensorId id : node.inputs) {
        if (id == kNoTensor) {
            inputs.push_back({});
            continue;
        }
        inputs.push_back({&made.graph.tensor(id).type, made.inputs[next++].data()});
    }
    std::vector<Bytes> outputs;
    std::vector<TensorView> views;
    for (const TensorId id : node.outputs) outputs.emplace_back(made.graph.tensor(id).type.bytes());
    for (size_t i = 0; i < outputs.size(); ++i) {
        views.push_back({&made.graph.tensor(node.outputs[i]).type, outputs[i].data()});
    }
    if (call.ok()) run_portable(*call, inputs, views);
    return outputs;
}

/// Expects every value within \p tolerance of \p expected, relative where that is above 1.
template <typename T>
void expect_near(const std::vector<T> &found, const std::vector<T> &expected, double tolerance) {
    ASSERT_EQ(found.size(), expected.size());
    for (size_t i = 0; i < found.size(); ++i) {
        const double wanted = static_cast<double>(expected[i]);
        const double scale = wanted > 1 ? wanted : wanted < -1 ? -wanted : 1;
        EXPECT_NEAR(static_cast<double>(found[i]), wanted, tolerance * scale) << "element " << i;
    }
}

}  // namespace embark
