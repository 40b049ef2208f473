#pragma once

#include <set>
#include <string>
#include <string_view>

namespace embark {

/// A C identifier made of \p text: other characters become '_', a leading digit gets 'n' before it.
std::string c_identifier(std::string_view text);

/// Hands out identifiers that differ from each other.
class NameAllocator {
  public:
    std::string unique(std::string_view text);

  private:
    std::set<std::string> used_;
};

/// \p text inside a C comment: no comment ends or begins, no control characters, and no trigraph
/// that would escape the end of a line.
std::string comment_text(std::string_view text);
/// \p text as a C string literal with its quotes; other than printable ASCII is escaped.
std::string string_literal(std::string_view text);

}  // namespace embark
