#pragma once
// Who calls whom: inbound_nodes, input_layers and output_layers in the forms of Keras 2 and 3.

#include <optional>
#include <string>
#include <vector>

#include "import/keras/json.h"

namespace embark::keras {

/// One output of one call of a layer.
struct TensorRef {
    std::string layer;
    int64_t call = 0;
    int64_t output = 0;
    friend auto operator<=>(const TensorRef &, const TensorRef &) = default;
};

/// What a layer was called with at one place: a tensor, or a constant of the configuration.
struct CallArgument {
    std::string keyword;        ///< "axis", "initial_state"; empty for a positional argument
    std::optional<int> tensor;  ///< index in LayerCall::inputs
    Value constant;             ///< when it is no tensor; may be null
};

/// A layer applied to tensors; a shared layer has several calls.
struct LayerCall {
    std::vector<TensorRef> inputs;        ///< every tensor, positional ones first
    std::vector<CallArgument> arguments;  ///< lists of tensors are laid out flat
    bool is_keras3 = false;               ///< written as {"args": …, "kwargs": …}

    /// The argument of that name; null when there is none or when it is a tensor.
    Value keyword(std::string_view name) const;
    /// An argument that is neither a tensor nor null nor false, or a tensor given by name; what
    /// only matters in training does not count. Empty when there is none.
    std::string foreign_argument() const;
};

/// \returns nothing when the value has none of the known forms
std::optional<std::vector<LayerCall>> parse_calls(Value inbound_nodes);

/// ["a",0,0], [["a",0,0],["b",0,0]] or {"x": ["a",0,0]}, appended to \p refs.
bool parse_refs(Value value, std::vector<TensorRef> &refs);

}  // namespace embark::keras
