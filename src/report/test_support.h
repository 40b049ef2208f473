#pragma once
// Documents and expected texts of test_data/; for tests only.

#include <cstdlib>
#include <filesystem>
#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/files.h"

namespace embark {

inline std::filesystem::path report_test_data() {
    return std::filesystem::path(EMBARK_SOURCE_DIR) / "src/report/test_data";
}

inline nlohmann::json load_document(const std::string &name) {
    const auto text = read_text_file(report_test_data() / name);
    if (!text.ok()) ADD_FAILURE() << to_string(text.error());
    return text.ok() ? nlohmann::json::parse(*text) : nlohmann::json();
}

/// A `deploy` document of a network that does not fit, after which nothing was run.
inline nlohmann::json stopped_deploy() {
    const nlohmann::json analyze = load_document("analyze_vgg11.json");
    return {{"schema", "embark-results/1"}, {"command", "deploy"},
            {"embark_version", "0.1.0"},    {"kinds", nlohmann::json::object()},
            {"analyze", analyze},           {"validate_host", nullptr},
            {"validate_board", nullptr},    {"firmware", nullptr},
            {"board", analyze["board"]},    {"data", nullptr}};
}

/// Compares with a file, or writes it when the environment has EMBARK_REBASE.
inline void expect_text_of_file(const std::filesystem::path &path, const std::string &actual) {
    if (std::getenv("EMBARK_REBASE") != nullptr) {
        ASSERT_TRUE(write_file(path, std::string_view(actual)).ok());
        return;
    }
    const auto expected = read_text_file(path);
    ASSERT_TRUE(expected.ok()) << to_string(expected.error());
    EXPECT_EQ(actual, *expected) << "EMBARK_REBASE=1 writes " << path << " anew";
}

}  // namespace embark
