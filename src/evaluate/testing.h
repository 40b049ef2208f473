#pragma once
// Makes .npy and .npz files; for tests only.

#include <fmt/format.h>
#include <zip.h>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/files.h"

namespace embark {

/// A .npy file of version 1 with the given dictionary and elements.
inline Bytes npy_with_header(std::string dictionary, const Bytes &data) {
    Bytes bytes{0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0};
    while ((10 + dictionary.size() + 1) % 64 != 0) dictionary += ' ';
    dictionary += '\n';
    append_le(bytes, static_cast<uint16_t>(dictionary.size()));
    bytes.insert(bytes.end(), dictionary.begin(), dictionary.end());
    bytes.insert(bytes.end(), data.begin(), data.end());
    return bytes;
}

/// \p descr such as "<f4", \p shape as Python writes it: "(2, 3)"
inline Bytes npy(std::string_view descr, std::string_view shape, const Bytes &data) {
    return npy_with_header(
        fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': {}, }}", descr, shape),
        data);
}

template <typename T>
Bytes elements(const std::vector<T> &values) {
    Bytes bytes;
    for (const T value : values) append_le(bytes, value);
    return bytes;
}

/// Writes an .npz of the given arrays, compressed.
inline void write_npz(const std::filesystem::path &path,
                      const std::map<std::string, Bytes> &arrays) {
    zip_t *archive = zip_open(path.c_str(), ZIP_CREATE | ZIP_TRUNCATE, nullptr);
    EMBARK_ASSERT(archive != nullptr);
    for (const auto &[name, bytes] : arrays) {
        zip_source_t *source = zip_source_buffer(archive, bytes.data(), bytes.size(), 0);
        EMBARK_ASSERT(zip_file_add(archive, (name + ".npy").c_str(), source, 0) >= 0);
    }
    EMBARK_ASSERT(zip_close(archive) == 0);
}

}  // namespace embark
