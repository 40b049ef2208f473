#include "project/package.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/files.h"
#include "project/template.h"

namespace embark {
namespace fs = std::filesystem;

namespace {

const fs::path kTemplates = "boards/packages";

bool is_source(const std::string &name) {
    return name.ends_with(".c") || name.ends_with(".S");
}

/// Where a file of model_files() goes.
std::string place(const std::string &name, const PackageKind &kind) {
    const auto below = [&](const std::string &folder, const std::string &to) {
        return (fs::path(to) / name.substr(folder.size())).generic_string();
    };
    if (name.starts_with("runtime/include/")) return below("runtime/include/", kind.headers);
    if (name.starts_with("runtime/")) return below("runtime/", kind.sources);
    return below("model/", name.ends_with(".h") ? kind.headers : kind.sources);
}

/// The lines of a list, without the last one's end.
std::string list(const ProjectFiles &files, const std::string &line, bool sources) {
    std::string text;
    for (const auto &[name, content] : files) {
        if (is_source(name) != sources) continue;
        text += fmt::format(fmt::runtime(line), name) + "\n";
    }
    if (!text.empty()) text.pop_back();
    return text;
}

/// Paths of the kind's templates relative to its folder.
Expected<std::vector<fs::path>> templates_of(const fs::path &folder) {
    std::vector<fs::path> names;
    std::error_code error;
    for (auto at = fs::recursive_directory_iterator(folder, error);
         !error && at != fs::recursive_directory_iterator(); at.increment(error)) {
        if (at->is_regular_file() && at->path().extension() == ".in") {
            names.push_back(at->path().lexically_relative(folder));
        }
    }
    if (error || names.empty()) {
        return make_error(ErrorCode::kNotFound, Location{folder.string(), ""},
                          "embark's data has no templates here");
    }
    std::sort(names.begin(), names.end());
    return names;
}

}  // namespace

const std::vector<PackageKind> &package_kinds() {
    static const std::vector<PackageKind> kinds = {
        {"cmake", "add_subdirectory() it, or install it and find_package() it", "include", "src",
         "example", "  {}", ""},
        {"arduino", "a library: copy the folder into the sketchbook's libraries/", "src", "src",
         "examples/Inference", "", ""},
        {"platformio", "a library: name the folder in lib_deps, as symlink://FOLDER", "include",
         "src", "examples/inference/src", "", ""},
        {"zephyr", "a module: name the folder in ZEPHYR_EXTRA_MODULES", "include", "src",
         "samples/inference/src", "    ../{}", ""},
        {"esp-idf", "a component: copy the folder into a project's components/", "include", "src",
         "examples/inference/main", "  {}", ""},
        {"cmsis-pack", "a pack: cpackget add FOLDER/*.pdsc, or zip it", "include", "src",
         "examples/inference", "        <file category=\"source\" name=\"{}\"/>",
         "        <file category=\"header\" name=\"{}\"/>"},
        {"stm32cubeide", "files for a project of STM32CubeMX: see README.md in it",
         "Middlewares/Embark/Inc", "Middlewares/Embark/Src", "Core/Inc", "", ""},
    };
    return kinds;
}

Expected<ProjectFiles> package_files(const GeneratedModel &model, const PackageKind &kind) {
    EMBARK_ASSIGN(const fs::path root, data_directory());
    EMBARK_ASSIGN(ProjectFiles plain,
                  model_files(model, {"runtime/link/emk_crc.c", "runtime/link/emk_crc.h"}));
    ProjectFiles files;
    for (auto &[name, text] : plain) files[place(name, kind)] = std::move(text);

    std::string upper = model.name;
    for (char &c : upper) c = static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
    const std::map<std::string, std::string> values = {
        {"MODEL_NAME", model.name},
        {"MODEL_UPPER", upper},
        {"SOURCES", list(files, kind.source_line, true)},
        {"HEADERS", list(files, kind.header_line, false)}};
    const auto fill = [&](const fs::path &from, const std::string &to) -> Status {
        EMBARK_ASSIGN(const std::string text, read_text_file(root / kTemplates / from));
        EMBARK_ASSIGN(const std::string name, fill_template(to, from.string(), values));
        EMBARK_ASSIGN(files[name], fill_template(text, from.string(), values));
        return Ok{};
    };
    EMBARK_RETURN_IF_ERROR(fill("inference.h.in", kind.example + "/inference.h"));
    EMBARK_ASSIGN(const auto names, templates_of(root / kTemplates / kind.name));
    for (const fs::path &name : names) {
        EMBARK_RETURN_IF_ERROR(
            fill(kind.name / name, fs::path(name).replace_extension().generic_string()));
    }
    return files;
}

}  // namespace embark
