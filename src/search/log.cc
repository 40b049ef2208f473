#include "search/log.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <sstream>

#include "base/files.h"

namespace embark {

namespace {

using Json = nlohmann::json;

Json to_json(const Trial &trial) {
    const Prediction &p = trial.prediction;
    return {{"candidate", to_string(trial.change)},
            {"width", trial.change.width},
            {"dropped", trial.change.dropped},
            {"pooled", trial.change.pooled},
            {"dense", trial.change.dense},
            {"bits", trial.change.bits},
            {"flash_bytes", p.flash_bytes},
            {"ram_bytes", p.ram_bytes},
            {"macc", p.macc},
            {"parameters", p.parameters},
            {"latency_ms", p.latency_ms ? Json(*p.latency_ms) : Json(nullptr)},
            {"epochs", trial.epochs},
            {"accuracy", trial.accuracy},
            {"seconds", trial.seconds}};
}

Trial from_json(const Json &line) {
    Trial trial;
    trial.change = {line.at("width"), line.at("dropped"), line.at("pooled"), line.at("dense"),
                    line.at("bits")};
    Prediction &p = trial.prediction;
    p.flash_bytes = line.at("flash_bytes");
    p.ram_bytes = line.at("ram_bytes");
    p.macc = line.at("macc");
    p.parameters = line.at("parameters");
    if (!line.at("latency_ms").is_null()) p.latency_ms = line.at("latency_ms").get<double>();
    trial.epochs = line.at("epochs");
    trial.accuracy = line.at("accuracy");
    trial.seconds = line.at("seconds");
    return trial;
}

}  // namespace

Expected<SearchLog> SearchLog::open(const std::filesystem::path &file, const Json &subject) {
    SearchLog log;
    log.file_ = file;
    std::error_code ignored;
    if (!std::filesystem::exists(file, ignored)) {
        EMBARK_RETURN_IF_ERROR(write_file(file, subject.dump() + "\n"));
        return log;
    }
    EMBARK_ASSIGN(const std::string text, read_text_file(file));
    std::istringstream lines(text.substr(0, text.rfind('\n') + 1));
    std::string line, whole;
    for (int number = 1; std::getline(lines, line); ++number) {
        const Location place{file.string(), fmt::format("line {}", number)};
        try {
            const Json entry = Json::parse(line);
            if (number > 1) {
                log.trials_.push_back(from_json(entry));
            } else if (entry != subject) {
                return make_error(ErrorCode::kInvalid, place,
                                  fmt::format("is the log of another search: found {}, expected {}",
                                              entry.dump(), subject.dump()));
            }
        } catch (const Json::exception &fault) {
            return make_error(ErrorCode::kInvalid, place,
                              fmt::format("is no line of a search's log: {}", fault.what()));
        }
        whole += line + "\n";
    }
    if (whole.empty()) whole = subject.dump() + "\n";
    if (whole != text) EMBARK_RETURN_IF_ERROR(write_file(file, whole));
    return log;
}

const Trial *SearchLog::find(const Change &change, int64_t epochs) const {
    for (const Trial &trial : trials_) {
        if (trial.change == change && trial.epochs == epochs) return &trial;
    }
    return nullptr;
}

Status SearchLog::add(const Trial &trial) {
    std::ofstream out(file_, std::ios::app);
    out << to_json(trial).dump() << "\n" << std::flush;
    if (!out) return make_error(ErrorCode::kIo, Location{file_.string(), ""}, "cannot be written");
    trials_.push_back(trial);
    return Ok{};
}

std::vector<Trial> pareto_front(const std::vector<Trial> &trials) {
    std::map<Change, Trial> last;
    for (const Trial &trial : trials) {
        const auto [at, fresh] = last.emplace(trial.change, trial);
        if (!fresh && trial.epochs > at->second.epochs) at->second = trial;
    }
    std::vector<Trial> sorted;
    for (const auto &[change, trial] : last) sorted.push_back(trial);
    std::stable_sort(sorted.begin(), sorted.end(), [](const Trial &a, const Trial &b) {
        return std::pair(a.prediction.flash_bytes, -a.accuracy) <
               std::pair(b.prediction.flash_bytes, -b.accuracy);
    });
    std::vector<Trial> front;
    for (Trial &trial : sorted) {
        if (front.empty() || trial.accuracy > front.back().accuracy) front.push_back(trial);
    }
    return front;
}

}  // namespace embark
