#pragma once
// Appends operators to the graph while values are converted, and computes what is constant.

#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "import/onnx/value.h"
#include "ir/graph.h"

namespace embark::onnx {

class Builder {
  public:
    explicit Builder(Graph &graph) : graph_(graph) {}

    Graph &graph() { return graph_; }
    const Tensor &tensor(TensorId id) const { return graph_.tensor(id); }
    const Tensor &tensor(const Value &value) const { return graph_.tensor(value.id); }
    bool is_constant(const Value &value) const {
        return value.present() && tensor(value).is_constant();
    }
    DataType type_of(const Value &value) const { return tensor(value).type.type; }

    /// Names and source of the nodes that follow; helpers become "<name>/<operator>".
    void begin(const std::string &name, const std::string &source);
    const std::string &name() const { return name_; }
    /// Gives the node that makes \p id, when it was made since begin(), the layer's own name, and
    /// its tensor the name \p value.
    void name_result(TensorId id, const std::string &value);

    /// Appends an operator; where all its inputs are constants, computes it instead.
    /// \param quantization  of the output
    /// \returns the outputs  \error as append_node and evaluate; kUnsupported  too large
    Expected<std::vector<TensorId>> emit_all(std::string op, std::vector<TensorId> inputs,
                                             Attributes attributes = {},
                                             Quantization quantization = {});
    /// The first output of emit_all().
    Expected<TensorId> emit(std::string op, std::vector<TensorId> inputs,
                            Attributes attributes = {}, Quantization quantization = {});

    TensorId add_constant(TensorType type, Bytes data);
    TensorId floats(Shape shape, std::span<const float> values);
    TensorId ints(Shape shape, std::span<const int64_t> values, DataType type = DataType::kInt64);
    /// One number of any type.
    TensorId scalar(double number, DataType type);
    /// The constant of \p type and \p shape that holds the numbers, rounded to it.
    TensorId numbers(Shape shape, std::span<const double> values, DataType type);
    Value constant(TensorId id) const { return stored_naturally(id, tensor(id).type.shape); }

    /// The same bytes under another shape.
    Expected<TensorId> reshape(TensorId id, const Shape &shape);
    /// The same integers with another quantisation.
    Expected<TensorId> requantified(TensorId id, const Quantization &quantization);
    Expected<TensorId> cast(TensorId id, DataType type);
    /// The same elements in a tensor of its own, made when the network runs.
    Expected<TensorId> copy(TensorId id);
    /// What \p id is another shape of.
    TensorId root_of(TensorId id) const;

    /// \p value with storage axes as \p groups says, which must name every axis longer than 1.
    Expected<TensorId> lay_out(const Value &value, const Groups &groups);
    /// In the model's own order and shape.
    Expected<TensorId> natural(const Value &value);
    /// \p value under another shape; moves data only when it must.
    Expected<Value> reshape(const Value &value, const Shape &shape);

    /// Elements of a constant, in the model's order, as doubles or integers. \error kUnsupported
    Expected<std::vector<double>> numbers_of(const Value &value);
    Expected<std::vector<int64_t>> ints_of(const Value &value);

    /// Lets nodes read constants that were dequantised on the way from a dequantize of the integers
    /// again, so that passes can compute on these. To be called once, at the end.
    void restore_integers();

    /// Whether \p id was made by an operator \p op; its index, or -1.
    int producer(TensorId id, std::string_view op) const;

  private:
    Expected<std::vector<TensorId>> append(std::string op, std::vector<TensorId> inputs,
                                           Attributes attributes, Quantization quantization);
    Expected<std::vector<TensorId>> fold(std::vector<TensorId> outputs);
    std::string unique(const std::string &name);
    Expected<TensorId> transpose(TensorId id, const std::vector<int64_t> &perm);
    void reshape_integers(TensorId from, TensorId to);
    void transpose_integers(TensorId from, TensorId to, const std::vector<int64_t> &perm);

    Graph &graph_;
    std::string name_, source_;
    size_t first_node_ = 0;
    std::set<std::string> names_;
    std::map<std::string, TensorId> laid_out_;  ///< what lay_out made, by what it was asked for
    std::vector<int> producers_;                ///< by tensor, -1 for none
    /// By constant that was dequantised: the integers, in the same shape and order.
    std::map<TensorId, TensorId> integers_;
};

}  // namespace embark::onnx
