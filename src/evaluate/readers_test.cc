// Tables and folders of pictures as data sets.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <jpeglib.h>
#include <png.h>

#include <cstring>

#include "base/files.h"
#include "evaluate/dataset.h"

namespace embark {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class Readers : public ::testing::Test {
  protected:
    fs::path path(const std::string &name) const { return directory_.path() / name; }
    void text(const std::string &name, std::string_view content) const {
        fs::create_directories(path(name).parent_path());
        ASSERT_TRUE(write_file(path(name), content).ok());
    }
    void png(const std::string &name, uint32_t width, uint32_t height, uint8_t value,
             bool color = true) const {
        fs::create_directories(path(name).parent_path());
        png_image image{};
        image.version = PNG_IMAGE_VERSION;
        image.width = width;
        image.height = height;
        image.format = color ? PNG_FORMAT_RGB : PNG_FORMAT_GRAY;
        const Bytes pixels(PNG_IMAGE_SIZE(image), value);
        ASSERT_NE(png_image_write_to_file(&image, path(name).c_str(), 0, pixels.data(), 0, nullptr),
                  0);
    }
    void jpeg(const std::string &name, uint32_t side, uint8_t value) const {
        fs::create_directories(path(name).parent_path());
        jpeg_compress_struct writer{};
        jpeg_error_mgr errors{};
        writer.err = jpeg_std_error(&errors);
        jpeg_create_compress(&writer);
        unsigned char *file = nullptr;
        unsigned long size = 0;
        jpeg_mem_dest(&writer, &file, &size);
        writer.image_width = writer.image_height = side;
        writer.input_components = 3;
        writer.in_color_space = JCS_RGB;
        jpeg_set_defaults(&writer);
        jpeg_start_compress(&writer, TRUE);
        Bytes row(side * 3, value);
        for (uint32_t y = 0; y < side; ++y) {
            JSAMPROW line = row.data();
            jpeg_write_scanlines(&writer, &line, 1);
        }
        jpeg_finish_compress(&writer);
        ASSERT_TRUE(write_file(path(name), Bytes(file, file + size)).ok());
        jpeg_destroy_compress(&writer);
        std::free(file);
    }
    Dataset load(const std::string &name, int64_t most = 0) const {
        auto dataset = load_dataset(path(name), most);
        EXPECT_TRUE(dataset.ok()) << to_string(dataset.error());
        return dataset.ok() ? std::move(dataset).value() : Dataset{};
    }
    std::string fault(const std::string &name) const {
        const auto dataset = load_dataset(path(name));
        return dataset.ok() ? "ok" : to_string(dataset.error());
    }
    TemporaryDirectory directory_ = TemporaryDirectory::create().value();
};

std::vector<float> floats(const Dataset &dataset) {
    std::vector<float> values(dataset.data.size() / sizeof(float));
    std::memcpy(values.data(), dataset.data.data(), dataset.data.size());
    return values;
}

TEST_F(Readers, TakeClassesOfTheirColumnOrTheLast) {
    text("a.csv", "x,Label,y0\n1,2,3.5\r\n-4e1, 0 ,\"6\"\n\n");
    const Dataset named = load("a.csv");
    EXPECT_THAT(named.labels, ElementsAre(2, 0));
    EXPECT_THAT(floats(named), ElementsAre(1.0f, 3.5f, -40.0f, 6.0f));
    EXPECT_EQ(named.shape, (Shape{2}));
    text("b.csv", "1,2,walk\n3,4,sit\n5,6,walk");
    const Dataset last = load("b.csv", 2);
    EXPECT_EQ(last.count, 2);
    EXPECT_THAT(last.labels, ElementsAre(1, 0));  // sit, walk
    text("c.csv", "a,b\n1,2\n");
    EXPECT_TRUE(load("c.csv").labels.empty());
}

TEST_F(Readers, FitATableToAWindowOfAsManyNumbers) {
    text("a.csv", "1,2,3,4,5,6,0\n");
    const Dataset table = load("a.csv");
    Tensor input;
    input.name = "x";
    input.type = {DataType::kFloat32, {1, 3, 2}, {}};
    EXPECT_TRUE(check_input(table, input).ok());
    input.type.shape = {1, 4, 2};
    EXPECT_THAT(to_string(check_input(table, input).error()), HasSubstr("[6]"));
}

TEST_F(Readers, NameLineAndColumnOfFaultyTables) {
    text("a.csv", "x,label\n1,0\nmany,1\n");
    EXPECT_THAT(fault("a.csv"), HasSubstr("line 3: column 1: found 'many', expected a number"));
    text("b.csv", "1,2,0\n3,1\n");
    EXPECT_THAT(fault("b.csv"), HasSubstr("line 2: has 2 columns, expected 3"));
    text("c.csv", "x,label\n");
    EXPECT_THAT(fault("c.csv"), HasSubstr("holds no examples"));
    text("d.csv", "1\n");
    EXPECT_THAT(fault("d.csv"), HasSubstr("one column"));
    text("e.csv", "1,nan,0\n");
    EXPECT_THAT(fault("e.csv"), HasSubstr("found 'nan'"));
}

TEST_F(Readers, ReadPicturesInTurnFromEachClass) {
    png("set/cat/1.png", 4, 2, 10);
    png("set/cat/2.png", 4, 2, 20);
    png("set/cat/3.PNG", 4, 2, 30);
    png("set/dog/a.png", 4, 2, 40);
    text("set/dog/notes.txt", "no picture");
    const Dataset set = load("set");
    EXPECT_EQ(set.shape, (Shape{2, 4, 3}));
    EXPECT_THAT(set.labels, ElementsAre(0, 1, 0, 0));
    EXPECT_EQ(set.image(1)[0], 40);
    EXPECT_EQ(set.image(3)[23], 30);
    EXPECT_EQ(load("set", 2).count, 2);
    EXPECT_THAT(picture_classes(path("set")).value(), ElementsAre("cat", "dog"));
}

TEST_F(Readers, ReadJpegAndGreyAsTheFirstPicturesChannelsAre) {
    jpeg("set/a/1.jpg", 16, 77);
    png("set/b/1.png", 16, 16, 78, false);
    const Dataset set = load("set");
    EXPECT_EQ(set.shape, (Shape{16, 16, 3}));
    EXPECT_NEAR(set.image(0)[5], 77, 1);
    EXPECT_EQ(set.image(1)[5], 78);
    png("grey/a/1.png", 3, 3, 9, false);
    EXPECT_EQ(load("grey").shape, (Shape{3, 3, 1}));
}

TEST_F(Readers, NameThePictureThatIsAtFault) {
    png("set/a/1.png", 4, 4, 1);
    png("set/a/2.png", 5, 4, 1);
    EXPECT_THAT(fault("set"), HasSubstr("2.png: has 5 x 4 pixels, expected 4 x 4 as 1.png has"));
    jpeg("cut/a/1.jpg", 64, 200);
    Bytes bytes = read_file(path("cut/a/1.jpg")).value();
    bytes.resize(bytes.size() / 2);
    ASSERT_TRUE(write_file(path("cut/a/1.jpg"), bytes).ok());
    EXPECT_THAT(fault("cut"), HasSubstr("1.jpg: is a broken JPEG"));
    png("png/a/1.png", 64, 64, 7);
    bytes = read_file(path("png/a/1.png")).value();
    bytes.resize(40);
    ASSERT_TRUE(write_file(path("png/a/1.png"), bytes).ok());
    EXPECT_THAT(fault("png"), HasSubstr("1.png: is a broken PNG"));
    text("other/a/1.png", "hello, I am no picture");
    EXPECT_THAT(fault("other"), HasSubstr("is neither PNG nor JPEG"));
    text("none/a/readme.txt", "");
    EXPECT_THAT(fault("none"), HasSubstr("holds no pictures"));
}

}  // namespace
}  // namespace embark
