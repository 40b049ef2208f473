#include "target/frame.h"

#include <algorithm>

#include "base/bytes.h"

namespace embark {

Bytes encode_frame(const Frame &frame) {
    Bytes bytes(std::begin(kFrameMarker), std::end(kFrameMarker));
    bytes.reserve(kFrameHeaderBytes + frame.payload.size() + kFrameCrcBytes);
    bytes.push_back(frame.version);
    bytes.push_back(frame.command);
    append_le(bytes, frame.sequence);
    append_le(bytes, static_cast<uint32_t>(frame.payload.size()));
    bytes.insert(bytes.end(), frame.payload.begin(), frame.payload.end());
    append_le(bytes, crc32(bytes));
    return bytes;
}

std::optional<Frame> FrameScanner::next() {
    while (true) {
        const auto start = std::search(buffer_.begin(), buffer_.end(), std::begin(kFrameMarker),
                                       std::end(kFrameMarker));
        if (start == buffer_.end()) {
            const size_t kept = std::min(buffer_.size(), std::size(kFrameMarker) - 1);
            buffer_.erase(buffer_.begin(), buffer_.end() - static_cast<ptrdiff_t>(kept));
            return std::nullopt;
        }
        buffer_.erase(buffer_.begin(), start);
        if (buffer_.size() < kFrameHeaderBytes) return std::nullopt;
        const uint32_t length = load_le<uint32_t>(&buffer_[8]);
        const size_t body = kFrameHeaderBytes + length;
        if (length <= kMaxFramePayload) {
            if (buffer_.size() < body + kFrameCrcBytes) return std::nullopt;
            const auto crc = load_le<uint32_t>(&buffer_[body]);
            if (crc == crc32(std::span(buffer_).first(body))) break;
        }
        // The length may be what is damaged: look for the next marker right after this one.
        damaged_++;
        buffer_.erase(buffer_.begin(), buffer_.begin() + std::size(kFrameMarker));
    }
    Frame frame;
    frame.version = buffer_[4];
    frame.command = buffer_[5];
    frame.sequence = load_le<uint16_t>(&buffer_[6]);
    const auto payload = buffer_.begin() + kFrameHeaderBytes;
    const auto end = payload + load_le<uint32_t>(&buffer_[8]);
    frame.payload.assign(payload, end);
    buffer_.erase(buffer_.begin(), end + kFrameCrcBytes);
    return frame;
}

}  // namespace embark
