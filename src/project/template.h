#pragma once

#include <map>
#include <string>

#include "base/expected.h"

namespace embark {

/// Replaces every @NAME@ of \p text. Text between two @ that is not an upper-case name stays.
/// \error kInternal naming a placeholder that has no value
Expected<std::string> fill_template(const std::string &text, const std::string &file,
                                    const std::map<std::string, std::string> &values);

}  // namespace embark
