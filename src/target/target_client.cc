#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/bytes.h"
#include "target/frame.h"
#include "target/info_reader.h"
#include "target/target.h"

namespace embark {
using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

namespace {

constexpr uint8_t kRunAsFloat = 1, kRunTraced = 2;
constexpr size_t kRunHeaderBytes = 4;
constexpr int kBitsPerByte = 10;  // 8N1
constexpr int kAssumedBaud = 115200;
constexpr milliseconds kQuiet{40};       // a line is silent when nothing came for so long
constexpr milliseconds kMaxDrain{1000};  // then whatever babbles is not our device
constexpr int kRunMargin = 3;            // a run may take so many times its last measured time

milliseconds line_time(size_t bytes) {
    return milliseconds(bytes * kBitsPerByte * 1000 / kAssumedBaud);
}

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

struct Answer {
    Bytes payload;
    std::vector<Bytes> traces;  // payloads of the trace frames before it
};

/// How one request ended.
struct Attempt {
    Expected<Answer> answer;
    bool repeat = false;  // the fault is the line's: the same request may succeed
};

}  // namespace

struct TargetClient::State {
    std::unique_ptr<Link> link;
    TargetTimeouts timeouts;
    FrameScanner scanner;
    uint16_t sequence = 0;
    std::optional<TargetInfo> info;
    std::optional<milliseconds> run_time;  // of the last run, by the device's counter

