// Single operators against vectors of TensorFlow Lite Micro's reference kernels.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <sstream>

#include "base/files.h"
#include "ir/text.h"
#include "ops/registry.h"

namespace embark {
namespace {

namespace fs = std::filesystem;

/// Each file is a graph in text form; comments "#in …" and "#out …" hold the values.
fs::path vectors() {
    const char *elsewhere = std::getenv("EMBARK_QUANTIZED_VECTORS");
    if (elsewhere != nullptr) return elsewhere;
    return fs::path(EMBARK_SOURCE_DIR) / "src/ops/vectors/quantized";
}

template <typename T>
Bytes packed(std::istringstream &line) {
    Bytes bytes;
    for (double value; line >> value;) {
        const T element = static_cast<T>(value);
        const auto *raw = reinterpret_cast<const uint8_t *>(&element);
        bytes.insert(bytes.end(), raw, raw + sizeof element);
    }
    return bytes;
}

Bytes packed(std::istringstream &line, DataType type) {
    switch (type) {
        case DataType::kInt8:
            return packed<int8_t>(line);
        case DataType::kUint8:
        case DataType::kBool:
            return packed<uint8_t>(line);
        case DataType::kInt16:
            return packed<int16_t>(line);
        case DataType::kInt32:
            return packed<int32_t>(line);
        default:
            return packed<float>(line);
    }
}

struct Vector {
    std::string path;
};

void PrintTo(const Vector &vector, std::ostream *out) {
    *out << fs::path(vector.path).filename().string();
}

std::vector<Vector> all_vectors() {
    std::vector<Vector> files;
    for (const auto &entry : fs::directory_iterator(vectors())) {
        if (entry.path().extension() == ".graph") files.push_back({entry.path().string()});
    }
    std::sort(files.begin(), files.end(),
              [](const Vector &a, const Vector &b) { return a.path < b.path; });
    return files;
}

class QuantizedVectors : public testing::TestWithParam<Vector> {};

TEST_P(QuantizedVectors, GiveTheSameBytes) {
    const auto bytes = read_file(GetParam().path);
    ASSERT_TRUE(bytes.ok());
    const std::string text(bytes->begin(), bytes->end());
    const auto graph = parse(text);
    ASSERT_TRUE(graph.ok()) << graph.error().message;
    const Status verified = verify(*graph);
    ASSERT_TRUE(verified.ok()) << verified.error().message;
    std::vector<Bytes> inputs;
    Bytes expected;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words(line);
        std::string first;
        words >> first;
        if (first == "#in") {
            const TensorId id = graph->inputs[inputs.size()];
            inputs.push_back(packed(words, graph->tensor(id).type.type));
        } else if (first == "#out") {
            expected = packed(words, graph->tensor(graph->outputs[0]).type.type);
        }
    }
    const auto outputs = evaluate(*graph, inputs);
    ASSERT_TRUE(outputs.ok()) << outputs.error().message;
    const Bytes &found = outputs->at(0);
    ASSERT_EQ(found.size(), expected.size());
    const auto [at, unused] = std::mismatch(found.begin(), found.end(), expected.begin());
    EXPECT_EQ(found, expected) << "first difference at byte " << at - found.begin();
}

INSTANTIATE_TEST_SUITE_P(Tflm, QuantizedVectors, testing::ValuesIn(all_vectors()),
                         [](const testing::TestParamInfo<Vector> &info) {
                             return fs::path(info.param.path).stem().string();
                         });

}  // namespace
}  // namespace embark
