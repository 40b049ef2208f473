#pragma once
// Variables of a file (VAR_HANDLE, READ_VARIABLE, ASSIGN_VARIABLE), which become states of the
// graph. A subgraph that CALL_ONCE names gives them their first values.

#include <map>
#include <memory>
#include <set>
#include <string>

#include "base/diagnostics.h"
#include "import/tflite/tensors.h"

namespace embark::tflite {

struct OperatorContext;

/// Indices of the subgraphs that operators CALL_ONCE of the first one name.
std::set<size_t> initializers(const schema::Model &model);

class Variables {
  public:
    /// Takes first values from the subgraphs of CALL_ONCE, which may only assign constants, and
    /// notes which variables \p subgraph assigns. Faults go to \p diagnostics.
    void prepare(const schema::Model &model, const schema::SubGraph &subgraph, uint64_t file_bytes,
                 Diagnostics &diagnostics);

    /// VAR_HANDLE: names what tensor \p resource stands for. \error kInvalid  it has no name
    Status add_handle(const schema::Operator &op, int32_t resource);
    /// READ_VARIABLE: what the variable holds at this point of the inference.
    /// \error kInvalid  the input is no variable
    /// \error kUnsupported  it is assigned and starts from other values than real zeros
    Expected<TensorId> read(OperatorContext &context);
    /// ASSIGN_VARIABLE. \error kInvalid as read(); kUnsupported  the value has another type
    Status assign(OperatorContext &context);

    /// Adds a state for each variable that is read before it is assigned. \error kUnsupported
    Status finish(Graph &graph) const;

  private:
    struct Variable {
        bool is_assigned = false;
        TensorType first_type;
        std::shared_ptr<const Bytes> first;  ///< null: zeros
        TensorId before = kNoTensor;         ///< as the inference before left it
        TensorId now = kNoTensor;
    };
    Expected<Variable *> find(OperatorContext &context);
    Status initialize(const schema::Model &model, const schema::SubGraph &subgraph,
                      uint64_t file_bytes);

    std::map<std::string, Variable> variables_;
    std::map<int32_t, std::string> handles_;  ///< by tensor of the subgraph
};

}  // namespace embark::tflite
