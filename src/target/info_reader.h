#pragma once
// Payloads of the framed protocol that have a structure (docs/protocol.md).

#include <span>

#include "target/target.h"

namespace embark {

/// The answer to "info". \error kInvalid it ends early or late, or a rank or size is impossible
Expected<TargetInfo> read_target_info(std::span<const uint8_t> payload);

/// A trace frame. \error kInvalid it ends early
Expected<TracedTensor> read_traced_tensor(std::span<const uint8_t> payload);

}  // namespace embark
