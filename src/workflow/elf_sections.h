#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

#include "base/expected.h"

namespace embark {

/// Sizes in bytes of a firmware's sections, by the schema's names: vectors, text, rodata, weights,
/// data, bss, arena, stack (the reserve). Absent sections are 0.
/// \error kInvalid when the file is no ELF file
Expected<std::map<std::string, int64_t>> firmware_sections(const std::filesystem::path &elf);

}  // namespace embark
