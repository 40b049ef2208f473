#include "base/expected.h"

#include <cstdio>
#include <cstdlib>

namespace embark {

void assertion_failed(const char *condition, const char *file, int line) {
    std::fprintf(stderr, "embark: internal error: %s:%d: assertion '%s' failed\n", file, line,
                 condition);
    std::abort();
}

std::string to_string(const Error &error) {
    std::string text;
    if (!error.location.file.empty()) text += error.location.file + ": ";
    if (!error.location.place.empty()) text += error.location.place + ": ";
    text += error.message;
    for (const std::string &note : error.notes) text += "\nnote: " + note;
    return text;
}

int exit_status(ErrorCode code) {
    switch (code) {
        case ErrorCode::kUsage:
            return 2;
        case ErrorCode::kDoesNotFit:
            return 3;
        case ErrorCode::kInternal:
            return 4;
        default:
            return 1;
    }
}

Error make_error(ErrorCode code, Location location, std::string message) {
    return Error{code, std::move(location), std::move(message), {}};
}

}  // namespace embark
