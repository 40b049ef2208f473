// Runs CMake on a written project.

#include <fmt/format.h>

#include "base/process.h"
#include "project/project.h"

namespace embark {
namespace fs = std::filesystem;

namespace {

Status require_program(const std::string &name, const std::string &package) {
    if (find_program(name)) return Ok{};
    return make_error(ErrorCode::kNotFound,
                      fmt::format("{} is not installed (Debian package {})", name, package));
}

Status run_step(const std::vector<std::string> &argv, const std::string &what) {
    EMBARK_ASSIGN(const ProcessResult result, run_process(argv));
    if (result.exit_status == 0) return Ok{};
    Error error = make_error(ErrorCode::kInternal, fmt::format("{} failed with exit status {}",
                                                               what, result.exit_status));
    error.notes.push_back("its last output:\n" + last_lines(result.output, 20));
    return error;
}

Status run_cmake(const fs::path &directory, const BuildOptions &options) {
    EMBARK_RETURN_IF_ERROR(require_program("cmake", "cmake"));
    const std::string build = (directory / "build").string();
    std::vector<std::string> configure = {
        "cmake", "-S",  directory.string(),
        "-B",    build, options.trace ? "-DEMK_TRACE=ON" : "-DEMK_TRACE=OFF"};
    if (find_program("ninja")) configure.insert(configure.end(), {"-G", "Ninja"});
    EMBARK_RETURN_IF_ERROR(run_step(configure, "cmake's configuration of " + directory.string()));
    return run_step({"cmake", "--build", build, "--parallel"},
                    "the build of " + directory.string());
}

}  // namespace

Expected<fs::path> build_firmware(const fs::path &directory, const std::string &name,
                                  const BuildOptions &options) {
    EMBARK_RETURN_IF_ERROR(require_program("arm-none-eabi-gcc", "gcc-arm-none-eabi"));
    EMBARK_RETURN_IF_ERROR(run_cmake(directory, options));
    return directory / "build" / (name + ".elf");
}

Expected<fs::path> build_host(const fs::path &directory, const BuildOptions &options) {
    EMBARK_RETURN_IF_ERROR(require_program("cc", "gcc"));
    EMBARK_RETURN_IF_ERROR(run_cmake(directory, options));
    return directory / "build" / "service";
}

}  // namespace embark
