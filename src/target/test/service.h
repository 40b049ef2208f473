#pragma once
// The UART service with the dummy model, compiled for the host once per test program.

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "base/files.h"
#include "base/process.h"
#include "target/pipe_link.h"

namespace embark::test {

/// The program's path, with \p define ("EMK_PROFILE", …) or without any.
inline std::string service_program(const std::string &define = "") {
    static const TemporaryDirectory folder = *TemporaryDirectory::create();
    static std::map<std::string, std::string> programs;
    std::string &program = programs[define];
    if (!program.empty()) return program;
    const std::string root = EMBARK_SOURCE_DIR;
    program = (folder.path() / ("service" + define)).string();
    std::vector<std::string> argv = {"cc",
                                     "-std=c99",
                                     "-O1",
                                     "-Wall",
                                     "-Wextra",
                                     "-Wpedantic",
                                     "-Werror",
                                     "-Wl,--wrap=emk_port_stack_intact",
                                     "-I" + root + "/runtime/include",
                                     "-I" + root + "/runtime/link",
                                     "-o",
                                     program};
    if (!define.empty()) argv.push_back("-D" + define);
    for (const char *file :
         {"/runtime/link/emk_link.c", "/runtime/link/emk_frame.c", "/runtime/link/emk_blocks.c",
          "/runtime/link/emk_crc.c", "/runtime/link/emk_measure.c", "/runtime/link/port_host.c",
          "/src/target/test/dummy_model.c", "/src/target/test/main.c"}) {
        argv.push_back(root + file);
    }
    const auto result = run_process(argv);
    EXPECT_TRUE(result.ok() && result->exit_status == 0)
        << (result.ok() ? result->output : to_string(result.error()));
    return program;
}

inline std::unique_ptr<PipeLink> open_service(const std::string &define = "") {
    auto link = PipeLink::open({service_program(define)});
    EXPECT_TRUE(link.ok());
    return std::move(*link);
}

}  // namespace embark::test
