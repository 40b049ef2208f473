#include "evaluate/dataset.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

#include "evaluate/testing.h"

namespace embark {
namespace {

using ::testing::HasSubstr;

class LoadDataset : public ::testing::Test {
  protected:
    std::filesystem::path path(const std::string &name) const { return directory_.path() / name; }
    std::string fault(const std::string &name) const {
        const auto dataset = load_dataset(path(name));
        return dataset.ok() ? "ok" : to_string(dataset.error());
    }
    void write(const std::string &name, const Bytes &bytes) const {
        ASSERT_TRUE(write_file(path(name), bytes).ok());
    }
    void write_text(const std::string &name, std::string_view text) const {
        ASSERT_TRUE(write_file(path(name), text).ok());
    }
    TemporaryDirectory directory_ = TemporaryDirectory::create().value();
};

/// A CIFAR-10 record whose byte at plane p, pixel i is p * 64 + i % 64.
Bytes cifar_record(uint8_t label) {
    Bytes record{label};
    for (int plane = 0; plane < 3; ++plane) {
        for (int i = 0; i < 1024; ++i) record.push_back(static_cast<uint8_t>(plane * 64 + i % 64));
    }
    return record;
}

Bytes operator+(Bytes a, const Bytes &b) {
    a.insert(a.end(), b.begin(), b.end());
    return a;
}

TEST_F(LoadDataset, TakesTheExampleImages) {
    const auto dataset = load_dataset(EMBARK_SOURCE_DIR "/examples/cifar10/test.npz", 5);
    ASSERT_TRUE(dataset.ok()) << to_string(dataset.error());
    EXPECT_EQ(dataset->count, 5);
    EXPECT_EQ(dataset->type, DataType::kUint8);
    EXPECT_EQ(dataset->shape, (Shape{32, 32, 3}));
    EXPECT_EQ(dataset->labels, (std::vector<int32_t>{3, 8, 8, 0, 6}));
    EXPECT_EQ(dataset->image(4).size(), 3072u);
}

TEST_F(LoadDataset, AcceptsOtherNamesTypesAndLabels) {
    write_npz(path("a.npz"),
              {{"images", npy("<f8", "(2, 1, 2)", elements<double>({1, 2, 3, 4}))},
               {"labels", npy("<f4", "(2, 3)", elements<float>({0, 0, 1, 1, 0, 0}))}});
    auto dataset = load_dataset(path("a.npz"));
    ASSERT_TRUE(dataset.ok()) << to_string(dataset.error());
    EXPECT_EQ(dataset->type, DataType::kFloat32);
    EXPECT_EQ(dataset->labels, (std::vector<int32_t>{2, 0}));
    EXPECT_EQ(load_le<float>(dataset->image(1).data()), 3.0f);

    write_npz(path("b.npz"), {{"arr_0", npy("|i1", "(2, 2)", {1, 2, 3, 4})},
                              {"arr_1", npy("<i8", "(2, 1)", elements<int64_t>({7, 9}))}});
    dataset = load_dataset(path("b.npz"));
    ASSERT_TRUE(dataset.ok()) << to_string(dataset.error());
    EXPECT_EQ(dataset->type, DataType::kInt8);
    EXPECT_EQ(dataset->labels, (std::vector<int32_t>{7, 9}));
}

TEST_F(LoadDataset, NeedsNoLabels) {
    write_npz(path("a.npz"), {{"x", npy("|u1", "(2, 2)", {1, 2, 3, 4})}});
    const auto dataset = load_dataset(path("a.npz"));
    ASSERT_TRUE(dataset.ok());
    EXPECT_TRUE(dataset->labels.empty());
}

TEST_F(LoadDataset, ExplainsArraysThatDoNotFit) {
    const std::string file = path("a.npz").string();
    const Bytes images = npy("|u1", "(2, 2)", {1, 2, 3, 4});
    write_npz(path("a.npz"), {{"pictures", images}});
    EXPECT_EQ(fault("a.npz"), file +
                                  ": has arrays [pictures], expected images in one of [x, "
                                  "images, data, x_test, arr_0]");
    write_npz(path("a.npz"), {{"x", npy("|u1", "(2,)", {1, 2})}});
    EXPECT_EQ(fault("a.npz"),
              file + ": array x: has shape [2], expected [images, …] with at least one");
    write_npz(path("a.npz"), {{"x", npy("|u1", "(0, 2)", {})}});
    EXPECT_THAT(fault("a.npz"), HasSubstr("with at least one"));
    write_npz(path("a.npz"), {{"x", images}, {"y", npy("|u1", "(3,)", {1, 2, 3})}});
    EXPECT_EQ(fault("a.npz"), file +
                                  ": array y: has shape [3], expected [2] or [2,classes] as "
                                  "there are 2 images");
    write_npz(path("a.npz"),
              {{"x", images}, {"y", npy("<f4", "(2,)", elements<float>({1, 0.5f}))}});
    EXPECT_EQ(fault("a.npz"), file + ": array y: label 1 is 0.5, expected a class from 0");
    write_npz(path("a.npz"), {{"x", images}, {"y", npy("|i1", "(2,)", {1, 255})}});
    EXPECT_EQ(fault("a.npz"), file + ": array y: label 1 is -1, expected a class from 0");
}

TEST_F(LoadDataset, InterleavesThePlanesOfCifar10) {
    write("one.bin", cifar_record(3) + cifar_record(9));
    const auto dataset = load_dataset(path("one.bin"));
    ASSERT_TRUE(dataset.ok()) << to_string(dataset.error());
    EXPECT_EQ(dataset->count, 2);
    EXPECT_EQ(dataset->labels, (std::vector<int32_t>{3, 9}));
    const auto image = dataset->image(1);
    EXPECT_EQ(Bytes(image.begin() + 15, image.begin() + 18), (Bytes{5, 69, 133}));
}

TEST_F(LoadDataset, PrefersTheTestBatchOfADirectory) {
    write("data_batch_2.bin", cifar_record(2));
    write("data_batch_1.bin", cifar_record(1));
    EXPECT_EQ(load_dataset(directory_.path())->labels, (std::vector<int32_t>{1, 2}));
    EXPECT_EQ(load_dataset(directory_.path(), 1)->labels, (std::vector<int32_t>{1}));
    write("test_batch.bin", cifar_record(5));
    EXPECT_EQ(load_dataset(directory_.path())->labels, (std::vector<int32_t>{5}));
}

TEST_F(LoadDataset, ExplainsBadCifar10Records) {
    write("one.bin", Bytes(3000));
    EXPECT_EQ(fault("one.bin"), path("one.bin").string() +
                                    ": has 3000 bytes, expected a multiple of 3073 (CIFAR-10 "
                                    "records)");
    write("one.bin", cifar_record(1) + cifar_record(10));
    EXPECT_EQ(fault("one.bin"), path("one.bin").string() +
                                    ": offset 0xc01: label is 10, expected 0 to 9 (CIFAR-10 "
                                    "records)");
}

TEST_F(LoadDataset, ReadsRawTensorsWithLabels) {
    write("b.bin", {1, 2, 3, 4});
    write("a.bin", {5, 6, 7, 8});
    auto dataset = load_dataset(directory_.path());
    ASSERT_TRUE(dataset.ok()) << to_string(dataset.error());
    EXPECT_TRUE(dataset->raw);
    EXPECT_EQ(dataset->data, (Bytes{5, 6, 7, 8, 1, 2, 3, 4}));
    EXPECT_TRUE(dataset->labels.empty());

    write_text("labels.csv", "file,label\r\nb.bin,4\n\na.bin, 0\n");
    dataset = load_dataset(directory_.path());
    ASSERT_TRUE(dataset.ok()) << to_string(dataset.error());
    EXPECT_EQ(dataset->data, (Bytes{1, 2, 3, 4, 5, 6, 7, 8}));
    EXPECT_EQ(dataset->labels, (std::vector<int32_t>{4, 0}));
}

TEST_F(LoadDataset, ExplainsBadDirectories) {
    const std::string root = directory_.path().string();
    EXPECT_THAT(fault(""), HasSubstr("holds no data, expected test_batch.bin"));
    write_text("labels.csv", "a.bin,1\nb.bin,x\n");
    EXPECT_EQ(fault(""), root + "/labels.csv: line 2: found 'b.bin,x', expected 'file,label'");
    write_text("labels.csv", "a.bin,1\nb.bin,2\n");
    write("a.bin", {1, 2});
    EXPECT_THAT(fault(""), HasSubstr("/b.bin: cannot open"));
    write("b.bin", {1});
    EXPECT_EQ(fault(""), root + "/b.bin: has 1 bytes, expected 2 as a.bin has");
}

TEST_F(LoadDataset, ExplainsOtherFiles) {
    EXPECT_THAT(fault("none"), HasSubstr("no such file or directory"));
    write("a.txt", {1});
    EXPECT_THAT(fault("a.txt"), HasSubstr("data of the kind '.txt', expected .npz"));
}

Dataset two_pixels(DataType type, Bytes data) {
    Dataset dataset;
    dataset.name = "d";
    dataset.type = type;
    dataset.shape = {1, 2};
    dataset.count = 1;
    dataset.data = std::move(data);
    return dataset;
}

TEST(MakeInput, DividesBytesBy255ForFloat) {
    const Dataset dataset = two_pixels(DataType::kUint8, {51, 255});
    const TensorType input{DataType::kFloat32, {1, 2}, {}};
    EXPECT_EQ(make_input(dataset, 0, input).value(), elements<float>({51.0f / 255.0f, 1.0f}));
    EXPECT_EQ(make_input(dataset, 0, input, {127.5f, -1.0f}).value(),
              elements<float>({51.0f / 127.5f - 1.0f, 1.0f}));
}

TEST(MakeInput, TakesFloatsAsTheyAre) {
    const Dataset dataset = two_pixels(DataType::kFloat32, elements<float>({0.25f, -3}));
    const TensorType input{DataType::kFloat32, {1, 2}, {}};
    EXPECT_EQ(make_input(dataset, 0, input).value(), dataset.data);
}

TEST(MakeInput, QuantizesWithTheInputsParameters) {
    const TensorType int8{DataType::kInt8, {1, 2}, {{1.0f / 255.0f}, {-128}, 0}};
    EXPECT_EQ(make_input(two_pixels(DataType::kUint8, {0, 255}), 0, int8).value(),
              (Bytes{0x80, 0x7F}));
    const TensorType coarse{DataType::kInt8, {1, 2}, {{0.5f}, {3}, 0}};
    // 0.25 / 0.5 = 0.5 rounds away from zero, as does -0.5; 1000 saturates.
    EXPECT_EQ(
        make_input(two_pixels(DataType::kFloat32, elements<float>({0.25f, -0.25f})), 0, coarse)
            .value(),
        (Bytes{4, 2}));
    EXPECT_EQ(make_input(two_pixels(DataType::kFloat32, elements<float>({1000, -1000})), 0, coarse)
                  .value(),
              (Bytes{127, 0x80}));
    EXPECT_EQ(make_input(two_pixels(DataType::kInt8, {5, 6}), 0, coarse).value(), (Bytes{5, 6}));
}

TEST(ScalingFor, TakesPixelsAsAQuantizedInputsRangeTells) {
    const auto scaling = [](DataType type, float scale, int32_t zero_point) {
        TensorType input{type, {1, 4}};
        input.quantization = {{scale}, {zero_point}, 0};
        return scaling_for({}, input);
    };
    EXPECT_EQ(scaling(DataType::kInt8, 1.0f / 255, -128).divisor, 255.0f);
    EXPECT_EQ(scaling(DataType::kInt8, 1.0f, -128).divisor, 1.0f);
    EXPECT_EQ(scaling(DataType::kInt8, 1.0f, -128).offset, 0.0f);
    EXPECT_EQ(scaling(DataType::kInt8, 1.0f, 0).offset, -128.0f);
    EXPECT_EQ(scaling(DataType::kUint8, 1.0f, 0).divisor, 1.0f);
    EXPECT_EQ(scaling(DataType::kUint8, 1.0f / 127.5f, 127).divisor, 127.5f);
    EXPECT_EQ(scaling(DataType::kUint8, 1.0f / 127.5f, 127).offset, -1.0f);
}

TEST(ScalingFor, KeepsWhatIsGiven) {
    TensorType input{DataType::kInt8, {1, 4}};
    input.quantization = {{1.0f}, {-128}, 0};
    EXPECT_EQ(scaling_for({2.0f, 0.5f}, input).divisor, 2.0f);
    EXPECT_EQ(scaling_for({2.0f, 0.5f}, input).offset, 0.5f);
    EXPECT_EQ(scaling_for({0.0f, 0.5f}, input).divisor, 255.0f);
    EXPECT_EQ(scaling_for({}, TensorType{DataType::kFloat32, {1, 4}}).divisor, 255.0f);
}

TEST(CheckInput, NamesBothShapes) {
    const Dataset dataset = two_pixels(DataType::kUint8, {1, 2});
    const Tensor good{"x", {DataType::kFloat32, {1, 1, 2, 1}, {}}, nullptr};
    EXPECT_TRUE(check_input(dataset, good).ok());
    const Tensor other{"x", {DataType::kFloat32, {1, 28, 28, 1}, {}}, nullptr};
    EXPECT_EQ(to_string(check_input(dataset, other).error()),
              "d: images have shape [1,2], the network's input 'x' has [1,28,28,1] (batch first)");
    Dataset raw = two_pixels(DataType::kUint8, Bytes(2));
    raw.raw = true;
    EXPECT_EQ(to_string(check_input(raw, good).error()),
              "d: tensors have 2 bytes, expected 8 for the network's input 'x', float32 [1,1,2,1]");
}

TEST(RealValues, UndoesQuantization) {
    const TensorType type{DataType::kInt8, {2}, {{0.5f}, {-2}, 0}};
    EXPECT_EQ(real_values(type, Bytes{0xFE, 4}), (std::vector<float>{0, 3}));
}

}  // namespace
}  // namespace embark
