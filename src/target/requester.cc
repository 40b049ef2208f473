#include "target/requester.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "base/bytes.h"

namespace embark {
using std::chrono::microseconds;
using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

namespace {

constexpr int kBitsPerByte = 10;  // 8N1
constexpr int kAssumedBaud = 115200;
constexpr double kNominalByteUs = 1e6 * kBitsPerByte / kAssumedBaud;
constexpr milliseconds kQuiet{40};         // a line is silent when nothing came for so long
constexpr milliseconds kInsideFrame{200};  // the device sends a frame without a pause
constexpr milliseconds kLeastWait{10};     // what a busy host may take to get round to reading
constexpr milliseconds kMaxDrain{1000};    // then whatever babbles is not our device
constexpr size_t kFilling = 96;            // zeros that end a request of which bytes were lost
constexpr size_t kBytesToMeasure = 1000;   // shorter exchanges tell little of the line's rate

std::string_view fault_text(uint8_t code) {
    switch (static_cast<FrameFault>(code)) {
        case FrameFault::kBadCrc:
            return "the request was damaged on its way";
        case FrameFault::kBadCommand:
            return "it does not know the command";
        case FrameFault::kBadVersion:
            return "it speaks another version of the protocol";
        case FrameFault::kBadLength:
            return "the request has the wrong length for its model";
        case FrameFault::kTruncated:
            return "the request was cut off";
        case FrameFault::kBadType:
            return "an output's type cannot be sent as floats";
        case FrameFault::kBadWeights:
            return "its weights are damaged: their CRC is not the one that they were built with";
        case FrameFault::kBadStack:
            return "its stack has overflowed";
    }
    return "it answered an unknown error";
}

/// Whether sending the same request again can help.
bool is_line_fault(uint8_t code) {
    return code == static_cast<uint8_t>(FrameFault::kBadCrc) ||
           code == static_cast<uint8_t>(FrameFault::kTruncated);
}

}  // namespace

void RoundTrip::add(size_t bytes, microseconds elapsed) {
    const auto us = static_cast<double>(elapsed.count());
    if (bytes >= kBytesToMeasure) {
        const double rate = us / static_cast<double>(bytes);
        byte_us_ = byte_us_ == 0 ? rate : byte_us_ + (rate - byte_us_) / 8;
        return;
    }
    const double latency = std::max(
        0.0, us - static_cast<double>(bytes) * (byte_us_ == 0 ? kNominalByteUs : byte_us_));
    if (!measured_) {
        smoothed_us_ = latency;
        variation_us_ = latency / 2;
        measured_ = true;
        return;
    }
    variation_us_ += (std::abs(smoothed_us_ - latency) - variation_us_) / 4;
    smoothed_us_ += (latency - smoothed_us_) / 8;
}

milliseconds RoundTrip::timeout(size_t bytes, milliseconds computing, int attempt) const {
    const double byte_us = byte_us_ == 0 ? kNominalByteUs : 2 * byte_us_;
    const milliseconds line(static_cast<int64_t>(static_cast<double>(bytes) * byte_us / 1000));
    if (!measured_) return timeouts_.answer + computing + line;
    const milliseconds learnt(static_cast<int64_t>((smoothed_us_ + 4 * variation_us_) / 1000));
    const milliseconds once = std::max(kLeastWait, learnt) + computing + line;
    const milliseconds patience = timeouts_.answer + computing + line;
    return std::min(patience, once * (1 << std::min(attempt, 10)));
}

milliseconds RoundTrip::quiet() const {
    if (!measured_) return kQuiet;
    const milliseconds learnt(static_cast<int64_t>((smoothed_us_ + 4 * variation_us_) / 1000));
    return std::clamp(learnt, milliseconds(2), kQuiet);
}

Requester::Requester(std::unique_ptr<Link> link, TargetTimeouts timeouts)
    : link_(std::move(link)), timeouts_(timeouts), round_trip_(timeouts) {
    // An earlier client's late answers must not look like ours.
    sequence_ = static_cast<uint16_t>(Clock::now().time_since_epoch().count() >> 10);
}

Requester::Wait Requester::usual() const {
    return {milliseconds(0), timeouts_.retries, timeouts_.damaged_retries, true};
}

Error Requester::fail(ErrorCode code, std::string message) const {
    return make_error(code, Location{link_->name(), ""}, std::move(message));
}

/// Reads until the line is silent, so that a repeated request is not answered by an old frame.
void Requester::drain() {
    std::array<uint8_t, 4096> chunk;
    const auto deadline = Clock::now() + kMaxDrain;
    while (Clock::now() < deadline && link_->read(chunk, round_trip_.quiet()).ok()) {
    }
    scanner_.clear();
}

/// What \p frame means for the request: its end (an answer or an error), or nothing yet.
std::optional<Requester::Attempt> Requester::take(const Frame &frame, uint8_t command,
                                                  Answer &answer) {
    const bool is_error = frame.command == static_cast<uint8_t>(FrameCommand::kError);
    const uint8_t code = is_error && !frame.payload.empty() ? frame.payload[0] : 0;
    // The device cannot know the sequence number of a request that it received damaged.
    if (frame.sequence != sequence_ && !is_line_fault(code)) return std::nullopt;
    answered_ = true;
    if (frame.command == static_cast<uint8_t>(FrameCommand::kTrace)) {
        answer.traces.push_back(frame.payload);
        return std::nullopt;
    }
    if (frame.command == (command | kFrameAnswerBit)) {
        answer.payload = frame.payload;
        return Attempt{std::move(answer)};
    }
    if (!is_error) return std::nullopt;
    const std::string text = fmt::format("the device refused: {}", fault_text(code));
    if (is_line_fault(code)) return Attempt{fail(ErrorCode::kIo, text), true, true};
    refusal_ = code;
    if (code == static_cast<uint8_t>(FrameFault::kBadWeights) ||
        code == static_cast<uint8_t>(FrameFault::kBadStack)) {
        Error error = fail(ErrorCode::kInvalid, text);
        error.notes.push_back("flash the firmware again; if it stays, the chip is at fault");
        return Attempt{std::move(error)};
    }
    if (code != static_cast<uint8_t>(FrameFault::kBadLength) || frame.payload.size() < 8) {
        return Attempt{fail(ErrorCode::kUnsupported, text)};
    }
    return Attempt{fail(ErrorCode::kInvalid, fmt::format("{}; it expects {} bytes", text,
                                                         load_le<uint32_t>(&frame.payload[4])))};
}

/// One request and the wait for its answer.
Requester::Attempt Requester::attempt(const Bytes &request, uint8_t command, milliseconds timeout) {
    if (Status status = link_->write(request); !status.ok()) return {std::move(status).error()};
    const int damaged = scanner_.damaged();
    std::array<uint8_t, 4096> chunk;
    Answer answer;
    bool heard = false;
    // Each piece of an answer renews the wait: long answers and traces take their time.
    while (true) {
        const auto wait = heard && scanner_.in_frame()
                              ? std::min(round_trip_.timeout(0, {}, 1), kInsideFrame)
                              : timeout;
        auto count = link_->read(chunk, wait);
        if (!count.ok()) {
            const bool repeat = count.error().code == ErrorCode::kTimeout;
            return {std::move(count).error(), repeat, heard};
        }
        heard = true;
        scanner_.append(std::span(chunk).first(*count));
        while (auto frame = scanner_.next()) {
            if (auto end = take(*frame, command, answer)) return std::move(*end);
        }
        if (scanner_.damaged() != damaged) {
            return {fail(ErrorCode::kIo, "the answer was damaged on its way"), true, true};
        }
    }
}

Expected<Answer> Requester::exchange(FrameCommand command, const Bytes &payload, const Wait &wait,
                                     const Bytes &before) {
    const auto code = static_cast<uint8_t>(command);
    Bytes request = encode_frame(Frame{kFrameVersion, code, sequence_, payload});
    was_heard_ = false;
    refusal_ = 0;
    int silent = 0, damaged = 0;
    while (true) {
        const int attempts = silent + damaged;
        Bytes sent = attempts == 0 ? before : Bytes();
        sent.insert(sent.end(), request.begin(), request.end());
        const auto timeout = round_trip_.timeout(sent.size(), wait.computing, attempts);
        const auto start = Clock::now();
        Attempt last = attempt(sent, code, timeout);
        if (last.answer.ok()) {
            const auto elapsed = std::chrono::duration_cast<microseconds>(Clock::now() - start);
            // An answer to a repeated request may be that to an earlier one (Karn's rule).
            if (attempts == 0 && wait.learn) {
                round_trip_.add(sent.size() + last.answer->payload.size(), elapsed);
            }
            return std::move(last.answer);
        }
        (last.heard ? damaged : silent)++;
        if (last.repeat && silent <= wait.silent && damaged <= wait.damaged) {
            // Zeros fill up what the device still waits for, and are noise to it otherwise.
            if (answered_ && !last.heard) {
                if (Status status = link_->write(Bytes(kFilling)); !status.ok()) {
                    return std::move(status).error();
                }
            }
            drain();
            if (wait.afresh) {
                request = encode_frame(Frame{kFrameVersion, code, next_sequence(), payload});
            }
            continue;
        }
        Error error = std::move(last.answer).error();
        error.location = Location{link_->name(), ""};
        was_heard_ = last.repeat && damaged > 0;
        if (last.repeat) {
            error.notes.push_back(fmt::format("gave up after {} attempts", silent + damaged));
            if (!answered_) {
                error.notes.push_back("is the firmware one of embark's, and is it running?");
            }
        }
        return error;
    }
}

}  // namespace embark
