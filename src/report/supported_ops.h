#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include "report/text.h"

namespace embark {

/// A `supported-ops` document as tables for a terminal: each format's operators, then embark's own
/// with the types in which they run.
std::string render_supported_ops_text(const nlohmann::json &document,
                                      const TextOptions &options = {});

/// The same as Markdown: docs/supported-ops.md.
std::string render_supported_ops_markdown(const nlohmann::json &document);

}  // namespace embark
