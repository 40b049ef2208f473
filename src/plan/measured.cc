#include "plan/measured.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/files.h"

namespace embark {

namespace {

constexpr const char *kFormat = "embark-cycles/1";

void append_field(std::string &text, const ArgumentField &field) {
    if (field.kind == ArgumentField::Kind::kLiteral) text += "," + field.text;
    for (const ArgumentField &inner : field.fields) append_field(text, inner);
}

}  // namespace

std::string MeasuredCycles::key(const Graph &graph, const Step &step) {
    std::string text =
        fmt::format("{}|{}{}|{}", step.kernel->name, step.row_by_row ? "rows" : "whole",
                    step.weights_in_ram ? "+ram" : "", step.scratch_bytes);
    for (const KernelCall &call : step.kernel->lower(graph, step).calls) {
        text += "|" + call.function;
        for (const ArgumentField &field : call.fields) append_field(text, field);
    }
    return text;
}

std::optional<int64_t> MeasuredCycles::find(const std::string &key) const {
    const auto found = cycles_.find(key);
    if (found == cycles_.end()) return std::nullopt;
    return found->second;
}

Expected<MeasuredCycles> MeasuredCycles::load(const std::filesystem::path &path,
                                              const std::string &origin) {
    MeasuredCycles measured;
    std::error_code ignored;
    if (!std::filesystem::exists(path, ignored)) return measured;
    EMBARK_ASSIGN(const std::string text, read_text_file(path));
    try {
        const auto document = nlohmann::json::parse(text);
        if (document.at("format") != kFormat) {
            return make_error(ErrorCode::kInvalid, Location{path.string(), "format"},
                              fmt::format("expected \"{}\"", kFormat));
        }
        if (document.at("origin") != origin) return measured;
        measured.cycles_ = document.at("cycles").get<std::map<std::string, int64_t>>();
    } catch (const nlohmann::json::exception &error) {
        return make_error(ErrorCode::kInvalid, Location{path.string(), ""},
                          fmt::format("not a file of measured cycles: {}", error.what()));
    }
    return measured;
}

Status MeasuredCycles::save(const std::filesystem::path &path, const std::string &origin) const {
    const nlohmann::json document = {{"format", kFormat}, {"origin", origin}, {"cycles", cycles_}};
    return write_file(path, document.dump(1) + "\n");
}

}  // namespace embark
