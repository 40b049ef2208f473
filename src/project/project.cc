#include "project/project.h"

#include <fmt/format.h>

#include <cstdio>
#include <set>

#include "base/files.h"
#include "project/template.h"

namespace embark {
namespace fs = std::filesystem;

namespace {

constexpr const char *kServiceSources[] = {"emk_link.c", "emk_frame.c", "emk_crc.c", "emk_blocks.c",
                                           "emk_measure.c"};

Expected<std::string> read_data(const fs::path &name) {
    EMBARK_ASSIGN(const fs::path root, data_directory());
    return read_text_file(root / name);
}

/// Adds a data file under its own or another name.
Status add(ProjectFiles &files, const fs::path &data_name, const std::string &name) {
    EMBARK_ASSIGN(std::string text, read_data(data_name));
    files[name] = std::move(text);
    return Ok{};
}

/// The files whose names begin with \p prefix that \p text includes by quotes.
std::vector<std::string> includes(const std::string &text, const std::string &prefix) {
    std::vector<std::string> names;
    const std::string directive = "#include \"";
    const std::string start = directive + prefix;
    for (size_t at = text.find(start); at != std::string::npos; at = text.find(start, at)) {
        at += directive.size();
        names.push_back(text.substr(at, text.find('"', at) - at));
    }
    return names;
}

/// Adds a kernel and, by and by, the headers beside it.
Status add_kernel(ProjectFiles &files, const std::string &source) {
    const std::string name = "runtime/kernels/" + source;
    if (files.contains(name)) return Ok{};
    EMBARK_RETURN_IF_ERROR(add(files, name, name));
    for (const std::string &include : includes(files[name], "../")) {
        const fs::path header = (fs::path(source).parent_path() / include).lexically_normal();
        EMBARK_RETURN_IF_ERROR(add_kernel(files, header.generic_string()));
    }
    return Ok{};
}

/// Adds the public headers of the runtime that the files include, and those that they include.
Status add_headers(ProjectFiles &files) {
    std::set<std::string> wanted;
    for (const auto &[name, text] : files) {
        for (const std::string &header : includes(text, "emk/")) wanted.insert(header);
    }
    while (!wanted.empty()) {
        const std::string name = "runtime/include/" + *wanted.begin();
        wanted.erase(wanted.begin());
        if (files.contains(name)) continue;
        EMBARK_RETURN_IF_ERROR(add(files, name, name));
        for (const std::string &header : includes(files[name], "emk/")) wanted.insert(header);
    }
    return Ok{};
}

/// The .c and .S files among \p files, one a line for CMake, sorted.
std::string source_list(const ProjectFiles &files) {
    std::string list;
    for (const auto &[name, text] : files) {
        const std::string extension = fs::path(name).extension().string();
        if (extension == ".c" || extension == ".S") list += "  " + name + "\n";
    }
    if (!list.empty()) list.pop_back();
    return list;
}

Status add_filled(ProjectFiles &files, const fs::path &data_name, const std::string &name,
                  const std::map<std::string, std::string> &values) {
    EMBARK_ASSIGN(const std::string text, read_data(data_name));
    EMBARK_ASSIGN(files[name], fill_template(text, data_name.string(), values));
    return Ok{};
}

Status add_service(ProjectFiles &files, const std::vector<std::string> &extra) {
    std::vector<std::string> names(std::begin(kServiceSources), std::end(kServiceSources));
    names.insert(names.end(), extra.begin(), extra.end());
    for (const char *header : {"emk_link.h", "emk_frame.h", "emk_crc.h"}) names.push_back(header);
    for (const std::string &name : names) {
        EMBARK_RETURN_IF_ERROR(add(files, "runtime/link/" + name, "runtime/link/" + name));
    }
    return Ok{};
}

Error no_family(const Board &board) {
    Error error = make_error(ErrorCode::kUnsupported, Location{board.id, ""},
                             "embark has no start-up code for this board yet");
    if (const auto boards = load_boards(); boards.ok()) {
        for (const Board &other : *boards) {
            if (!other.family.empty())
                error.notes.push_back("firmware can be made for " + other.id);
        }
    }
    return error;
}

const fs::path kFamilies = "boards/families", kCommon = kFamilies / "common";

/// Adds a file of the family, or else of what all share, and by and by the headers that it names.
Status add_board_file(ProjectFiles &files, const std::string &family, const std::string &name) {
    if (files.contains("board/" + name)) return Ok{};
    EMBARK_ASSIGN(const fs::path root, data_directory());
    std::error_code ignored;
    const bool own = fs::exists(root / kFamilies / family / name, ignored);
    EMBARK_RETURN_IF_ERROR(
        add(files, (own ? kFamilies / family : kCommon) / name, "board/" + name));
    for (const std::string &include : includes(files["board/" + name], "")) {
        if (include.starts_with("emk/")) continue;
        EMBARK_RETURN_IF_ERROR(add_board_file(files, family, include));
    }
    return Ok{};
}

struct Pin {
    int port = 0, number = 0;
};

/// "PA2" of an STM32, "P0.06" of an nRF, "GP0" of an RP2: ports count from 0.
Expected<Pin> parse_pin(const Board &board, const std::string &text) {
    Pin pin;
    char letter = 0;
    int end = 0;
    const auto whole = [&] { return end > 0 && static_cast<size_t>(end) == text.size(); };
    if (std::sscanf(text.c_str(), "P%c%2d%n", &letter, &pin.number, &end) == 2 && whole() &&
        letter >= 'A' && letter <= 'K') {
        pin.port = letter - 'A';
        return pin;
    }
    end = 0;
    if (std::sscanf(text.c_str(), "P%1d.%2d%n", &pin.port, &pin.number, &end) == 2 && whole())
        return pin;
    end = 0;
    pin.port = 0;
    if (std::sscanf(text.c_str(), "GP%2d%n", &pin.number, &end) == 1 && whole()) return pin;
    return make_error(ErrorCode::kInvalid, Location{board.id, ""},
                      fmt::format("console pin is '{}', expected one like PA2, P0.06 or GP0, since "
                                  "the board has a family",
                                  text));
}

/// What the templates of a board want to know.
Expected<std::map<std::string, std::string>> board_values(const Board &board) {
    EMBARK_ASSIGN(const Pin transmit, parse_pin(board, board.console_transmit));
    EMBARK_ASSIGN(const Pin receive, parse_pin(board, board.console_receive));
    const auto &flash = board.main_flash(), &ram = board.main_ram();
    return std::map<std::string, std::string>{
        {"BOARD_NAME", board.name},
        {"CLOCK_HZ", fmt::format("{}", board.clock_hz)},
        {"WAIT_STATES", fmt::format("{}", board.flash.wait_states)},
        {"BAUD", fmt::format("{}", board.console_baud)},
        {"UART", board.console_uart},
        {"TRANSMIT_PORT", fmt::format("{}", transmit.port)},
        {"TRANSMIT_PIN", fmt::format("{}", transmit.number)},
        {"RECEIVE_PORT", fmt::format("{}", receive.port)},
        {"RECEIVE_PIN", fmt::format("{}", receive.number)},
        {"PIN_FUNCTION", fmt::format("{}", board.console_function)},
        {"FLASH_ORIGIN", fmt::format("0x{:08x}", flash.origin)},
        {"FLASH_BYTES", fmt::format("{}", flash.bytes)},
        {"RAM_ORIGIN", fmt::format("0x{:08x}", ram.origin)},
        {"RAM_BYTES", fmt::format("{}", ram.bytes)},
        {"STACK_BYTES", fmt::format("{}", board.stack_bytes)},
    };
}

}  // namespace

Expected<ProjectFiles> model_files(const GeneratedModel &model,
                                   const std::vector<std::string> &more) {
    ProjectFiles files;
    files["model/" + model.name + ".h"] = model.header;
    files["model/" + model.name + ".c"] = model.source;
    for (const std::string &source : model.kernel_sources) {
        EMBARK_RETURN_IF_ERROR(add_kernel(files, source));
    }
    for (const std::string &name : more) EMBARK_RETURN_IF_ERROR(add(files, name, name));
    EMBARK_RETURN_IF_ERROR(add_headers(files));
    return files;
}

Expected<ProjectFiles> host_project(const GeneratedModel &model) {
    EMBARK_ASSIGN(ProjectFiles files, model_files(model));
    const std::string model_sources = source_list(files);
    std::map<std::string, std::string> values = {
        {"PROJECT_NAME", model.name}, {"MODEL_NAME", model.name}, {"MODEL_SOURCES", model_sources}};
    EMBARK_RETURN_IF_ERROR(add_service(files, {"port_host.c"}));
    const fs::path templates = "boards/families/host";
    EMBARK_RETURN_IF_ERROR(
        add_filled(files, templates / "CMakeLists.txt.in", "CMakeLists.txt", values));
    EMBARK_RETURN_IF_ERROR(add_filled(files, templates / "example.c.in", "host/example.c", values));
    EMBARK_RETURN_IF_ERROR(
        add_filled(files, "boards/families/common/main.c.in", "host/service.c", values));
    EMBARK_RETURN_IF_ERROR(add_headers(files));
    return files;
}

Expected<ProjectFiles> firmware_project(const GeneratedModel &model, const Board &board) {
    if (board.family.empty()) return no_family(board);
    EMBARK_ASSIGN(ProjectFiles files, model_files(model));
    EMBARK_RETURN_IF_ERROR(add_service(files, {"emk_memory.c"}));
    EMBARK_ASSIGN(ProjectFiles board_part, board_files(board));
    files.merge(board_part);
    std::map<std::string, std::string> values = {
        {"PROJECT_NAME", model.name}, {"MODEL_NAME", model.name}, {"BOARD_NAME", board.name}};
    EMBARK_RETURN_IF_ERROR(add_filled(files, "boards/families/common/main.c.in", "main.c", values));
    values["SOURCES"] = source_list(files);
    EMBARK_RETURN_IF_ERROR(
        add_filled(files, "boards/families/common/CMakeLists.txt.in", "CMakeLists.txt", values));
    EMBARK_RETURN_IF_ERROR(add_headers(files));
    return files;
}

Expected<ProjectFiles> board_files(const Board &board) {
    if (board.family.empty()) return no_family(board);
    ProjectFiles files;
    const fs::path cores = "boards/cores";
    EMBARK_RETURN_IF_ERROR(add(files, cores / (board.core + ".cmake"), "toolchain.cmake"));
    EMBARK_RETURN_IF_ERROR(add(files, cores / "arm-none-eabi.cmake", "arm-none-eabi.cmake"));
    EMBARK_ASSIGN(const auto values, board_values(board));
    EMBARK_RETURN_IF_ERROR(add_filled(files, kCommon / "linker.ld.in", "board/linker.ld", values));
    EMBARK_RETURN_IF_ERROR(add_filled(files, kCommon / "board.h.in", "board/board.h", values));
    for (const char *source : {"startup.c", "port.c"}) {
        EMBARK_RETURN_IF_ERROR(add_board_file(files, board.family, source));
    }
    return files;
}

Status write_project(const ProjectFiles &files, const fs::path &directory) {
    EMBARK_ASSIGN(StagedDirectory staged, StagedDirectory::create(directory));
    for (const auto &[name, text] : files) EMBARK_RETURN_IF_ERROR(staged.write(name, text));
    return staged.commit();
}

}  // namespace embark
