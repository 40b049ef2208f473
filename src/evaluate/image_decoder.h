#pragma once
// Pictures as pixels.

#include <filesystem>

#include "base/files.h"

namespace embark {

struct Picture8 {
    int64_t height = 0, width = 0, channels = 0;  ///< channels: 1 (grey) or 3 (RGB)
    Bytes pixels;                                 ///< [height][width][channels]
};

/// Whether the file's name ends as that of a picture that can be read: .png, .jpg, .jpeg.
bool is_picture(const std::filesystem::path &path);

/// Reads a PNG or JPEG file, whichever its content is. What lies behind transparent pixels is
/// black.
/// \param channels  1 or 3 to have it so; 0: as the file has it
/// \error kIo; kInvalid  broken, or neither of both
Expected<Picture8> read_picture(const std::filesystem::path &path, int64_t channels = 0);

}  // namespace embark
