#pragma once
// Runs a parser that was not written for hostile input in a process of its own.

#include <functional>
#include <span>

#include "base/files.h"

namespace embark {

struct IsolationLimits {
    uint64_t memory_bytes = 0;  ///< that the work may take on top of what the process has
    uint64_t answer_bytes = 0;  ///< that it may send
    int cpu_seconds = 5;        ///< processor time, so that a loaded machine does not matter
    int wall_seconds = 60;
};

/// Takes the next bytes of the work's answer. \returns false when nobody listens any more
using Sink = std::function<bool(std::span<const uint8_t>)>;

/// Runs \p work in a forked child and collects what it sends to its sink.
///
/// A child that crashes, loops or wants too much memory is an error here and nothing more: its
/// standard streams are closed, it leaves no core file, and it dies with its parent. Since the
/// parent itself never runs \p work, libraries that are not thread-safe are safe in it.
///
/// \error kInvalid  the work crashed, exceeded a limit or threw; the caller adds the place
/// \error kIo  no process could be made
Expected<Bytes> run_isolated(const IsolationLimits &limits,
                             const std::function<void(const Sink &)> &work);

}  // namespace embark
