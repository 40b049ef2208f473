#include "evaluate/npz.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "evaluate/testing.h"

namespace embark {
namespace {

using ::testing::HasSubstr;

class Npz : public ::testing::Test {
  protected:
    std::filesystem::path path(const std::string &name = "a.npz") const {
        return directory_.path() / name;
    }
    /// The error of reading array "x" from a file that holds it, without the path; or "ok".
    std::string fault(const Bytes &array) const {
        write_npz(path(), {{"x", array}});
        return fault();
    }
    std::string fault() const {
        const auto file = NpzFile::open(path());
        if (!file.ok()) return file.error().message;
        const auto read = file->read("x");
        if (read.ok()) return "ok";
        EXPECT_EQ(read.error().location.file, path().string());
        EXPECT_EQ(read.error().location.place, "array x");
        return read.error().message;
    }
    TemporaryDirectory directory_ = TemporaryDirectory::create().value();
};

TEST_F(Npz, ReadsEveryElementType) {
    write_npz(path(), {{"b1", npy("|b1", "(2,)", {1, 0})},
                       {"u1", npy("|u1", "(2,)", {1, 255})},
                       {"i1", npy("|i1", "(2,)", {1, 255})},
                       {"u2", npy("<u2", "(2,)", elements<uint16_t>({1, 65535}))},
                       {"i2", npy("<i2", "(2,)", elements<int16_t>({1, -5}))},
                       {"u4", npy("<u4", "(2,)", elements<uint32_t>({1, 4000000000u}))},
                       {"i4", npy("<i4", "(2,)", elements<int32_t>({1, -5}))},
                       {"i8", npy("<i8", "(2,)", elements<int64_t>({1, -5}))},
                       {"f4", npy("<f4", "(2,)", elements<float>({1, -0.5f}))},
                       {"f8", npy("<f8", "(2,)", elements<double>({1, -0.5}))}});
    const auto file = NpzFile::open(path());
    ASSERT_TRUE(file.ok()) << to_string(file.error());
    EXPECT_EQ(file->names().size(), 10u);
    const std::map<std::string, double> second{
        {"b1", 0},  {"u1", 255}, {"i1", -1},   {"u2", 65535}, {"i2", -5}, {"u4", 4000000000.0},
        {"i4", -5}, {"i8", -5},  {"f4", -0.5}, {"f8", -0.5}};
    for (const auto &[name, value] : second) {
        const auto array = file->read(name);
        ASSERT_TRUE(array.ok()) << name << ": " << to_string(array.error());
        EXPECT_EQ(array->header.shape, Shape{2});
        EXPECT_EQ(array->at(0), 1) << name;
        EXPECT_EQ(array->at(1), value) << name;
    }
}

TEST_F(Npz, ReadsTheFirstRowsOnly) {
    write_npz(path(), {{"x", npy("|u1", "(3, 2)", {1, 2, 3, 4, 5, 6})}});
    const auto array = NpzFile::open(path())->read("x", 2);
    ASSERT_TRUE(array.ok());
    EXPECT_EQ(array->header.shape, (Shape{2, 2}));
    EXPECT_EQ(array->data, (Bytes{1, 2, 3, 4}));
}

TEST_F(Npz, ReadsVersionTwoHeaders) {
    std::string dictionary = "{'shape': (1,), 'fortran_order': False, \"descr\": \"|u1\"}";
    Bytes bytes{0x93, 'N', 'U', 'M', 'P', 'Y', 2, 0};
    append_le(bytes, static_cast<uint32_t>(dictionary.size()));
    bytes.insert(bytes.end(), dictionary.begin(), dictionary.end());
    bytes.push_back(7);
    EXPECT_EQ(fault(bytes), "ok");
}

TEST_F(Npz, ReadsWhatNumpyWrote) {
    const auto file = NpzFile::open(EMBARK_SOURCE_DIR "/examples/cifar10/test.npz");
    ASSERT_TRUE(file.ok()) << to_string(file.error());
    EXPECT_EQ(file->names(), (std::vector<std::string>{"x", "y"}));
    const auto images = file->read("x");
    ASSERT_TRUE(images.ok()) << to_string(images.error());
    EXPECT_EQ(images->header.shape, (Shape{1000, 32, 32, 3}));
}

TEST_F(Npz, ExplainsTypesThatAreNotRead) {
    EXPECT_THAT(fault(npy("|O", "(1,)", {1})), HasSubstr("type '|O' (Python objects), expected"));
    EXPECT_THAT(fault(npy(">f4", "(1,)", {1, 2, 3, 4})), HasSubstr("type '>f4', expected"));
    EXPECT_THAT(fault(npy("<c8", "(1,)", Bytes(8))), HasSubstr("type '<c8', expected"));
    EXPECT_THAT(fault(npy("", "(1,)", Bytes(8))), HasSubstr("type '', expected"));
    EXPECT_THAT(
        fault(npy_with_header("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }",
                              Bytes(4))),
        HasSubstr("is a structured array"));
    EXPECT_THAT(fault(npy_with_header("{'descr': '<f4', 'fortran_order': True, 'shape': (1,), }",
                                      Bytes(4))),
                HasSubstr("is in Fortran order, expected C order"));
}

TEST_F(Npz, ExplainsMalformedHeaders) {
    EXPECT_THAT(fault(Bytes(100, 'x')), HasSubstr("is not in NumPy's format"));
    EXPECT_THAT(fault(Bytes(3, 'x')), HasSubstr("cannot read"));
    EXPECT_EQ(fault(npy_with_header("{'descr': '<f4', 'shape': (1,), }", Bytes(4))),
              "npy header is malformed: descr, fortran_order or shape is missing");
    EXPECT_EQ(fault(npy("<f4", "(-1,)", Bytes(4))),
              "npy header is malformed: extent is not a count");
    EXPECT_EQ(fault(npy("<f4", "(1 2)", Bytes(4))),
              "npy header is malformed: shape is not a tuple");
    EXPECT_EQ(fault(npy("<f4", "(1,", Bytes(4))), "npy header is malformed: extent is not a count");
    EXPECT_EQ(fault(npy("<f4", "(1000000, 1000000, 1000000)", Bytes(4))),
              "shape has more than 1099511627776 elements");
    EXPECT_EQ(fault(npy_with_header("{'descr': '<f4", Bytes(4))),
              "npy header is malformed: string without end");
    Bytes version = npy("<f4", "(1,)", Bytes(4));
    version[6] = 9;
    EXPECT_EQ(fault(version), "npy version is 9, expected 1 to 3");
    version[6] = 2;
    version[10] = version[11] = 0xFF;
    EXPECT_THAT(fault(version), HasSubstr("expected at most 65536"));
}

TEST_F(Npz, NoticesSizesThatContradictTheHeader) {
    EXPECT_THAT(fault(npy("<f4", "(2,)", Bytes(4))), HasSubstr("expected 136 for float32 [2]"));
    EXPECT_THAT(fault(npy("<f4", "(2,)", Bytes(12))), HasSubstr("expected 136 for float32 [2]"));
    // What a zip bomb would claim.
    EXPECT_THAT(fault(npy("<f4", "(100000, 1000000)", Bytes(16))),
                HasSubstr("expected 4000000001"));
}

TEST_F(Npz, NoticesDamage) {
    Bytes noise(4000);
    for (size_t i = 0; i < noise.size(); ++i) noise[i] = static_cast<uint8_t>(i * i >> 3);
    write_npz(path(), {{"x", npy("|u1", "(4000,)", noise)}});
    const Bytes good = read_file(path()).value();
    for (const size_t length : {size_t{0}, size_t{10}, good.size() / 2, good.size() - 1}) {
        ASSERT_TRUE(write_file(path(), std::span(good).first(length)).ok());
        EXPECT_NE(fault(), "ok") << length;
    }
    Bytes damaged = good;
    damaged[300] ^= 0x10;
    ASSERT_TRUE(write_file(path(), damaged).ok());
    EXPECT_THAT(fault(), HasSubstr("cannot read"));
}

TEST_F(Npz, NamesMissingFilesAndArrays) {
    const auto missing = NpzFile::open(path("none.npz"));
    ASSERT_FALSE(missing.ok());
    EXPECT_EQ(missing.error().code, ErrorCode::kNotFound);
    write_npz(path(), {{"x", npy("|u1", "(1,)", {1})}});
    const auto array = NpzFile::open(path())->read("z");
    ASSERT_FALSE(array.ok());
    EXPECT_EQ(to_string(array.error()), path().string() + ": array z: is not in the file");
}

}  // namespace
}  // namespace embark
