#pragma once
// A firmware image: what a flasher writes, its symbols, and where in the source an address is.

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/expected.h"
#include "base/files.h"

namespace embark {

/// Bytes of one loadable segment at its load address (LMA).
struct ElfSegment {
    uint32_t address = 0;
    Bytes bytes;
};

struct CodeSymbol {
    uint32_t address = 0;
    uint32_t bytes = 0;
    std::string name;
};

/// Parsed 32-bit little-endian Arm executable. Line numbers are read on the first use.
class ElfImage {
  public:
    /// \error kNotFound, kInvalid
    static Expected<ElfImage> load(const std::filesystem::path &path);
    ElfImage(ElfImage &&) noexcept;
    ElfImage &operator=(ElfImage &&) noexcept;
    ~ElfImage();

    const std::filesystem::path &path() const { return path_; }
    const std::vector<ElfSegment> &segments() const { return segments_; }
    /// Any symbol with a value. \returns null when there is none of that name
    const uint32_t *find_symbol(const std::string &name) const;
    /// The function that holds \p address, or null.
    const CodeSymbol *function_at(uint32_t address) const;
    const std::vector<CodeSymbol> &functions() const { return functions_; }
    /// "conv_run (model.c:120)"; without debug information "conv_run+0x1c"; "0x08000100" when
    /// there is no symbol either.
    std::string describe(uint32_t address) const;

  private:
    struct Lines;
    ElfImage();
    std::filesystem::path path_;
    std::vector<ElfSegment> segments_;
    std::map<std::string, uint32_t> symbols_;
    std::vector<CodeSymbol> functions_;  ///< by address
    mutable std::unique_ptr<Lines> lines_;
};

}  // namespace embark
