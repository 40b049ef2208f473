#pragma once
// What the model calls a value, over storage whose axes may lie in another order.
//
// ONNX keeps channels first, embark's kernels want them last. Instead of transposing back and forth
// each value remembers how it is stored; transpose, reshape, squeeze and their kin are mere changes
// of that memory, and data moves only where an operator needs another order.

#include <optional>
#include <utility>
#include <vector>

#include "ir/graph.h"

namespace embark::onnx {

/// A part of an axis: `extent` (> 1) steps of `stride` elements of the storage.
struct Factor {
    int64_t extent = 1;
    int64_t stride = 1;
    friend bool operator==(const Factor &, const Factor &) = default;
};

/// An axis as the model sees it: its factors, the outermost first; none when its extent is 1.
using Axis = std::vector<Factor>;

/// Which of the model's axes an axis of the storage holds, outermost first; empty for an extent 1.
using Groups = std::vector<std::vector<size_t>>;

constexpr size_t kMaxRank = 32;  ///< of any value

struct Value {
    TensorId id = kNoTensor;
    Shape shape;             ///< the model's
    std::vector<Axis> axes;  ///< one per entry of `shape`; all factors together cover the storage
    /// The model's type where the graph computes in another: float16 becomes float32.
    std::optional<DataType> narrow;

    bool present() const { return id != kNoTensor; }
    size_t rank() const { return shape.size(); }
    int64_t elements() const { return element_count(shape); }
    friend bool operator==(const Value &, const Value &) = default;
};

/// \p id, stored in the model's own order.
Value stored_naturally(TensorId id, Shape shape);

/// \p id, whose storage holds the axes of \p shape in the order of \p groups.
Value stored_as(TensorId id, Shape shape, const Groups &groups);

/// Whether the storage has the model's element order.
bool is_natural(const Value &value);

/// Axis i of the result is axis perm[i] of \p value.
Value transposed(const Value &value, const std::vector<size_t> &perm);

/// \p value under another shape of as many elements; nothing when its storage does not allow it
/// without moving data.
std::optional<Value> reshaped(const Value &value, const Shape &shape);

/// \p value without the elements along the marked axes: their extent becomes 1, the others close
/// ranks. `id` is kept and up to the caller.
Value reduced(const Value &value, const std::vector<bool> &marked);

/// Factors of all axes with the axis that they belong to, the outermost in storage first.
std::vector<std::pair<Factor, size_t>> storage_order(const Value &value);

/// Factors joined where the next one continues the last.
std::vector<Factor> merged(const std::vector<Factor> &factors);

/// The axes in the order of storage, one group each; nothing when factors of several axes mix.
/// Axes of extent 1 take the places of such extents in \p stored where there are any.
std::optional<std::vector<size_t>> axis_order(const Value &value, const Shape &stored);

/// 0, 1, 2 …
std::vector<size_t> natural_order(size_t rank);
Groups groups_of(const std::vector<size_t> &order);

}  // namespace embark::onnx
