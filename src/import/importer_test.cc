#include "import/importer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "import/foreign.h"

namespace embark {
namespace {

using testing::HasSubstr;

class ImportModel : public testing::Test {
  protected:
    ImportModel() : directory_(TemporaryDirectory::create()) {}

    std::filesystem::path write(const std::string &name, std::string_view text) {
        const auto path = directory_->path() / name;
        EXPECT_TRUE(write_file(path, text).ok());
        return path;
    }
    Error fault(const std::filesystem::path &path) {
        const auto graph = import_model(path);
        EXPECT_FALSE(graph.ok());
        return graph.ok() ? Error{} : graph.error();
    }

    Expected<TemporaryDirectory> directory_;
};

TEST_F(ImportModel, MissingFileIsNotFound) {
    const Error error = fault(directory_->path() / "none.h5");
    EXPECT_EQ(error.code, ErrorCode::kNotFound);
    EXPECT_THAT(to_string(error), HasSubstr("none.h5: no such file"));
}

TEST_F(ImportModel, DirectoryIsNamed) {
    EXPECT_THAT(fault(directory_->path()).message, HasSubstr("is a directory, expected a file"));
}

TEST_F(ImportModel, SavedModelDirectoryIsRecognised) {
    write("saved_model.pb", "x");
    EXPECT_THAT(fault(directory_->path()).message, HasSubstr("SavedModel directory"));
}

TEST_F(ImportModel, EmptyFileIsNamed) {
    const Error error = fault(write("empty.h5", ""));
    EXPECT_EQ(error.code, ErrorCode::kInvalid);
    EXPECT_EQ(error.message, "is empty, expected a model");
}

TEST_F(ImportModel, ContentDecidesAndNotTheName) {
    using namespace std::string_view_literals;
    const Error error = fault(write("model.h5", "\x89PNG\r\n\x1a\n\0\0"sv));
    EXPECT_EQ(error.code, ErrorCode::kUnsupported);
    EXPECT_EQ(error.message,
              "looks like a PNG image, expected one of: Keras HDF5 (.h5), Keras archive (.keras), "
              "ONNX (.onnx), TensorFlow Lite (.tflite)");
    EXPECT_THAT(fault(write("model.onnx", "\x1c\0\0\0TFL3\0\0\0\0"sv)).message,
                HasSubstr("is a damaged or truncated TensorFlow Lite file"));
}

TEST_F(ImportModel, SignatureAloneIsADamagedFile) {
    const Error error = fault(write("cut.h5", "\x89HDF\r\n\x1a\n"));
    EXPECT_EQ(error.code, ErrorCode::kInvalid);
    EXPECT_THAT(to_string(error), HasSubstr("cut.h5: is a damaged or truncated HDF5 file"));
}

struct ForeignCase {
    std::string_view bytes;
    std::string_view description;
};

TEST(DescribeForeignFile, NamesWhatItLooksLike) {
    using namespace std::string_view_literals;
    const ForeignCase cases[] = {
        {"PK\3\4\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x05\0\0\0a.npy"sv,
         "a NumPy archive (.npz, zip)"},
        {"PK\3\4\0"sv, "a zip archive"},
        {"\x7f"
         "ELF\1\1"sv,
         "an ELF program or object file"},
        {"\x08\x08\x12\x07pytorch"sv, "an ONNX model (protobuf)"},
        {"\x08\x01\x12\x9a"sv, "a TensorFlow SavedModel (protobuf)"},
        {"\x80\x04\x95"sv, "a Python pickle"},
        {"{\"class_name\": 1}"sv, "JSON text"},
        {"<!DOCTYPE html>"sv, "a web page"},
        {"version https://git-lfs.github.com/spec/v1"sv,
         "a Git LFS pointer, not the file that it stands for"},
        {"hello\n"sv, "text"},
        {"\x01\x02\xff"sv, "unknown binary data (first bytes 01 02 ff)"},
        {"\x08"sv, "unknown binary data (first bytes 08)"},
    };
    for (const ForeignCase &row : cases) {
        const auto *data = reinterpret_cast<const uint8_t *>(row.bytes.data());
        EXPECT_EQ(describe_foreign_file({data, row.bytes.size()}).description, row.description);
    }
}

}  // namespace
}  // namespace embark
