#pragma once
// Short ways to build one-node graphs; for tests only.

#include <cstring>
#include <string>
#include <vector>

#include "ops/registry.h"

namespace embark {

inline Bytes to_bytes(const std::vector<float> &values) {
    const auto *raw = reinterpret_cast<const uint8_t *>(values.data());
    return Bytes(raw, raw + values.size() * sizeof(float));
}

inline std::vector<float> to_floats(const Bytes &bytes) {
    std::vector<float> values(bytes.size() / sizeof(float));
    if (!bytes.empty()) std::memcpy(values.data(), bytes.data(), bytes.size());
    return values;
}

inline Node make_node(std::string op, std::string name, std::vector<TensorId> inputs,
                      Attributes attributes = {}) {
    Node node;
    node.op = std::move(op);
    node.name = std::move(name);
    node.inputs = std::move(inputs);
    node.attributes = std::move(attributes);
    return node;
}

/// A graph whose tensor 0 is the input "x".
inline Graph graph_with_input(Shape shape, DataType type = DataType::kFloat32) {
    Graph graph;
    graph.name = "test";
    graph.inputs = {graph.add_activation("x", TensorType{type, std::move(shape), {}})};
    return graph;
}

/// \p count values that look random, in [-1, 1), the same on every machine.
inline std::vector<float> noise(int64_t count, uint32_t seed = 1) {
    std::vector<float> values(static_cast<size_t>(count));
    for (float &value : values) {
        seed = seed * 1664525u + 1013904223u;
        value = static_cast<float>(static_cast<int32_t>(seed) >> 8) / 8388608.0f;
    }
    return values;
}

/// One operator under test: an input, constants, attributes.
struct OpCase {
    std::string op;
    Shape input;
    std::vector<Shape> constants;
    Attributes attributes = {};
    std::vector<std::vector<float>> constant_values = {};  ///< noise when empty

    /// Tensor 0 is the input, 1… the constants.
    Graph operands() const {
        Graph graph = graph_with_input(input);
        for (size_t i = 0; i < constants.size(); ++i) {
            const auto values = i < constant_values.size()
                                    ? constant_values[i]
                                    : noise(element_count(constants[i]), static_cast<uint32_t>(i));
            graph.add_constant("c" + std::to_string(i + 1), constants[i], values);
        }
        return graph;
    }
    Node node() const {
        std::vector<TensorId> inputs;
        for (size_t i = 0; i <= constants.size(); ++i) inputs.push_back(static_cast<TensorId>(i));
        return make_node(op, "n", std::move(inputs), attributes);
    }
    /// The shape that infer gives, or its error's text.
    std::string inferred() const {
        const auto types = find_op(op)->infer(operands(), node());
        return types.ok() ? to_string(types->at(0).shape) : types.error().message;
    }
    /// The operator applied to \p x.
    std::vector<float> run(const std::vector<float> &x) const {
        Graph graph = operands();
        graph.outputs = {append_node(graph, node()).value()};
        return to_floats(evaluate(graph, std::vector<Bytes>{to_bytes(x)}).value().at(0));
    }
    int64_t macc() const {
        Graph graph = operands();
        EMBARK_ASSERT(append_node(graph, node()).ok());
        return find_op(op)->macc(graph, graph.nodes[0]);
    }
};

}  // namespace embark
