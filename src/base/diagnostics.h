#pragma once

#include <string>
#include <vector>

#include "base/expected.h"

namespace embark {

/// Collects every error of one input before giving up, and warnings on the way.
class Diagnostics {
  public:
    explicit Diagnostics(std::string file = {}) : file_(std::move(file)) {}

    void error(ErrorCode code, std::string place, std::string message);
    void error(Error error) { errors_.push_back(std::move(error)); }
    void warning(std::string message) { warnings_.push_back(std::move(message)); }

    bool has_errors() const { return !errors_.empty(); }
    const std::vector<Error> &errors() const { return errors_; }
    const std::vector<std::string> &warnings() const { return warnings_; }

    /// The first error, with all others as notes. Must only be called with has_errors().
    Error merged() const;
    /// merged() if there are errors, else Ok.
    Status status() const;

  private:
    std::string file_;
    std::vector<Error> errors_;
    std::vector<std::string> warnings_;
};

}  // namespace embark
