// Runs a fuzzer's entry point on files, without libFuzzer: what was found stays mended in every
// build.
//
//     <what>_replay FILE-OR-FOLDER…

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <vector>

#include "base/files.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

namespace {
namespace fs = std::filesystem;

std::vector<fs::path> files_of(const fs::path &path) {
    if (!fs::is_directory(path)) return {path};
    std::vector<fs::path> files;
    for (const auto &entry : fs::directory_iterator(path)) files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    return files;
}

}  // namespace

int main(int argc, char **argv) {
    int count = 0;
    for (int i = 1; i < argc; ++i) {
        for (const fs::path &file : files_of(argv[i])) {
            const auto bytes = embark::read_file(file);
            if (!bytes.ok()) {
                std::fprintf(stderr, "%s\n", embark::to_string(bytes.error()).c_str());
                return 1;
            }
            std::printf("%s\n", file.c_str());
            std::fflush(stdout);
            LLVMFuzzerTestOneInput(bytes->data(), bytes->size());
            ++count;
        }
    }
    return count > 0 ? 0 : 2;
}
