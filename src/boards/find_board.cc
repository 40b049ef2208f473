#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <optional>
#include <system_error>

#include "base/diagnostics.h"
#include "base/files.h"
#include "boards/board.h"

namespace embark {
namespace fs = std::filesystem;

namespace {

constexpr size_t kNearestNames = 3;

/// Every folder below \p root that holds a board.toml, or \p root itself when it does; sorted.
std::vector<fs::path> board_files(const fs::path &root) {
    std::error_code error;
    if (fs::exists(root / "board.toml", error)) return {root / "board.toml"};
    std::vector<fs::path> files;
    for (const auto &entry : fs::directory_iterator(root, error)) {
        if (fs::exists(entry.path() / "board.toml", error)) {
            files.push_back(entry.path() / "board.toml");
        }
    }
    std::sort(files.begin(), files.end());
    return files;
}

/// Number of insertions, removals and replacements that turn \p a into \p b (Levenshtein).
size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), size_t{0});
    for (size_t i = 0; i < a.size(); i++) {
        size_t diagonal = row[0];
        row[0] = i + 1;
        for (size_t j = 0; j < b.size(); j++) {
            const size_t replace = diagonal + (a[i] == b[j] ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({replace, row[j] + 1, diagonal + 1});
        }
    }
    return row.back();
}

/// All board files by id, those of \p extra replacing shipped ones.
Expected<std::map<std::string, fs::path>> all_files(const std::vector<fs::path> &extra) {
    EMBARK_ASSIGN(const fs::path data, data_directory());
    std::map<std::string, fs::path> files;
    const auto add = [&](const fs::path &root) {
        const auto found = board_files(root);
        for (const fs::path &file : found) {
            const fs::path folder = fs::absolute(file).lexically_normal().parent_path();
            files[folder.filename().string()] = file;
        }
        return !found.empty();
    };
    add(data / "boards");
    for (const fs::path &root : extra) {
        if (add(root)) continue;
        return make_error(ErrorCode::kNotFound, Location{root.string(), ""},
                          "no board here, expected a folder that holds board.toml or folders "
                          "that do");
    }
    return files;
}

}  // namespace

Expected<std::vector<Board>> load_boards(const std::vector<fs::path> &extra) {
    EMBARK_ASSIGN(const auto files, all_files(extra));
    Diagnostics diagnostics;
    std::vector<Board> boards;
    for (const auto &[id, file] : files) {
        auto board = load_board_file(file);
        if (board.ok()) {
            boards.push_back(std::move(*board));
        } else {
            diagnostics.error(std::move(board).error());
        }
    }
    if (diagnostics.has_errors()) return diagnostics.merged();
    return boards;
}

Expected<Board> find_board(const std::string &id, const std::vector<fs::path> &extra) {
    EMBARK_ASSIGN(const auto files, all_files(extra));
    // Only this board's file is read: a fault in another one is not in the way.
    if (const auto found = files.find(id); found != files.end()) {
        return load_board_file(found->second);
    }
    std::vector<std::pair<size_t, std::string>> names;
    for (const auto &[name, file] : files) names.emplace_back(edit_distance(id, name), name);
    std::sort(names.begin(), names.end());
    names.resize(std::min(names.size(), kNearestNames));
    Error error = make_error(ErrorCode::kNotFound, fmt::format("no board '{}'", id));
    for (const auto &[distance, name] : names) {
        error.notes.push_back(fmt::format("did you mean '{}'?", name));
    }
    return error;
}

}  // namespace embark
