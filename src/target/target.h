#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/expected.h"
#include "base/files.h"
#include "target/link.h"

namespace embark {

struct TargetTensor {
    std::string name;
    uint8_t type = 0;  ///< enum emk_type of runtime/include/emk/model.h
    std::vector<int32_t> shape;
    uint32_t bytes = 0;
    float scale = 0;
    int32_t zero_point = 0;
};

/// What the device says of itself (command "info").
struct TargetInfo {
    std::string model_name;
    uint64_t model_hash = 0;
    uint32_t protocol_version = 0;
    uint32_t clock_hz = 0;
    uint32_t arena_bytes = 0;
    uint32_t weights_bytes = 0;
    std::vector<TargetTensor> inputs, outputs;
    std::vector<std::string> step_names;
};

/// What one inference gave.
struct TargetResult {
    std::vector<Bytes> outputs;  ///< raw, little-endian, in the model's types
    uint32_t cycles = 0;         ///< of the inference alone, by the device's own counter
};

struct TargetMemory {
    uint32_t stack_bytes = 0;       ///< reserved
    uint32_t stack_high_water = 0;  ///< deepest use so far
};

/// One tensor of a traced run, in the order of execution.
struct TracedTensor {
    uint32_t step = 0;
    std::string name;
    Bytes data;
};

/// Speaks the framed protocol (docs/protocol.md) over a Link.
class TargetClient {
  public:
    explicit TargetClient(std::unique_ptr<Link> link);
    ~TargetClient();

    Expected<TargetInfo> info();
    Expected<TargetResult> run(const std::vector<Bytes> &inputs);
    /// run() on firmware built with EMK_TRACE, with each step's output.
    Expected<TargetResult> run_traced(const std::vector<Bytes> &inputs,
                                      const std::function<void(TracedTensor)> &on_tensor);
    /// Cycles of each step in the last run. Empty when built without EMK_PROFILE.
    Expected<std::vector<uint32_t>> profile();
    Expected<TargetMemory> memory();
    Link &link();

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace embark
