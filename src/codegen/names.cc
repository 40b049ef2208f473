#include "codegen/names.h"

#include <fmt/format.h>

namespace embark {

namespace {

bool is_alphanumeric(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool is_printable(char c) {
    return c >= ' ' && c <= '~';
}

}  // namespace

std::string c_identifier(std::string_view text) {
    std::string name;
    for (const char c : text) name += is_alphanumeric(c) ? c : '_';
    if (name.empty() || (name[0] >= '0' && name[0] <= '9')) name.insert(0, "n");
    return name;
}

std::string NameAllocator::unique(std::string_view text) {
    const std::string base = c_identifier(text);
    std::string name = base;
    for (int i = 2; !used_.insert(name).second; ++i) name = fmt::format("{}_{}", base, i);
    return name;
}

std::string comment_text(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (!is_printable(c)) {
            out += '?';
        } else if (c == '/' && (out.ends_with('*') || out.ends_with("??"))) {
            out += " /";
        } else if (c == '*' && out.ends_with('/')) {
            out += " *";
        } else {
            out += c;
        }
    }
    return out;
}

std::string string_literal(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (c == '?') {
            out += "\\?";  // no trigraphs
        } else if (is_printable(c)) {
            out += c;
        } else {
            out += fmt::format("\\{:03o}", static_cast<unsigned char>(c));
        }
    }
    return out + "\"";
}

}  // namespace embark
