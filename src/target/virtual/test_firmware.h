#pragma once
// Builds the small firmware of test_firmware/ for tests. Test code only.

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "boards/board.h"

namespace embark {

/// The STM32L4R9 Discovery kit, as the tests need it.
Board test_board();

/// Compiles files of test_firmware/ (or absolute paths) with arm-none-eabi-gcc into a directory
/// that lives as long as the test program. \returns the image, empty when the compiler failed
std::filesystem::path build_firmware(const std::string &name,
                                     const std::vector<std::string> &sources,
                                     const std::string &options = "");

/// Whether there is a cross compiler; tests that need it skip themselves without.
bool has_cross_compiler();

/// 1-based line of a test firmware file that holds \p text; 0 when there is none.
int line_of(const std::string &file, const std::string &text);

/// "<root>/src/target/virtual/test_firmware"
std::filesystem::path firmware_folder();

}  // namespace embark

#define EMBARK_NEEDS_CROSS_COMPILER() \
    if (!::embark::has_cross_compiler()) GTEST_SKIP() << "arm-none-eabi-gcc is not installed"
