#pragma once
// Frames of the framed protocol, host side (docs/protocol.md; runtime/link/emk_frame.h).

#include <cstdint>
#include <iterator>
#include <optional>
#include <span>

#include "base/files.h"

namespace embark {

constexpr uint8_t kFrameMarker[4] = {0x45, 0x4D, 0xCB, 0xFF};
constexpr uint8_t kFrameVersion = 1;
constexpr size_t kFrameHeaderBytes = 12;  ///< marker, version, command, sequence, length
constexpr size_t kFrameCrcBytes = 4;
/// A longer payload in an answer is taken for a damaged header.
constexpr uint32_t kMaxFramePayload = 64u << 20;

enum class FrameCommand : uint8_t {
    kPing = 0x01,
    kInfo = 0x02,
    kRun = 0x03,
    kProfile = 0x04,
    kMemory = 0x05,
    kCheck = 0x06,
    kWrite = 0x07,
    kWritten = 0x08,
    kExecute = 0x09,
    kRead = 0x0A,
    kTrace = 0xC0,
    kError = 0xFF,
};
constexpr uint8_t kFrameAnswerBit = 0x80;

enum class FrameFault : uint8_t {
    kBadCrc = 1,
    kBadCommand = 2,
    kBadVersion = 3,
    kBadLength = 4,
    kTruncated = 5,
    kBadType = 6,
    kBadWeights = 7,
    kBadStack = 8,
};

struct Frame {
    uint8_t version = kFrameVersion;
    uint8_t command = 0;  ///< a FrameCommand, with kFrameAnswerBit in answers
    uint16_t sequence = 0;
    Bytes payload;
};

Bytes encode_frame(const Frame &frame);

/// Finds frames in a stream of bytes that may hold noise.
class FrameScanner {
  public:
    void append(std::span<const uint8_t> bytes) {
        buffer_.insert(buffer_.end(), bytes.begin(), bytes.end());
    }
    /// The next frame, if it is complete. Noise before it is dropped; a frame whose CRC is wrong is
    /// dropped and counted.
    std::optional<Frame> next();
    /// Whether next() left the beginning of a frame, whose rest is to come.
    bool in_frame() const { return buffer_.size() >= std::size(kFrameMarker); }
    int damaged() const { return damaged_; }
    void clear() { buffer_.clear(); }

  private:
    Bytes buffer_;
    int damaged_ = 0;
};

}  // namespace embark
