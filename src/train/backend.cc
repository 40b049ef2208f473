#include "train/backend.h"

#include <dlfcn.h>

#include <cstdlib>

namespace embark {

namespace {

namespace fs = std::filesystem;

constexpr const char *kLibrary = "libembark_torch.so";

/// Beside an installed program, else where it was built.
std::vector<fs::path> places() {
    std::vector<fs::path> places;
    if (const char *given = std::getenv("EMBARK_TORCH")) places.emplace_back(given);
    std::error_code ignored;
    const fs::path program = fs::read_symlink("/proc/self/exe", ignored);
    if (!ignored) places.push_back(program.parent_path().parent_path() / "lib/embark" / kLibrary);
#ifdef EMBARK_TORCH_BUILD
    places.emplace_back(EMBARK_TORCH_BUILD);
#endif
    return places;
}

Expected<TrainBackend *> load() {
    Error error = make_error(ErrorCode::kNotFound,
                             "training needs libtorch, and this embark was built without it");
    error.notes.push_back(
        "on Debian: apt-get install libtorch-dev, then build embark again "
        "(scripts/packages-train.txt, docs/training.md)");
    for (const fs::path &file : places()) {
        std::error_code ignored;
        if (!fs::exists(file, ignored)) continue;
        void *library = ::dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
        if (library == nullptr) {
            error.message = "cannot load libtorch";
            error.location.file = file.string();
            error.notes.emplace_back(::dlerror());
            return error;
        }
        using Entry = TrainBackend *(*)();
        const auto entry = reinterpret_cast<Entry>(::dlsym(library, "embark_train_backend"));
        if (entry != nullptr) return entry();
    }
    return error;
}

}  // namespace

Expected<TrainBackend *> train_backend() {
    static const Expected<TrainBackend *> backend = load();
    return backend;
}

}  // namespace embark
