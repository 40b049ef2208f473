#include "evaluate/image_decoder.h"

#include <jpeglib.h>
#include <png.h>

#include <csetjmp>
#include <cstdio>

#include "base/files.h"

namespace embark {

namespace {

constexpr int64_t kMostPixels = int64_t{1} << 26;  ///< a header may claim anything

Error broken(const std::filesystem::path &path, const std::string &what) {
    return make_error(ErrorCode::kInvalid, Location{path.string(), ""}, what);
}

Expected<Picture8> read_png(const std::filesystem::path &path, const Bytes &file,
                            int64_t channels) {
    png_image image{};
    image.version = PNG_IMAGE_VERSION;
    if (png_image_begin_read_from_memory(&image, file.data(), file.size()) == 0) {
        return broken(path, std::string("is a broken PNG: ") + image.message);
    }
    const bool color = channels == 3 || (channels == 0 && (image.format & PNG_FORMAT_FLAG_COLOR));
    image.format = color ? PNG_FORMAT_RGB : PNG_FORMAT_GRAY;
    Picture8 picture{image.height, image.width, color ? 3 : 1, {}};
    if (picture.height * picture.width > kMostPixels) {
        png_image_free(&image);
        return broken(path, "has too many pixels");
    }
    picture.pixels.resize(PNG_IMAGE_SIZE(image));
    const png_color black{0, 0, 0};
    if (png_image_finish_read(&image, &black, picture.pixels.data(), 0, nullptr) == 0) {
        return broken(path, std::string("is a broken PNG: ") + image.message);
    }
    return picture;
}

/// libjpeg's way to report faults is a call that must not return.
struct JpegFault {
    jpeg_error_mgr base;
    std::jmp_buf back;
    char message[JMSG_LENGTH_MAX];
};

void leave(j_common_ptr reader) {
    auto *fault = reinterpret_cast<JpegFault *>(reader->err);
    reader->err->format_message(reader, fault->message);
    std::longjmp(fault->back, 1);
}

/// Only what longjmp may skip: no object with a destructor is made here.
bool decode_jpeg(const Bytes &file, int64_t channels, jpeg_decompress_struct &reader,
                 JpegFault &fault, Picture8 &picture) {
    reader.err = jpeg_std_error(&fault.base);
    fault.base.error_exit = leave;
    fault.base.emit_message = [](j_common_ptr, int) {};
    if (setjmp(fault.back) != 0) return false;
    jpeg_create_decompress(&reader);
    jpeg_mem_src(&reader, file.data(), static_cast<unsigned long>(file.size()));
    jpeg_read_header(&reader, TRUE);
    const bool color = channels == 3 || (channels == 0 && reader.num_components != 1);
    reader.out_color_space = color ? JCS_RGB : JCS_GRAYSCALE;
    jpeg_start_decompress(&reader);
    picture.height = reader.output_height;
    picture.width = reader.output_width;
    picture.channels = color ? 3 : 1;
    if (picture.height * picture.width > kMostPixels) {
        std::snprintf(fault.message, sizeof fault.message, "too many pixels");
        return false;
    }
    const auto row = static_cast<size_t>(picture.width * picture.channels);
    picture.pixels.resize(row * static_cast<size_t>(picture.height));
    while (reader.output_scanline < reader.output_height) {
        JSAMPROW line = picture.pixels.data() + row * reader.output_scanline;
        jpeg_read_scanlines(&reader, &line, 1);
    }
    jpeg_finish_decompress(&reader);
    // A file that ends early is filled up with grey, which is only a warning there.
    if (fault.base.num_warnings == 0) return true;
    reader.err->format_message(reinterpret_cast<j_common_ptr>(&reader), fault.message);
    return false;
}

Expected<Picture8> read_jpeg(const std::filesystem::path &path, const Bytes &file,
                             int64_t channels) {
    jpeg_decompress_struct reader{};
    JpegFault fault{};
    Picture8 picture;
    const bool good = decode_jpeg(file, channels, reader, fault, picture);
    jpeg_destroy_decompress(&reader);
    if (!good) return broken(path, std::string("is a broken JPEG: ") + fault.message);
    return picture;
}

}  // namespace

bool is_picture(const std::filesystem::path &path) {
    std::string extension = path.extension().string();
    for (char &c : extension) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return extension == ".png" || extension == ".jpg" || extension == ".jpeg";
}

Expected<Picture8> read_picture(const std::filesystem::path &path, int64_t channels) {
    EMBARK_ASSIGN(const Bytes file, read_file(path));
    if (file.size() > 8 && png_sig_cmp(file.data(), 0, 8) == 0) {
        return read_png(path, file, channels);
    }
    if (file.size() > 3 && file[0] == 0xFF && file[1] == 0xD8) {
        return read_jpeg(path, file, channels);
    }
    return broken(path, file.empty() ? "is empty, expected a PNG or JPEG picture"
                                     : "is neither PNG nor JPEG");
}

}  // namespace embark
