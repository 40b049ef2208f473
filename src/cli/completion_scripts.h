#pragma once

namespace embark {

/// The files of src/cli/completion/, made part of the program by CMake.
extern const char *const kBashCompletion;
extern const char *const kZshCompletion;

}  // namespace embark
