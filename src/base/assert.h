#pragma once

namespace embark {
/// Prints the broken assertion and aborts.
[[noreturn]] void assertion_failed(const char *condition, const char *file, int line);
}  // namespace embark

/// For programmers' faults only: no input file may reach it.
#define EMBARK_ASSERT(condition) \
    ((condition) ? (void)0 : ::embark::assertion_failed(#condition, __FILE__, __LINE__))
