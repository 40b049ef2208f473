#pragma once

#include <string>

#include "plan/kernel.h"

namespace embark {

/// `static const float <name>[n] EMK_WEIGHTS = {…};` with the table's comment before it.
void append_table(std::string &out, const std::string &name, const ConstantTable &table);

}  // namespace embark
