#pragma once
// Shapes that are combined as numpy does, and walks over them for kernels with a stride per operand
// and axis (runtime/kernels/broadcast.h).

#include <string_view>
#include <vector>

#include "ops/portable.h"

namespace embark {

/// Elements between neighbours along each axis of a dense tensor.
std::vector<int64_t> dense_strides(const Shape &shape);

/// The shape that all of \p shapes broadcast to: trailing axes aligned, extents equal or 1.
/// \error kInvalid  naming the shapes
Expected<Shape> broadcast_shape(const std::vector<Shape> &shapes);

/// The strides, one per axis of \p to, of a dense tensor that is broadcast: 0 where it is repeated.
std::vector<int64_t> broadcast_strides(const Shape &from, const Shape &to);

/// A walk over `shape`, outermost axis first, with the steps of every operand.
struct Walk {
    Shape shape;
    std::vector<std::vector<int64_t>> strides;  ///< by operand, in elements
};

/// Drops axes of one element, merges neighbouring axes that every operand walks like one, and pads
/// with ones in front to EMK_MAX_AXES. \error kUnsupported  more axes are left, or a tensor has
/// 2^31 elements or more
Expected<Walk> canonical_walk(const Walk &walk);

/// A tensor seen as [outer][extent][inner] around one axis.
struct AxisView {
    int64_t outer = 1, extent = 1, inner = 1;
};
AxisView view_around(const Shape &shape, size_t axis);

/// The attribute \p name, an axis of \p rank. \error kInvalid
Expected<size_t> checked_axis(const Node &node, std::string_view name, size_t rank);

/// Checks that a kernel can count the elements of \p shape. \error kUnsupported
Status check_countable(const Shape &shape);

/// The type of elements of \p type that were moved to \p shape: a scale per channel is dropped.
TensorType moved_type(const TensorType &type, Shape shape);

/// A call that copies \p count elements.
PortableCall copy_call(DataType type, int64_t count);

/// "f32", "i8", "u16", "bool" …: the type in the name of a kernel.
std::string_view suffix_of(DataType type);
/// "u8", "u16" …: for kernels that only see bits.
std::string_view bits_suffix_of(DataType type);
bool is_floating(DataType type);
/// int8 … int64, uint8 … uint64.
bool is_integer(DataType type);

/// The row of portable.def called \p function, as it must be named in a PortableCall.
/// \error kUnsupported  there is none: the operator lacks \p type
Expected<std::string_view> kernel_named(const Node &node, const std::string &function,
                                        DataType type);

/// Modelled cycles of \p elements times \p each operations in this type, without hardware for
/// doubles and 64-bit division.
int64_t elementwise_cycles(int64_t elements, int64_t each, DataType type);

}  // namespace embark
