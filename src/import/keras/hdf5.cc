#include "import/keras/hdf5.h"

#include <fmt/format.h>

#include <cstring>
#include <limits>

namespace embark::keras {

namespace {

constexpr uint64_t kMaxLinks = 1u << 20;  // objects in a file; more is a loop or an attack

/// Keeps the description of the innermost frame that has one.
herr_t keep_description(unsigned, const H5E_error2_t *frame, void *user) {
    if (frame->desc && *frame->desc) *static_cast<std::string *>(user) = frame->desc;
    return 0;
}

/// What HDF5 says about its last failure; "" when it says nothing.
std::string hdf5_reason() {
    std::string reason;
    H5Ewalk2(H5E_DEFAULT, H5E_WALK_DOWNWARD, keep_description, &reason);
    H5Eclear2(H5E_DEFAULT);
    return reason.empty() ? reason : " (HDF5: " + reason + ")";
}

Error damaged(std::string message) {
    return make_error(ErrorCode::kInvalid, std::move(message) + hdf5_reason());
}

/// Elements of a dataspace. \error kInvalid when the product overflows
Expected<uint64_t> count_of(const std::vector<hsize_t> &extents) {
    uint64_t count = 1;
    for (const hsize_t extent : extents) {
        if (extent != 0 &&
            count > static_cast<uint64_t>(std::numeric_limits<int64_t>::max()) / 8 / extent) {
            return make_error(ErrorCode::kInvalid, "has extents that no file can hold");
        }
        count *= extent;
    }
    return count;
}

Expected<std::vector<hsize_t>> extents_of(hid_t space) {
    if (H5Sget_simple_extent_type(space) == H5S_NULL) return std::vector<hsize_t>{0};
    const int rank = H5Sget_simple_extent_ndims(space);
    if (rank < 0 || rank > H5S_MAX_RANK) return damaged("has no readable extents");
    std::vector<hsize_t> extents(static_cast<size_t>(rank));
    if (H5Sget_simple_extent_dims(space, extents.data(), nullptr) < 0) {
        return damaged("has no readable extents");
    }
    return extents;
}

std::string type_name(hid_t type) {
    const size_t bits = H5Tget_size(type) * 8;
    switch (H5Tget_class(type)) {
        case H5T_FLOAT:
            return fmt::format("float{}", bits);
        case H5T_INTEGER:
            return fmt::format("{}int{}", H5Tget_sign(type) == H5T_SGN_NONE ? "u" : "", bits);
        case H5T_STRING:
            return "string";
        default:
            return fmt::format("HDF5 type class {}", static_cast<int>(H5Tget_class(type)));
    }
}

Expected<std::vector<std::string>> read_variable_strings(hid_t attribute, hid_t space,
                                                         uint64_t count, uint64_t limit) {
    const Handle memory_type(H5Tcopy(H5T_C_S1), H5Tclose);
    H5Tset_size(memory_type.id(), H5T_VARIABLE);
    const Handle stored(H5Aget_type(attribute), H5Tclose);
    H5Tset_cset(memory_type.id(), H5Tget_cset(stored.id()));
    std::vector<char *> pointers(count, nullptr);
    if (H5Aread(attribute, memory_type.id(), pointers.data()) < 0) {
        return damaged("cannot be read");
    }
    std::vector<std::string> strings;
    uint64_t total = 0;
    for (const char *pointer : pointers) {
        const size_t length = pointer ? std::strlen(pointer) : 0;
        total += length;
        if (total > limit) break;
        strings.emplace_back(pointer ? pointer : "", length);
    }
    H5Dvlen_reclaim(memory_type.id(), space, H5P_DEFAULT, pointers.data());
    if (total > limit) {
        return make_error(ErrorCode::kInvalid,
                          fmt::format("has more than {} bytes of text", limit));
    }
    return strings;
}

Expected<std::vector<std::string>> read_fixed_strings(hid_t attribute, hid_t type, uint64_t count,
                                                      uint64_t limit) {
    const size_t width = H5Tget_size(type);
    if (width == 0 || count > limit / width) {
        return make_error(ErrorCode::kInvalid,
                          fmt::format("has more than {} bytes of text", limit));
    }
    std::string raw(count * width, '\0');
    if (H5Aread(attribute, type, raw.data()) < 0) return damaged("cannot be read");
    std::vector<std::string> strings;
    for (size_t i = 0; i < count; ++i) {
        const char *start = raw.data() + i * width;
        strings.emplace_back(start, strnlen(start, width));
    }
    return strings;
}

Expected<std::vector<std::string>> read_attribute_strings(hid_t object, const std::string &name,
                                                          uint64_t limit) {
    const Handle attribute(H5Aopen(object, name.c_str(), H5P_DEFAULT), H5Aclose);
    const Handle space(attribute.ok() ? H5Aget_space(attribute.id()) : H5I_INVALID_HID, H5Sclose);
    const Handle type(attribute.ok() ? H5Aget_type(attribute.id()) : H5I_INVALID_HID, H5Tclose);
    if (!space.ok() || !type.ok()) return damaged("cannot be read");
    EMBARK_ASSIGN(const auto extents, extents_of(space.id()));
    EMBARK_ASSIGN(const uint64_t count, count_of(extents));
    if (count == 0) return std::vector<std::string>{};
    if (H5Tget_class(type.id()) != H5T_STRING) {
        return make_error(ErrorCode::kInvalid,
                          fmt::format("has the type {}, expected a string", type_name(type.id())));
    }
    if (count > limit / sizeof(char *)) {
        return make_error(ErrorCode::kInvalid,
                          fmt::format("has {} elements, more than the file can hold", count));
    }
    if (H5Tis_variable_str(type.id()) > 0) {
        return read_variable_strings(attribute.id(), space.id(), count, limit);
    }
    return read_fixed_strings(attribute.id(), type.id(), count, limit);
}

herr_t add_name(hid_t, const char *name, const H5L_info_t *, void *user) {
    auto &names = *static_cast<std::vector<std::string> *>(user);
    if (names.size() >= kMaxLinks) return -1;
    names.emplace_back(name);
    return 0;
}

struct StorageSum {
    uint64_t bytes = 0;
    uint64_t objects = 0;
};

herr_t add_storage(hid_t group, const char *name, const H5O_info_t *info, void *user) {
    auto &sum = *static_cast<StorageSum *>(user);
    if (++sum.objects > kMaxLinks) return -1;
    if (info->type != H5O_TYPE_DATASET) return 0;
    const Handle dataset(H5Dopen2(group, name, H5P_DEFAULT), H5Dclose);
    if (!dataset.ok()) return -1;
    sum.bytes += H5Dget_storage_size(dataset.id());
    return 0;
}

}  // namespace

namespace {

/// A property list for opening files, after what every file needs of the library.
Expected<Handle> prepare_access() {
    if (H5open() < 0) return make_error(ErrorCode::kInternal, "the HDF5 library does not start");
    H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
    // A model may neither load code nor reach into other files.
    H5PLset_loading_state(0);
    H5Lunregister(H5L_TYPE_EXTERNAL);
    H5Eclear2(H5E_DEFAULT);
    Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
    if (!access.ok()) return make_error(ErrorCode::kInternal, "HDF5 gives no property list");
    H5Pset_file_locking(access.id(), false, true);
    return access;
}

Expected<Handle> open_file(const char *name, const Handle &access) {
    Handle file(H5Fopen(name, H5F_ACC_RDONLY, access.id()), H5Fclose);
    if (!file.ok()) return damaged("is a damaged or truncated HDF5 file");
    return file;
}

// HDF5 copies an image three times on the way to its driver. These let it "allocate" the image
// itself, so that there is one; it only reads it. Only image_malloc looks at `user`, while the file
// is being opened.
void *image_malloc(size_t size, H5FD_file_image_op_t, void *user) {
    const auto &image = *static_cast<std::span<uint8_t> *>(user);
    return size <= image.size() ? image.data() : nullptr;
}
void *image_memcpy(void *to, const void *from, size_t, H5FD_file_image_op_t, void *) {
    return to == from ? to : nullptr;
}
void *image_realloc(void *, size_t, H5FD_file_image_op_t, void *) {
    return nullptr;
}
herr_t image_free(void *, H5FD_file_image_op_t, void *) {
    return 0;
}
void *image_user_copy(void *user) {
    return user;
}
herr_t image_user_free(void *) {
    return 0;
}

}  // namespace

Expected<Handle> open_hdf5(const std::filesystem::path &path) {
    EMBARK_ASSIGN(const Handle access, prepare_access());
    return open_file(path.c_str(), access);
}

Expected<Handle> open_hdf5_image(std::span<uint8_t> image) {
    if (image.empty()) return make_error(ErrorCode::kInvalid, "is empty, expected an HDF5 file");
    EMBARK_ASSIGN(const Handle access, prepare_access());
    H5FD_file_image_callbacks_t callbacks{image_malloc, image_memcpy,    image_realloc,
                                          image_free,   image_user_copy, image_user_free,
                                          &image};
    constexpr size_t kIncrement = 1 << 16;
    const bool ready = H5Pset_fapl_core(access.id(), kIncrement, false) >= 0 &&
                       H5Pset_file_image_callbacks(access.id(), &callbacks) >= 0 &&
                       H5Pset_file_image(access.id(), image.data(), image.size()) >= 0;
    if (!ready) return make_error(ErrorCode::kInternal, "HDF5 does not take a file in memory");
    return open_file("image", access);
}

Expected<Handle> open_group(hid_t parent, const std::string &name) {
    Handle group(H5Gopen2(parent, name.c_str(), H5P_DEFAULT), H5Gclose);
    if (!group.ok()) return damaged("group is missing or damaged");
    return group;
}

bool has_link(hid_t parent, const std::string &name) {
    const bool found = H5Lexists(parent, name.c_str(), H5P_DEFAULT) > 0;
    H5Eclear2(H5E_DEFAULT);
    return found;
}

bool is_group(hid_t parent, const std::string &name) {
    H5O_info_t info;
    const bool found =
        H5Oget_info_by_name2(parent, name.c_str(), &info, H5O_INFO_BASIC, H5P_DEFAULT) >= 0;
    H5Eclear2(H5E_DEFAULT);
    return found && info.type == H5O_TYPE_GROUP;
}

Expected<std::vector<std::string>> list_links(hid_t group) {
    std::vector<std::string> names;
    if (H5Literate(group, H5_INDEX_NAME, H5_ITER_INC, nullptr, add_name, &names) < 0) {
        return damaged("group cannot be listed");
    }
    return names;
}

Expected<std::optional<std::vector<std::string>>> read_strings(hid_t object,
                                                               const std::string &name,
                                                               uint64_t limit) {
    const htri_t exists = H5Aexists(object, name.c_str());
    if (exists < 0) return damaged("attributes cannot be listed");
    if (exists == 0) return std::optional<std::vector<std::string>>{};
    auto strings = read_attribute_strings(object, name, limit);
    if (!strings.ok()) {
        Error error = std::move(strings).error();
        error.message = fmt::format("attribute '{}' {}", name, error.message);
        return error;
    }
    return std::optional(std::move(strings).value());
}

Expected<Handle> open_dataset(hid_t parent, const std::string &name) {
    Handle dataset(H5Dopen2(parent, name.c_str(), H5P_DEFAULT), H5Dclose);
    if (!dataset.ok()) return damaged("data set is missing or damaged");
    return dataset;
}

Expected<DatasetInfo> describe(hid_t dataset) {
    const Handle space(H5Dget_space(dataset), H5Sclose);
    const Handle type(H5Dget_type(dataset), H5Tclose);
    const Handle creation(H5Dget_create_plist(dataset), H5Pclose);
    if (!space.ok() || !type.ok() || !creation.ok()) return damaged("data set is damaged");
    const H5D_layout_t layout = H5Pget_layout(creation.id());
    if (layout == H5D_VIRTUAL || H5Pget_external_count(creation.id()) != 0) {
        return make_error(ErrorCode::kInvalid, "has its data in another file");
    }
    EMBARK_ASSIGN(const auto extents, extents_of(space.id()));
    EMBARK_RETURN_IF_ERROR(count_of(extents));
    DatasetInfo info;
    for (const hsize_t extent : extents) info.shape.push_back(static_cast<int64_t>(extent));
    info.type = type_name(type.id());
    info.is_float = H5Tget_class(type.id()) == H5T_FLOAT;
    info.storage_bytes = H5Dget_storage_size(dataset);
    info.is_chunked = layout == H5D_CHUNKED;
    return info;
}

Expected<std::vector<float>> read_floats(hid_t dataset, const DatasetInfo &info) {
    if (!info.is_float) {
        return make_error(ErrorCode::kInvalid,
                          fmt::format("has the type {}, expected float32", info.type));
    }
    std::vector<float> values(static_cast<size_t>(element_count(info.shape)));
    if (values.empty()) return values;
    if (H5Dread(dataset, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()) < 0) {
        return damaged("data cannot be read");
    }
    return values;
}

Expected<uint64_t> storage_below(hid_t group) {
    StorageSum sum;
    if (H5Ovisit2(group, H5_INDEX_NAME, H5_ITER_NATIVE, add_storage, &sum, H5O_INFO_BASIC) < 0) {
        return damaged("group cannot be listed");
    }
    return sum.bytes;
}

}  // namespace embark::keras
