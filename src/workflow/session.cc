#include "workflow/session.h"

#include <fmt/format.h>

#include "base/bytes.h"
#include "project/project.h"
#include "target/pipe_link.h"
#include "target/serial_link.h"
#include "workflow/documents.h"

namespace embark {
namespace fs = std::filesystem;

namespace {

Expected<fs::path> build_for(const PreparedModel &model, const TargetSpec &spec,
                             const SessionOptions &options, const fs::path &directory) {
    if (spec.kind != TargetSpec::Kind::kHost) EMBARK_RETURN_IF_ERROR(expect_fits(model));
    const GeneratedModel code = generate_code(model, options.command_line);
    BuildOptions build;
    build.trace = options.trace;
    if (spec.kind == TargetSpec::Kind::kHost) {
        EMBARK_ASSIGN(const ProjectFiles files, host_project(code));
        EMBARK_RETURN_IF_ERROR(write_project(files, directory));
        return build_host(directory, build);
    }
    EMBARK_ASSIGN(const ProjectFiles files, firmware_project(code, model.board));
    EMBARK_RETURN_IF_ERROR(write_project(files, directory));
    return build_firmware(directory, model.name, build);
}

Status check_model(const TargetInfo &info, const PreparedModel &model, const TargetSpec &spec) {
    if (info.model_hash == model.graph.source.file_hash) return Ok{};
    return make_error(
        ErrorCode::kInvalid, Location{spec.text(), ""},
        fmt::format("the device runs model '{}' (hash {}), expected the one of {} (hash {})",
                    info.model_name, hex64(info.model_hash), model.graph.source.file_name,
                    hex64(model.graph.source.file_hash)));
}

}  // namespace

std::string TargetSpec::text() const {
    switch (kind) {
        case Kind::kHost:
            return "host";
        case Kind::kVirtual:
            return "virtual:" + argument;
        case Kind::kSerial:
            return "serial:" + argument;
    }
    return "";
}

Expected<TargetSpec> parse_target(const std::string &text) {
    if (text == "host") return TargetSpec{TargetSpec::Kind::kHost, ""};
    const auto argument = [&](const std::string &prefix) {
        return text.starts_with(prefix) ? text.substr(prefix.size()) : std::string();
    };
    if (auto board = argument("virtual:"); !board.empty()) {
        return TargetSpec{TargetSpec::Kind::kVirtual, board};
    }
    if (auto port = argument("serial:"); !port.empty()) {
        return TargetSpec{TargetSpec::Kind::kSerial, port};
    }
    return make_error(
        ErrorCode::kUsage,
        fmt::format("unknown target '{}', expected host, virtual:BOARD or serial:PORT", text));
}

Expected<Session> Session::open(const PreparedModel &model, const TargetSpec &spec,
                                const SessionOptions &options) {
    Session session;
    session.spec_ = spec;
    std::unique_ptr<Link> link;
    if (spec.kind == TargetSpec::Kind::kSerial) {
        EMBARK_ASSIGN(link, SerialLink::open(spec.argument, options.baud));
    } else {
        fs::path directory = options.directory;
        if (directory.empty()) {
            EMBARK_ASSIGN(TemporaryDirectory temporary, TemporaryDirectory::create());
            session.temporary_.emplace(std::move(temporary));
            directory = session.temporary_->path();
        }
        EMBARK_ASSIGN(const fs::path program, build_for(model, spec, options, directory));
        if (spec.kind == TargetSpec::Kind::kHost) {
            EMBARK_ASSIGN(link, PipeLink::open({program.string()}));
        } else {
            EMBARK_ASSIGN(auto virtual_link, VirtualLink::open(model.board, program));
            session.virtual_board_ = &virtual_link->board();
            session.elf_ = program;
            link = std::move(virtual_link);
        }
    }
    session.client_ = std::make_unique<TargetClient>(std::move(link));
    EMBARK_ASSIGN(session.info_, session.client_->info());
    EMBARK_RETURN_IF_ERROR(check_model(session.info_, model, spec));
    return session;
}

std::optional<EmulationStats> Session::emulation() const {
    if (virtual_board_ == nullptr) return std::nullopt;
    return virtual_board_->stats();
}

}  // namespace embark
