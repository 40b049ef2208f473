#pragma once
// Inputs and outputs in blocks of 64 bytes, for lines that damage bytes: docs/protocol.md, Blocks.

#include "target/requester.h"

namespace embark {

/// What an execute gave.
struct BlockRun {
    Bytes outputs;  ///< of all tensors, one after the other
    uint32_t cycles = 0;
};

/// Sends \p inputs (all tensors, one after the other) in blocks, until the device has each of them;
/// runs the model; fetches the outputs. Both are checked as a whole at the end.
/// \param run_wait  for execute, which may be repeated while the device still computes
/// \param lost  gets the number of blocks that had to be sent again
/// \error kUnsupported the firmware knows no blocks; otherwise as Requester::exchange()
Expected<BlockRun> run_in_blocks(Requester &requester, const Bytes &inputs,
                                 const Requester::Wait &run_wait, size_t &lost);

/// The payload of `info`, in blocks. \error as above
Expected<Bytes> info_in_blocks(Requester &requester);

}  // namespace embark
