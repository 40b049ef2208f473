#pragma once

#include "workflow/documents.h"
#include "workflow/session.h"

namespace embark {

/// Builds the firmware, runs it once on the virtual board with a pseudo-random input and compares
/// what was predicted with what was measured.
/// \returns the document of `bench`
Expected<Json> bench_on_board(const PreparedModel &model, const std::string &file,
                              const std::string &command_line);

/// The object `firmware` of a deploy document: sections measured beside predicted.
/// \param stack_high_water  measured, bytes
Expected<Json> firmware_document(const PreparedModel &model, const std::filesystem::path &elf,
                                 int64_t stack_high_water);

/// Deterministic input bytes: floats in [0,1), other types any value.
std::vector<Bytes> random_inputs(const Graph &graph);

}  // namespace embark
