#pragma once
// Tables and arguments of one kernel call as a C compiler lays them out.

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "plan/kernel.h"

namespace embark {

/// Where a call's memory lies; 32 bits wide on boards, a pointer on the host.
struct Places {
    size_t pointer_bytes = 4;
    uint64_t tables = 0;  ///< address of the image that tables and arguments are appended to
    std::vector<uint64_t> inputs;
    uint64_t output = 0, scratch = 0;
};

/// The tables of \p lowered, each on 8 bytes, and behind them the arguments of its first call.
class ArgumentImage {
  public:
    ArgumentImage(const LoweredStep &lowered, const Places &places);

    uint64_t arguments() const { return arguments_; }  ///< their address
    uint64_t table(size_t index) const { return tables_.at(lowered_.tables[index].name); }
    Bytes take() { return std::move(bytes_); }

  private:
    void align(size_t alignment);
    void put(uint64_t value, size_t size);
    void put_literal(const std::string &text);
    void append(const std::vector<ArgumentField> &fields);

    const LoweredStep &lowered_;
    const Places &places_;
    Bytes bytes_;
    std::map<std::string, uint64_t> tables_;
    uint64_t arguments_ = 0;
};

}  // namespace embark
