// What operators.def and layers.def say that an operator becomes, against what it does become.
#include <gtest/gtest.h>

#include <iterator>
#include <map>
#include <set>
#include <sstream>

#include "import/importer.h"
#include "ops/registry.h"

namespace embark {
namespace {

std::set<std::string> words_of(std::string_view text) {
    std::istringstream words{std::string(text)};
    return {std::istream_iterator<std::string>(words), {}};
}

TEST(SourceOperators, BecomeOperatorsOfTheGraph) {
    for (const ImporterDefinition &importer : all_importers()) {
        std::set<std::string> seen;
        for (const SourceOperator &source : importer.operators()) {
            EXPECT_TRUE(seen.insert(source.name).second) << source.name;
            for (const std::string &word : words_of(source.becomes)) {
                EXPECT_NE(find_op(word), nullptr) << source.name << ": " << word;
            }
        }
    }
}

/// Helpers between layouts and fused activations, which the tables leave out.
bool is_helper(const std::string &op) {
    const OpDefinition &definition = *find_op(op);
    return definition.has(kView) || definition.has(kPermutes) || definition.has(kActivation);
}

TEST(SourceOperators, OfTheSampleNetworksBecomeWhatTheTablesSay) {
    std::map<std::string, std::map<std::string, std::set<std::string>>> tables;
    for (const ImporterDefinition &importer : all_importers()) {
        auto &table = tables[std::string(importer.format)];
        for (const SourceOperator &source : importer.operators()) {
            table[source.name] = words_of(source.becomes);
        }
    }
    size_t checked = 0;
    for (const char *folder : {"keras", "networks", "tflite"}) {
        const auto path = std::filesystem::path(EMBARK_SOURCE_DIR) / "tests/data" / folder;
        for (const auto &entry : std::filesystem::directory_iterator(path)) {
            const std::string extension = entry.path().extension().string();
            if (extension == ".bin" || extension == ".md") continue;
            const auto &table = tables[extension == ".onnx"     ? "onnx"
                                       : extension == ".tflite" ? "tflite"
                                                                : "keras"];
            const auto graph = import_model(entry.path());
            ASSERT_TRUE(graph.ok()) << entry.path();
            for (const Node &node : graph->nodes) {
                const auto row = table.find(node.source);
                if (row == table.end() || is_helper(node.op)) continue;
                EXPECT_TRUE(row->second.contains(node.op))
                    << entry.path().filename() << ": " << node.source << " became " << node.op;
                ++checked;
            }
        }
    }
    EXPECT_GT(checked, 500u);
}

}  // namespace
}  // namespace embark
