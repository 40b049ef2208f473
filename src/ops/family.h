#pragma once
// What the folder of an operator family includes. Its functions are declared in families.h, which
// only the registry reads: a new row in ops.def must not rebuild every family.

#include "ops/portable.h"
#include "ops/registry.h"
