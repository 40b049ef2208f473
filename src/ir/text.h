#pragma once
// The text form of a graph: one line per tensor or node, for people, tests and `embark opt`.
//
//   graph "name"
//   input %0 "x" float32[1,4]
//   state %5 "h" float32[1,2] becomes %3
//   const %1 "w" float32[2,4] = [1, 0.5, -2, 3, 1, 1, 1, 1]
//   const %2 "b" int8[2] scale=[0.5] zero=[0] axis=0 = fill 0
//   node "fc" dense(%0, %1, -) {axis = 1, pads = [1, 1]} source "Dense" -> %3 "fc" float32[1,2]
//   tensor %4 "unused" float32[1]
//   output %3
//
// `-` is an absent input; an attribute is an integer, a number with a point or an exponent, a
// string, or a list of either number (`floats[]` is the empty list of floats). A constant is a
// list, `fill VALUE`, `base64 "…"` (little-endian bytes) or `elided`. `#` begins a comment.

#include <string>
#include <string_view>

#include "ir/graph.h"

namespace embark {

struct PrintOptions {
    /// Long constants as base64, so that parse gives the same graph; else they are `elided`.
    bool weights = true;
    /// Constants of up to so many elements are printed as lists.
    int64_t list_limit = 16;
};

/// The text of \p graph; everything but `graph.source`. Deterministic.
std::string print(const Graph &graph, const PrintOptions &options = {});

/// The graph that \p text describes. Types are as written: operators are not looked up here.
/// \error kInvalid  with the line: syntax, unknown types, ids used twice or never defined, elided
///                  constants, constants above 1 GiB, and what verify_structure finds
Expected<Graph> parse(std::string_view text);

}  // namespace embark
