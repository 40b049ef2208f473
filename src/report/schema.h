#pragma once
// The contract of results.json (docs/results-schema.md), in code.

#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "base/expected.h"

namespace embark {

/// The value of a document's key `schema`.
constexpr std::string_view kResultsSchema = "embark-results/1";

struct CheckOptions {
    std::string file;  ///< for messages; empty when the document is not from a file
    bool reject_unknown_keys =
        false;  ///< for tests of producers: a misspelt optional key is a fault
};

/// Checks a document of `analyze`, `validate`, `run` or `deploy` (by its key `command`): keys,
/// types, ranges and what must agree with each other.
///
/// \error kInvalid  the first fault, all others as notes (at most 20); the place is the JSON
///                  pointer, the message says what was found and what was expected
Status check_results(const nlohmann::json &document, const CheckOptions &options = {});

/// The tables of docs/results-schema.md, as Markdown.
std::string describe_schema();

}  // namespace embark
