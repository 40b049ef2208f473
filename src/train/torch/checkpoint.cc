#include "train/torch/checkpoint.h"

#include <fmt/format.h>

#include <cstring>
#include <nlohmann/json.hpp>

namespace embark::training {

namespace {

using Json = nlohmann::json;

constexpr std::string_view kMagic = "embark checkpoint 1\n";

Json to_json(const EpochRecord &r) {
    return {r.epoch, r.loss,   r.accuracy, r.validation_loss, r.validation_accuracy,
            r.rate,  r.seconds};
}

EpochRecord record_of(const Json &row) {
    return {
        row.at(0).get<int64_t>(), row.at(1), row.at(2), row.at(3), row.at(4), row.at(5), row.at(6)};
}

Error damaged(const std::filesystem::path &file, std::string what) {
    Error error = make_error(ErrorCode::kInvalid, Location{file.string(), ""}, std::move(what));
    error.notes.emplace_back("remove the file to begin anew");
    return error;
}

Checkpoint take(const Json &header, std::span<const uint8_t> data) {
    Checkpoint found;
    found.training = header.at("training");
    found.epoch = header.at("epoch");
    found.step = header.at("step");
    found.loss_sum = header.at("loss_sum");
    found.correct = header.at("correct");
    found.seen = header.at("seen");
    found.seconds = header.at("seconds");
    found.best_epoch = header.at("best_epoch");
    found.best_loss = header.at("best_loss");
    for (const Json &row : header.at("history")) found.history.push_back(record_of(row));
    for (const Json &entry : header.at("arrays")) {
        Array array{entry.at("shape").get<Shape>(), {}};
        const size_t bytes = static_cast<size_t>(element_count(array.shape)) * sizeof(float);
        if (bytes > data.size()) throw std::out_of_range("the arrays are cut off");
        array.values.resize(bytes / sizeof(float));
        std::memcpy(array.values.data(), data.data(), bytes);
        data = data.subspan(bytes);
        found.arrays.emplace(entry.at("name").get<std::string>(), std::move(array));
    }
    return found;
}

}  // namespace

Status write_checkpoint(const std::filesystem::path &file, const Checkpoint &checkpoint) {
    Json header = {{"training", checkpoint.training},  {"epoch", checkpoint.epoch},
                   {"step", checkpoint.step},          {"loss_sum", checkpoint.loss_sum},
                   {"correct", checkpoint.correct},    {"seen", checkpoint.seen},
                   {"seconds", checkpoint.seconds},    {"best_epoch", checkpoint.best_epoch},
                   {"best_loss", checkpoint.best_loss}};
    header["history"] = Json::array();
    for (const EpochRecord &record : checkpoint.history) {
        header["history"].push_back(to_json(record));
    }
    header["arrays"] = Json::array();
    Bytes data;
    for (const auto &[name, array] : checkpoint.arrays) {
        header["arrays"].push_back({{"name", name}, {"shape", array.shape}});
        const auto *raw = reinterpret_cast<const uint8_t *>(array.values.data());
        data.insert(data.end(), raw, raw + array.values.size() * sizeof(float));
    }
    const std::string text = header.dump();
    const std::string head = fmt::format("{}{}\n{}\n", kMagic, text.size(), text);
    Bytes bytes(head.begin(), head.end());
    bytes.insert(bytes.end(), data.begin(), data.end());
    return write_file(file, bytes);
}

Expected<std::optional<Checkpoint>> read_checkpoint(const std::filesystem::path &file,
                                                    const std::string &training) {
    std::error_code ignored;
    if (file.empty() || !std::filesystem::exists(file, ignored)) {
        return std::optional<Checkpoint>();
    }
    EMBARK_ASSIGN(const Bytes bytes, read_file(file));
    const std::string_view text(reinterpret_cast<const char *>(bytes.data()), bytes.size());
    if (!text.starts_with(kMagic)) {
        return damaged(file, "is no checkpoint of embark");
    }
    try {
        const size_t line = text.find('\n', kMagic.size());
        const size_t size = std::stoull(std::string(text.substr(kMagic.size(), 20)));
        if (line == text.npos || size > text.size() - line - 1) {
            return damaged(file, "is cut off");
        }
        const Json header = Json::parse(text.substr(line + 1, size));
        Checkpoint found =
            take(header, std::span(bytes).subspan(std::min(line + size + 2, bytes.size())));
        if (found.training == training) return std::optional<Checkpoint>(std::move(found));
        return damaged(file, "is of a training with another network, other data or other options");
    } catch (const std::exception &exception) {
        return damaged(file, fmt::format("is damaged: {}", exception.what()));
    }
}

}  // namespace embark::training
