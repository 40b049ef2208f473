#pragma once

#include "workflow/documents.h"
#include "workflow/session.h"

namespace embark {

/// A tensor of a run, by the graph's name.
struct NamedTensor {
    std::string name;
    TensorType type;
    Bytes data;
};

struct RunOutcome {
    std::vector<Bytes> outputs;
    std::vector<NamedTensor> tensors;  ///< with trace: every step's output in order
    Json document;                     ///< of `run`, without file names
};

/// One inference on raw bytes, one per input.
/// \param trace  read intermediate tensors; the session must be opened with trace
Expected<RunOutcome> run_once(const PreparedModel &model, Session &session,
                              const std::vector<Bytes> &inputs, bool trace);

}  // namespace embark
