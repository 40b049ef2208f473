#pragma once
// Dilated convolutions that the file spells SPACE_TO_BATCH_ND, convolution, BATCH_TO_SPACE_ND.

#include <map>

#include "import/tflite/operators.h"

namespace embark::tflite {

/// What the operators of one file become when such triples are one convolution each.
struct DilationPlan {
    std::map<size_t, Dilation> convolutions;  ///< by the index of the convolution
    std::set<size_t> absorbed;                ///< indices of the operators around them
};

/// Finds the triples whose inner tensors nobody else reads, and whose cropping undoes padding. All
/// indices in the file must have been checked.
DilationPlan find_dilations(const schema::Model &model, const schema::SubGraph &subgraph,
                            TensorTable &tensors);

/// The operator that an Operator stands for. Its opcode_index must be in range.
schema::BuiltinOperator code_of(const schema::Model &model, const schema::Operator &op);

}  // namespace embark::tflite
