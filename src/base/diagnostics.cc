#include "base/diagnostics.h"

namespace embark {

void Diagnostics::error(ErrorCode code, std::string place, std::string message) {
    errors_.push_back(Error{code, Location{file_, std::move(place)}, std::move(message), {}});
}

Error Diagnostics::merged() const {
    EMBARK_ASSERT(has_errors());
    Error first = errors_.front();
    for (size_t i = 1; i < errors_.size(); ++i)
        first.notes.push_back("also: " + to_string(errors_[i]));
    return first;
}

Status Diagnostics::status() const {
    if (has_errors()) return merged();
    return Ok{};
}

}  // namespace embark
