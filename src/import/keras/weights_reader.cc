#include "import/keras/weights_reader.h"

#include <fmt/format.h>

namespace embark::keras {

namespace {

constexpr uint64_t kCompressionAllowance = 16u << 20;
constexpr size_t kMaxWarnings = 20;

}  // namespace

void send_error(WireWriter &writer, const Error &error) {
    writer.u64(0);
    writer.u64(static_cast<uint64_t>(error.code));
    writer.text(error.location.place);
    writer.text(error.message);
    writer.text(error.notes.empty() ? "" : error.notes.front());
}

WeightsReader::WeightsReader(uint64_t file_bytes, WireWriter &writer)
    : writer_(writer), limit_(file_bytes), budget_(file_bytes + kCompressionAllowance) {}

void WeightsReader::warn(std::string message) {
    if (warnings_.size() < kMaxWarnings) warnings_.push_back(std::move(message));
}

Status WeightsReader::read_weight(hid_t group, const std::string &name, DatasetInfo &info,
                                  std::vector<float> &values) {
    EMBARK_ASSIGN(const Handle dataset, open_dataset(group, name));
    EMBARK_ASSIGN(info, describe(dataset.id()));
    weights_bytes_ += info.storage_bytes;
    const auto count = static_cast<uint64_t>(element_count(info.shape));
    const uint64_t least = info.is_float ? 2 * count : count;  // float16, int8
    if (!info.is_chunked && (info.storage_bytes > limit_ || info.storage_bytes < least)) {
        return make_error(ErrorCode::kInvalid,
                          fmt::format("shape {} needs more bytes than the {} that are stored",
                                      to_string(info.shape), info.storage_bytes));
    }
    if (count > budget_ / sizeof(float)) {
        return make_error(ErrorCode::kInvalid,
                          fmt::format("shape {} is more than a file of {} bytes can hold",
                                      to_string(info.shape), limit_));
    }
    if (!info.is_float) return Ok{};
    budget_ -= count * sizeof(float);
    EMBARK_ASSIGN(values, read_floats(dataset.id(), info));
    return Ok{};
}

void WeightsReader::send_weight(hid_t group, const std::string &name) {
    DatasetInfo info;
    std::vector<float> values;
    const Status status = read_weight(group, name, info, values);
    writer_.text(name);
    writer_.text(status.ok() ? "" : status.error().message);
    writer_.text(info.type);
    writer_.u64(info.shape.size());
    for (const int64_t extent : info.shape) writer_.u64(static_cast<uint64_t>(extent));
    writer_.floats(values);
}

void WeightsReader::send_layer(const std::string &layer, hid_t group,
                               const std::vector<std::string> &names) {
    writer_.text(layer);
    writer_.u64(names.size());
    for (const std::string &name : names) send_weight(group, name);
}

uint64_t WeightsReader::measure_optimizer(hid_t root, const std::string &name) {
    if (!has_link(root, name)) return 0;
    auto group = open_group(root, name);
    auto bytes = group.ok() ? storage_below(group->id()) : Expected<uint64_t>(group.error());
    if (!bytes.ok()) {
        warn(fmt::format("{}: {}", name, bytes.error().message));
        return 0;
    }
    if (*bytes <= limit_) return *bytes;
    warn(fmt::format("{}: its sizes exceed the file's; ignored", name));
    return 0;
}

void WeightsReader::send_summary(uint64_t optimizer_bytes) {
    writer_.u64(weights_bytes_);
    writer_.u64(optimizer_bytes);
    writer_.u64(warnings_.size());
    for (const std::string &warning : warnings_) writer_.text(warning);
}

}  // namespace embark::keras
