#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "boards/board.h"
#include "codegen/codegen.h"

namespace embark {

/// Files of a project by path relative to its folder.
using ProjectFiles = std::map<std::string, std::string>;

/// The model and the runtime files that it calls, and \p more of those by name: model/, runtime/.
/// \error kNotFound when embark's data lacks a file
Expected<ProjectFiles> model_files(const GeneratedModel &model,
                                   const std::vector<std::string> &more = {});

/// model_files and a CMake project for the host: `example` (one inference on a raw file) and
/// `service` (the UART service on standard input and output).
Expected<ProjectFiles> host_project(const GeneratedModel &model);

/// model_files and a firmware project for \p board that needs CMake and arm-none-eabi-gcc alone.
/// \error kUnsupported when embark has no start-up code for the board, naming boards that have
Expected<ProjectFiles> firmware_project(const GeneratedModel &model, const Board &board);

/// What lies below `main` on \p board, whatever the firmware: start-up, port and linker script in
/// board/, toolchain.cmake. \error kUnsupported the board has no family; kInvalid no usable pins
Expected<ProjectFiles> board_files(const Board &board);

/// Writes all files, whole or not at all. \error kIo
Status write_project(const ProjectFiles &files, const std::filesystem::path &directory);

struct BuildOptions {
    bool trace = false;  ///< -DEMK_TRACE: intermediate tensors can be read
};

/// Builds a project that write_project wrote, in its folder build/, with CMake.
/// \returns the ELF file of a firmware, or the host's `service`
/// \error kNotFound when cmake or the compiler is missing (names the Debian package), kInternal
///        with the last lines of the build's output
Expected<std::filesystem::path> build_firmware(const std::filesystem::path &directory,
                                               const std::string &name,
                                               const BuildOptions &options = {});
Expected<std::filesystem::path> build_host(const std::filesystem::path &directory,
                                           const BuildOptions &options = {});

}  // namespace embark
