#include "project/template.h"

#include <algorithm>

namespace embark {

namespace {

bool is_name(const std::string &text) {
    return !text.empty() && std::all_of(text.begin(), text.end(),
                                        [](char c) { return (c >= 'A' && c <= 'Z') || c == '_'; });
}

}  // namespace

Expected<std::string> fill_template(const std::string &text, const std::string &file,
                                    const std::map<std::string, std::string> &values) {
    std::string out;
    size_t position = 0;
    while (true) {
        const size_t open = text.find('@', position);
        const size_t close = open == std::string::npos ? open : text.find('@', open + 1);
        if (close == std::string::npos) return out + text.substr(position);
        const std::string name = text.substr(open + 1, close - open - 1);
        if (!is_name(name)) {
            out += text.substr(position, close - position);
            position = close;
            continue;
        }
        const auto value = values.find(name);
        if (value == values.end()) {
            return make_error(ErrorCode::kInternal, Location{file, ""},
                              "the template's placeholder @" + name + "@ has no value");
        }
        out += text.substr(position, open - position) + value->second;
        position = close + 1;
    }
}

}  // namespace embark
