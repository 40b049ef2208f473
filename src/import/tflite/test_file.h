#pragma once
// Builds small .tflite files for tests.

#include <gtest/gtest.h>

#include <map>

#include "import/tflite/operators.h"
#include "import/tflite/tflite_importer.h"
#include "ops/registry.h"

namespace embark::tflite {

inline std::filesystem::path sample(const std::string &name) {
    return std::filesystem::path(EMBARK_SOURCE_DIR) / "tests/data/tflite" / name;
}

/// Scale and zero point of a whole tensor.
inline std::unique_ptr<schema::QuantizationParametersT> quantized(std::vector<float> scales,
                                                                  std::vector<int64_t> zero_points,
                                                                  int axis = 0) {
    auto parameters = std::make_unique<schema::QuantizationParametersT>();
    parameters->scale = std::move(scales);
    parameters->zero_point = std::move(zero_points);
    parameters->quantized_dimension = axis;
    return parameters;
}

/// A file with one subgraph. Tensors are named by what add_… is told.
class TestModel {
  public:
    TestModel() {
        model_.version = 3;
        model_.description = "made by a test.";
        model_.buffers.push_back(std::make_unique<schema::BufferT>());
        model_.subgraphs.push_back(std::make_unique<schema::SubGraphT>());
    }

    schema::ModelT &model() { return model_; }
    schema::SubGraphT &subgraph() { return *model_.subgraphs[0]; }
    schema::TensorT &tensor(int index) { return *subgraph().tensors[static_cast<size_t>(index)]; }

    int add_tensor(const std::string &name, std::vector<int> shape,
                   schema::TensorType type = schema::TensorType::FLOAT32) {
        auto tensor = std::make_unique<schema::TensorT>();
        tensor->name = name;
        tensor->shape = std::move(shape);
        tensor->type = type;
        subgraph().tensors.push_back(std::move(tensor));
        return static_cast<int>(subgraph().tensors.size()) - 1;
    }
    int add_input(const std::string &name, std::vector<int> shape,
                  schema::TensorType type = schema::TensorType::FLOAT32) {
        const int index = add_tensor(name, std::move(shape), type);
        subgraph().inputs.push_back(index);
        return index;
    }
    int add_output(const std::string &name, std::vector<int> shape,
                   schema::TensorType type = schema::TensorType::FLOAT32) {
        const int index = add_tensor(name, std::move(shape), type);
        subgraph().outputs.push_back(index);
        return index;
    }
    template <typename T>
    int add_constant(const std::string &name, std::vector<int> shape, schema::TensorType type,
                     const std::vector<T> &values) {
        const int index = add_tensor(name, std::move(shape), type);
        tensor(index).buffer = static_cast<uint32_t>(model_.buffers.size());
        auto buffer = std::make_unique<schema::BufferT>();
        const auto *raw = reinterpret_cast<const uint8_t *>(values.data());
        buffer->data.assign(raw, raw + values.size() * sizeof(T));
        model_.buffers.push_back(std::move(buffer));
        return index;
    }
    int add_floats(const std::string &name, std::vector<int> shape,
                   std::vector<float> values = {}) {
        size_t count = 1;
        for (const int extent : shape) count *= static_cast<size_t>(extent);
        if (values.empty()) values.assign(count, 0.5f);
        return add_constant(name, std::move(shape), schema::TensorType::FLOAT32, values);
    }
    int add_ints(const std::string &name, const std::vector<int> &values) {
        return add_constant(name, {static_cast<int>(values.size())}, schema::TensorType::INT32,
                            values);
    }
    int add_int(const std::string &name, int value) {
        return add_constant(name, {}, schema::TensorType::INT32, std::vector{value});
    }

    schema::OperatorT &add_operator(schema::BuiltinOperator code, std::vector<int> inputs,
                                    std::vector<int> outputs) {
        auto row = std::make_unique<schema::OperatorCodeT>();
        row->builtin_code = code;
        row->deprecated_builtin_code =
            static_cast<int8_t>(std::min<int>(static_cast<int>(code), 127));
        model_.operator_codes.push_back(std::move(row));
        auto op = std::make_unique<schema::OperatorT>();
        op->opcode_index = static_cast<uint32_t>(model_.operator_codes.size()) - 1;
        op->inputs = std::move(inputs);
        op->outputs = std::move(outputs);
        subgraph().operators.push_back(std::move(op));
        return *subgraph().operators.back();
    }
    template <typename Options>
    schema::OperatorT &add_operator(schema::BuiltinOperator code, std::vector<int> inputs,
                                    std::vector<int> outputs, Options options) {
        schema::OperatorT &op = add_operator(code, std::move(inputs), std::move(outputs));
        op.builtin_options.Set(std::move(options));
        return op;
    }

    Bytes bytes() const {
        flatbuffers::FlatBufferBuilder builder;
        schema::FinishModelBuffer(builder, schema::Model::Pack(builder, &model_));
        return {builder.GetBufferPointer(), builder.GetBufferPointer() + builder.GetSize()};
    }
    Expected<Graph> import() const { return build_graph(bytes(), "test.tflite"); }
    /// The graph, which must come. An empty one with a failure noted otherwise.
    Graph graph() const {
        auto graph = import();
        EXPECT_TRUE(graph.ok()) << (graph.ok() ? "" : to_string(graph.error()));
        return graph.ok() ? std::move(graph).value() : Graph{};
    }
    /// The error, which must come.
    std::string fault() const {
        const auto graph = import();
        EXPECT_FALSE(graph.ok());
        return graph.ok() ? "" : to_string(graph.error());
    }

  private:
    schema::ModelT model_;
};

/// "conv2d relu": the operators of the graph, in order.
inline std::string operators_of(const Graph &graph) {
    std::string text;
    for (const Node &node : graph.nodes) text += (text.empty() ? "" : " ") + node.op;
    return text;
}

inline Shape output_shape_of(const Graph &graph) {
    return graph.outputs.empty() ? Shape{} : graph.tensor(graph.outputs[0]).type.shape;
}

}  // namespace embark::tflite
