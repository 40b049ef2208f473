#pragma once
// NumPy's array file format (.npy, versions 1 to 3), without NumPy.
// https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/expected.h"
#include "ir/graph.h"

namespace embark {

/// Element types that are read: little-endian, and big enough for images and labels.
enum class NpyType {
    kBool,
    kUint8,
    kInt8,
    kUint16,
    kInt16,
    kUint32,
    kInt32,
    kInt64,
    kFloat32,
    kFloat64
};

/// What the header says.
struct NpyHeader {
    NpyType type = NpyType::kUint8;
    Shape shape;              ///< extents >= 0, row-major ("C order")
    size_t header_bytes = 0;  ///< where the elements begin

    size_t element_bytes() const;
    /// Bytes of all elements.
    size_t data_bytes() const;
};

struct NpyArray {
    NpyHeader header;
    Bytes data;  ///< the elements only

    int64_t count() const { return element_count(header.shape); }
    /// Element \p index as a double; exact but for integers above 2^53.
    double at(size_t index) const;
};

/// "uint8", "float64" …
std::string_view to_string(NpyType type);

/// Bytes from the file's start that parse_npy_header needs. \p prefix holds at least 12 bytes.
/// \error kInvalid  not a .npy file, version above 3, header above 64 KiB
Expected<size_t> npy_header_bytes(std::span<const uint8_t> prefix);

/// \param header  the file's first npy_header_bytes() bytes
/// \error kInvalid      malformed header, extents that overflow
/// \error kUnsupported  big-endian, object, structured, complex … elements; Fortran order
Expected<NpyHeader> parse_npy_header(std::span<const uint8_t> header);

}  // namespace embark
