#pragma once

#include <chrono>
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

/// What the device found when it checked itself (command "check").
struct TargetCheck {
    bool stack_intact = true;
    uint32_t expected_crc = 0;  ///< of the weights, as they were built
    uint32_t found_crc = 0;     ///< as they are now
    bool intact() const { return stack_intact && expected_crc == found_crc; }
};

/// What one inference gave, as the device converts it.
struct TargetFloatResult {
    std::vector<std::vector<float>> outputs;
    uint32_t cycles = 0;
};

/// How long to wait for a device. A run's wait grows with the bytes on the line (counted at 115200
/// baud) and, once one was measured, follows the device's own cycles.
struct TargetTimeouts {
    std::chrono::milliseconds answer{2000};      ///< for commands that compute nothing
    std::chrono::milliseconds first_run{60000};  ///< for an inference of unknown length
    int retries = 3;                             ///< after the first attempt that nothing came of
    int damaged_retries = 30;  ///< after answers, or complaints, of a device that is badly heard
};

/// One tensor of a traced run, in the order of execution.
struct TracedTensor {
    uint32_t step = 0;
    std::string name;
    Bytes data;
};

/// Speaks the framed protocol (docs/protocol.md) over a Link. A request that is answered by a
/// damaged frame, or not at all, is repeated with its sequence number; every command may be
/// repeated. \error kTimeout no answer after all attempts; kIo the link failed or closed; kInvalid
/// the device refused or answered nonsense; kUnsupported it does not know the command
class TargetClient {
  public:
    explicit TargetClient(std::unique_ptr<Link> link, TargetTimeouts timeouts = {});
    TargetClient(TargetClient &&other) noexcept;
    ~TargetClient();

    /// Whether the device echoes; the first thing to ask of a line.
    Status ping();
    /// Asked once, then remembered.
    Expected<TargetInfo> info();
    /// \param inputs  one per input of info(), raw, of exactly its bytes
    Expected<TargetResult> run(const std::vector<Bytes> &inputs);
    /// run() with outputs that the device dequantises. \error kUnsupported float16, int64 outputs
    Expected<TargetFloatResult> run_float(const std::vector<Bytes> &inputs);
    /// run() on firmware built with EMK_TRACE, with each step's output, in order, once the run's
    /// answer is there (so that a repeated run tells none twice).
    /// \error kUnsupported the firmware was built without EMK_TRACE
    Expected<TargetResult> run_traced(const std::vector<Bytes> &inputs,
                                      const std::function<void(TracedTensor)> &on_tensor);
    /// Cycles of each step in the last run. Empty when built without EMK_PROFILE.
    Expected<std::vector<uint32_t>> profile();
    Expected<TargetMemory> memory();
    /// Makes the device read all its weights again. \error kUnsupported a firmware of before
    Expected<TargetCheck> check();
    Link &link();

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace embark
