#pragma once
// How operators treat the quantisation of what they read and make.

#include <string_view>

namespace embark {

enum class QuantizedForm {
    kNone,      ///< there is none, or it is not that of the real operator
    kRescales,  ///< operands and output have quantisations of their own
    kKeeps,     ///< values are moved or compared as integers: the output's is that of input 0
    kJoins,     ///< likewise for several inputs, which must all have the output's
};

/// What the operator computes on quantised operands stands for the same operator on real numbers.
/// Whether a kernel takes these very types and scales is for its portable call to say.
QuantizedForm quantized_form(std::string_view op);

}  // namespace embark
