// Tables of numbers, a line for each example: windows of sensors, step after step.

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>
#include <map>
#include <optional>

#include "base/files.h"
#include "evaluate/readers.h"

namespace embark {

namespace {

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\r')) {
        text.remove_suffix(1);
    }
    if (text.size() > 1 && text.front() == '"' && text.back() == '"') {
        text = text.substr(1, text.size() - 2);
    }
    return text;
}

std::vector<std::string_view> cells_of(std::string_view line) {
    std::vector<std::string_view> cells;
    for (size_t start = 0; start <= line.size();) {
        const size_t end = std::min(line.find(',', start), line.size());
        cells.push_back(trimmed(line.substr(start, end - start)));
        start = end + 1;
    }
    return cells;
}

std::optional<float> number(std::string_view cell) {
    float value = 0;
    const auto result = std::from_chars(cell.data(), cell.data() + cell.size(), value);
    if (cell.empty() || result.ec != std::errc() || result.ptr != cell.data() + cell.size()) {
        return std::nullopt;
    }
    return value;
}

bool is_label_name(std::string_view name) {
    std::string lower(name);
    for (char &c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return lower == "label" || lower == "class" || lower == "y";
}

class CsvReader {
  public:
    CsvReader(const std::filesystem::path &path, int64_t most) : path_(path), most_(most) {
        dataset_.name = path.string();
        dataset_.type = DataType::kFloat32;
    }

    Expected<Dataset> read() {
        EMBARK_ASSIGN(const std::string text, read_text_file(path_));
        size_t start = 0;
        for (int line = 1; start < text.size(); ++line) {
            const size_t end = std::min(text.find('\n', start), text.size());
            const std::string_view content = trimmed({text.data() + start, end - start});
            start = end + 1;
            if (content.empty()) continue;
            if (most_ > 0 && dataset_.count == most_) break;
            EMBARK_RETURN_IF_ERROR(read_line(content, line));
        }
        if (dataset_.count == 0) {
            return make_error(ErrorCode::kInvalid, Location{path_.string(), ""},
                              "holds no examples, expected a line of numbers for each");
        }
        dataset_.shape = {static_cast<int64_t>(columns_) - (label_column_ ? 1 : 0)};
        EMBARK_RETURN_IF_ERROR(number_labels());
        return std::move(dataset_);
    }

  private:
    Error fault(int line, const std::string &message) const {
        return make_error(ErrorCode::kInvalid,
                          Location{path_.string(), fmt::format("line {}", line)}, message);
    }

    Status read_line(std::string_view content, int line) {
        const std::vector<std::string_view> cells = cells_of(content);
        if (columns_ == 0) {
            columns_ = cells.size();
            if (columns_ < 2) return fault(line, "has one column, expected numbers and a class");
            // A heading has no number but perhaps in names such as "3".
            if (std::none_of(cells.begin(), cells.end() - 1,
                             [](std::string_view cell) { return number(cell).has_value(); })) {
                for (size_t i = 0; i < cells.size(); ++i) {
                    if (is_label_name(cells[i])) label_column_ = i;
                }
                return Ok{};
            }
            label_column_ = columns_ - 1;
        }
        if (cells.size() != columns_) {
            return fault(line, fmt::format("has {} columns, expected {} as the first line has",
                                           cells.size(), columns_));
        }
        for (size_t i = 0; i < cells.size(); ++i) {
            if (label_column_ == i) {
                labels_.emplace_back(cells[i]);
                continue;
            }
            const auto value = number(cells[i]);
            if (!value || !std::isfinite(*value)) {
                return fault(
                    line, fmt::format("column {}: found '{}', expected a number", i + 1, cells[i]));
            }
            const auto *raw = reinterpret_cast<const uint8_t *>(&*value);
            dataset_.data.insert(dataset_.data.end(), raw, raw + sizeof(float));
        }
        ++dataset_.count;
        return Ok{};
    }

    /// Classes are numbers from 0, or words, which are numbered in alphabetical order.
    Status number_labels() {
        const auto as_class = [](const std::string &text) {
            const auto value = number(text);
            const bool whole = value && *value >= 0 && *value < 1e6 && *value == std::floor(*value);
            return whole ? std::optional(static_cast<int32_t>(*value)) : std::nullopt;
        };
        const bool numbers = std::all_of(labels_.begin(), labels_.end(), [&](const auto &text) {
            return as_class(text).has_value();
        });
        std::map<std::string, int32_t> words;
        for (const std::string &label : labels_) words.emplace(label, 0);
        int32_t next = 0;
        for (auto &[word, index] : words) index = next++;
        for (const std::string &label : labels_) {
            dataset_.labels.push_back(numbers ? *as_class(label) : words.at(label));
        }
        return Ok{};
    }

    const std::filesystem::path &path_;
    int64_t most_;
    Dataset dataset_;
    size_t columns_ = 0;
    std::optional<size_t> label_column_;
    std::vector<std::string> labels_;
};

}  // namespace

Expected<Dataset> load_csv(const std::filesystem::path &path, int64_t most) {
    return CsvReader(path, most).read();
}

}  // namespace embark
