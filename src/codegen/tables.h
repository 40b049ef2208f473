#pragma once

#include <string>

#include "plan/kernel.h"

namespace embark {

/// `static const float <name>[n] EMK_WEIGHTS = {…};` with the table's comment before it, or
/// `static float <name>[n] EMK_WEIGHTS_IN_RAM = {…};`, which start-up code copies with other data.
void append_table(std::string &out, const std::string &name, const ConstantTable &table,
                  bool in_ram);

/// The table's bytes as a compiler lays them down: those of \p table, but C has one NaN.
Bytes table_memory(const ConstantTable &table);

}  // namespace embark
