#pragma once
// The little of HDF5's C API that Keras files need, with handles that close themselves and errors
// as values. HDF5 1.10 trusts the lengths in a file in some places (variable-length strings for
// one): call these functions inside run_isolated() for files of unknown origin.

#include <hdf5.h>

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "ir/graph.h"

namespace embark::keras {

/// An HDF5 identifier and the function that releases it.
class Handle {
  public:
    using Close = herr_t (*)(hid_t);
    Handle() = default;
    Handle(hid_t id, Close close) : id_(id), close_(close) {}
    Handle(Handle &&other) noexcept
        : id_(std::exchange(other.id_, H5I_INVALID_HID)), close_(other.close_) {}
    Handle &operator=(Handle &&other) noexcept {
        std::swap(id_, other.id_);
        std::swap(close_, other.close_);
        return *this;
    }
    ~Handle() {
        if (ok()) close_(id_);
    }
    bool ok() const { return id_ >= 0; }
    hid_t id() const { return id_; }

  private:
    hid_t id_ = H5I_INVALID_HID;
    Close close_ = nullptr;
};

/// Opens for reading, without a lock, so that a file that a training still writes to can be read.
/// Turns off HDF5's own messages, its plug-ins and links to other files. \error kInvalid
Expected<Handle> open_hdf5(const std::filesystem::path &path);

/// As open_hdf5, for a file in memory. \p image must outlive the result.
Expected<Handle> open_hdf5_image(std::span<uint8_t> image);

/// \error kInvalid when there is no such group
Expected<Handle> open_group(hid_t parent, const std::string &name);
/// True when \p parent holds a link of that name (one component, no path).
bool has_link(hid_t parent, const std::string &name);
/// True when \p parent holds a group of that name.
bool is_group(hid_t parent, const std::string &name);
/// Names of the links in a group, in HDF5's order by name. \error kInvalid
Expected<std::vector<std::string>> list_links(hid_t group);

/// A string attribute, or a list of strings, of fixed or variable length; an array of no elements
/// gives no strings whatever its type is.
/// \param limit  bytes that all strings together may take
/// \returns nothing when there is no such attribute
/// \error kInvalid  not strings, or larger than \p limit
Expected<std::optional<std::vector<std::string>>> read_strings(hid_t object,
                                                               const std::string &name,
                                                               uint64_t limit);

struct DatasetInfo {
    Shape shape;
    std::string type;  ///< "float32", "int64", "string" …
    bool is_float = false;
    uint64_t storage_bytes = 0;  ///< in the file
    bool is_chunked = false;     ///< may be compressed
};

Expected<Handle> open_dataset(hid_t parent, const std::string &name);
/// \error kInvalid  extents that no file can have, or data that lie in another file
Expected<DatasetInfo> describe(hid_t dataset);
/// Elements as float32, converted from the stored type. Takes 4 bytes per element: check first.
/// \error kInvalid  damaged data, or not numbers of floating point
Expected<std::vector<float>> read_floats(hid_t dataset, const DatasetInfo &info);

/// Bytes that all data sets below \p group take in the file. \error kInvalid
Expected<uint64_t> storage_below(hid_t group);

}  // namespace embark::keras