    Error fail(ErrorCode code, std::string message) const {
        return make_error(code, Location{link->name(), ""}, std::move(message));
    }
    milliseconds run_timeout() const;
    void drain();
    std::optional<Attempt> take(const Frame &frame, uint8_t command, Answer &answer);
    Attempt attempt(const Bytes &request, uint8_t command, milliseconds timeout);
    Expected<Answer> exchange(FrameCommand command, Bytes payload, milliseconds timeout);
    Expected<Answer> run(const std::vector<Bytes> &inputs, uint8_t flags);
    Expected<TargetResult> split(const Answer &answer);
};

/// Reads until the line is silent, so that a repeated request is not answered by an old frame.
void TargetClient::State::drain() {
    std::array<uint8_t, 4096> chunk;
    const auto deadline = Clock::now() + kMaxDrain;
    while (Clock::now() < deadline && link->read(chunk, kQuiet).ok()) {
    }
    scanner.clear();
}

/// What \p frame means for the request: its end (an answer or an error), or nothing yet.
std::optional<Attempt> TargetClient::State::take(const Frame &frame, uint8_t command,
                                                 Answer &answer) {
    const bool is_error = frame.command == static_cast<uint8_t>(FrameCommand::kError);
    const uint8_t code = is_error && !frame.payload.empty() ? frame.payload[0] : 0;
    // The device cannot know the sequence number of a request that it received damaged.
    if (frame.sequence != sequence && !is_line_fault(code)) return std::nullopt;
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
    if (is_line_fault(code)) return Attempt{fail(ErrorCode::kIo, text), true};
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
Attempt TargetClient::State::attempt(const Bytes &request, uint8_t command, milliseconds timeout) {
    if (Status status = link->write(request); !status.ok()) return {std::move(status).error()};
    const int damaged = scanner.damaged();
    std::array<uint8_t, 4096> chunk;
    Answer answer;
    // Each piece of an answer renews the wait: long answers and traces take their time.
    while (true) {
        const auto wait = scanner.in_frame() ? timeouts.answer : timeout;
        auto count = link->read(chunk, wait);
        if (!count.ok()) {
            const bool repeat = count.error().code == ErrorCode::kTimeout;
            return {std::move(count).error(), repeat};
        }
        scanner.append(std::span(chunk).first(*count));
        while (auto frame = scanner.next()) {
            if (auto end = take(*frame, command, answer)) return std::move(*end);
        }
        if (scanner.damaged() != damaged) {
            return {fail(ErrorCode::kIo, "the answer was damaged on its way"), true};
        }
    }
}

Expected<Answer> TargetClient::State::exchange(FrameCommand command, Bytes payload,
                                               milliseconds timeout) {
    const auto code = static_cast<uint8_t>(command);
    sequence++;
    timeout += line_time(payload.size());
    const Bytes request = encode_frame(Frame{kFrameVersion, code, sequence, std::move(payload)});
    Attempt last = attempt(request, code, timeout);
    for (int i = 0; i < timeouts.retries && last.repeat; i++) {
        drain();
        last = attempt(request, code, timeout);
    }
    if (last.answer.ok()) return last.answer;
    Error error = std::move(last.answer).error();
    error.location = Location{link->name(), ""};
    if (last.repeat) {
        error.notes.push_back(fmt::format("gave up after {} attempts", timeouts.retries + 1));
        if (!info) error.notes.push_back("is the firmware one of embark's, and is it running?");
    }
    return error;
}

milliseconds TargetClient::State::run_timeout() const {
    if (!run_time) return timeouts.first_run;
    return timeouts.answer + *run_time * kRunMargin;
}

Expected<Answer> TargetClient::State::run(const std::vector<Bytes> &inputs, uint8_t flags) {
    if (inputs.size() != info->inputs.size()) {
        return fail(ErrorCode::kInvalid, fmt::format("{} inputs given, the model has {}",
                                                     inputs.size(), info->inputs.size()));
    }
    Bytes payload(kRunHeaderBytes);
    payload[0] = flags;
    for (size_t i = 0; i < inputs.size(); i++) {
        const TargetTensor &tensor = info->inputs[i];
        if (inputs[i].size() != tensor.bytes) {
            return fail(ErrorCode::kInvalid,
                        fmt::format("input '{}' has {} bytes, the model expects {}", tensor.name,
                                    inputs[i].size(), tensor.bytes));
        }
        payload.insert(payload.end(), inputs[i].begin(), inputs[i].end());
    }
    EMBARK_ASSIGN(Answer answer, exchange(FrameCommand::kRun, std::move(payload), run_timeout()));
    if (answer.payload.size() < sizeof(uint32_t)) {
        return fail(ErrorCode::kInvalid, "the answer to a run is too short");
    }
    if (info->clock_hz != 0) {
        const uint64_t cycles = load_le<uint32_t>(answer.payload.data());
        run_time = milliseconds(cycles * 1000 / info->clock_hz);
    }
    return answer;
}

Expected<TargetResult> TargetClient::State::split(const Answer &answer) {
    TargetResult result;
    result.cycles = load_le<uint32_t>(answer.payload.data());
    size_t at = sizeof(uint32_t);
    for (const TargetTensor &tensor : info->outputs) {
        if (answer.payload.size() - at < tensor.bytes) {
            return fail(ErrorCode::kInvalid, "the answer to a run is too short");
        }
        const auto start = answer.payload.begin() + static_cast<ptrdiff_t>(at);
        result.outputs.emplace_back(start, start + tensor.bytes);
        at += tensor.bytes;
    }
    if (at != answer.payload.size()) {
        return fail(ErrorCode::kInvalid, "the answer to a run is too long");
    }
    return result;
}

TargetClient::TargetClient(std::unique_ptr<Link> link, TargetTimeouts timeouts)
    : state_(std::make_unique<State>()) {
    state_->link = std::move(link);
    state_->timeouts = timeouts;
    // An earlier client's late answers must not look like ours.
    state_->sequence = static_cast<uint16_t>(Clock::now().time_since_epoch().count() >> 10);
}

TargetClient::TargetClient(TargetClient &&other) noexcept = default;
TargetClient::~TargetClient() = default;

Link &TargetClient::link() {
    return *state_->link;
}

Status TargetClient::ping() {
    const Bytes sent = {'e', 'm', 'b', 'a', 'r', 'k'};
    EMBARK_ASSIGN(const Answer answer,
                  state_->exchange(FrameCommand::kPing, sent, state_->timeouts.answer));
    if (answer.payload == sent) return Ok{};
    return state_->fail(ErrorCode::kInvalid, "the echo differs from what was sent");
}

Expected<TargetInfo> TargetClient::info() {
    if (state_->info) return *state_->info;
    EMBARK_ASSIGN(const Answer answer,
                  state_->exchange(FrameCommand::kInfo, {}, state_->timeouts.answer));
    auto info = read_target_info(answer.payload);
    if (!info.ok()) return state_->fail(ErrorCode::kInvalid, info.error().message);
    info->protocol_version = kFrameVersion;
    state_->info = *info;
    return info;
}

Expected<TargetResult> TargetClient::run(const std::vector<Bytes> &inputs) {
    EMBARK_RETURN_IF_ERROR(info());
    EMBARK_ASSIGN(const Answer answer, state_->run(inputs, 0));
    return state_->split(answer);
}

Expected<TargetFloatResult> TargetClient::run_float(const std::vector<Bytes> &inputs) {
    EMBARK_RETURN_IF_ERROR(info());
    EMBARK_ASSIGN(const Answer answer, state_->run(inputs, kRunAsFloat));
    TargetFloatResult result;
    result.cycles = load_le<uint32_t>(answer.payload.data());
    size_t at = sizeof(uint32_t);
    for (const TargetTensor &tensor : state_->info->outputs) {
        size_t elements = 1;
        for (const int32_t extent : tensor.shape) elements *= static_cast<size_t>(extent);
        if ((answer.payload.size() - at) / sizeof(float) < elements) {
            return state_->fail(ErrorCode::kInvalid, "the answer to a run is too short");
        }
        std::vector<float> &values = result.outputs.emplace_back(elements);
        std::memcpy(values.data(), answer.payload.data() + at, elements * sizeof(float));
        at += elements * sizeof(float);
    }
    return result;
}

Expected<TargetResult> TargetClient::run_traced(
    const std::vector<Bytes> &inputs, const std::function<void(TracedTensor)> &on_tensor) {
    EMBARK_RETURN_IF_ERROR(info());
    EMBARK_ASSIGN(const Answer answer, state_->run(inputs, kRunTraced));
    if (answer.traces.empty()) {
        return state_->fail(ErrorCode::kUnsupported,
                            "the firmware sent no tensors; build it with EMK_TRACE");
    }
    EMBARK_ASSIGN(TargetResult result, state_->split(answer));
    for (const Bytes &payload : answer.traces) {
        auto tensor = read_traced_tensor(payload);
        if (!tensor.ok()) return state_->fail(ErrorCode::kInvalid, tensor.error().message);
        on_tensor(std::move(*tensor));
    }
    return result;
}

Expected<std::vector<uint32_t>> TargetClient::profile() {
    EMBARK_ASSIGN(const Answer answer,
                  state_->exchange(FrameCommand::kProfile, {}, state_->timeouts.answer));
    std::vector<uint32_t> cycles(answer.payload.size() / sizeof(uint32_t));
    for (size_t i = 0; i < cycles.size(); i++) {
        cycles[i] = load_le<uint32_t>(&answer.payload[i * sizeof(uint32_t)]);
    }
    return cycles;
}

Expected<TargetCheck> TargetClient::check() {
    EMBARK_ASSIGN(const Answer answer,
                  state_->exchange(FrameCommand::kCheck, {}, state_->timeouts.first_run));
    if (answer.payload.size() != 3 * sizeof(uint32_t)) {
        return state_->fail(ErrorCode::kInvalid, "the answer to 'check' has the wrong length");
    }
    TargetCheck check;
    check.stack_intact = answer.payload[0] != static_cast<uint8_t>(FrameFault::kBadStack);
    check.expected_crc = load_le<uint32_t>(&answer.payload[4]);
    check.found_crc = load_le<uint32_t>(&answer.payload[8]);
    return check;
}

Expected<TargetMemory> TargetClient::memory() {
    EMBARK_ASSIGN(const Answer answer,
                  state_->exchange(FrameCommand::kMemory, {}, state_->timeouts.answer));
    if (answer.payload.size() != 2 * sizeof(uint32_t)) {
        return state_->fail(ErrorCode::kInvalid, "the answer to 'memory' has the wrong length");
    }
    return TargetMemory{load_le<uint32_t>(&answer.payload[0]),
                        load_le<uint32_t>(&answer.payload[4])};
}

}  // namespace embark
