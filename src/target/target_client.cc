#include <fmt/format.h>

#include <algorithm>

#include "base/bytes.h"
#include "target/block_transfer.h"
#include "target/info_reader.h"
#include "target/requester.h"

namespace embark {
using std::chrono::milliseconds;

namespace {

constexpr uint8_t kRunAsFloat = 1, kRunTraced = 2;
constexpr size_t kRunHeaderBytes = 4;
constexpr int kRunMargin = 3;   // a run may take so many times its last measured time
constexpr int kCleanRuns = 16;  // without a lost block: whole frames may get through again
constexpr int kMostCleanRuns = 1024;
constexpr int kPolls = 40;  // of a run of unknown length, by repeating the same request
constexpr auto kNoSuchCommand = static_cast<uint8_t>(FrameFault::kBadCommand);

}  // namespace

struct TargetClient::State {
    State(std::unique_ptr<Link> link, TargetTimeouts given)
        : requester(std::move(link), given), timeouts(given) {}

    Requester requester;
    TargetTimeouts timeouts;
    std::optional<TargetInfo> info;
    std::optional<milliseconds> run_time;  // of the last run, by the device's counter
    bool knows_blocks = true;              // until it says otherwise
    bool in_blocks = false;                // a whole frame was damaged lately
    int clean_runs = 0, needed_clean_runs = kCleanRuns;

    Error fail(ErrorCode code, std::string message) const {
        return requester.fail(code, std::move(message));
    }
    Expected<Answer> exchange(FrameCommand command, const Bytes &payload) {
        requester.next_sequence();
        return requester.exchange(command, payload, requester.usual());
    }
    Requester::Wait run_wait() const;
    void learn_run_time(uint32_t cycles);
    Expected<Bytes> read_info();
    Expected<Bytes> run_payload(const std::vector<Bytes> &inputs, uint8_t flags) const;
    Expected<Answer> run(const std::vector<Bytes> &inputs, uint8_t flags);
    Expected<Answer> run_by_blocks(const Bytes &inputs);
    Expected<TargetResult> split(const Answer &answer);
};

Requester::Wait TargetClient::State::run_wait() const {
    Requester::Wait wait = requester.usual();
    wait.learn = false;
    wait.computing = run_time ? *run_time * kRunMargin : timeouts.first_run;
    return wait;
}

void TargetClient::State::learn_run_time(uint32_t cycles) {
    if (info->clock_hz == 0) return;
    run_time = milliseconds(uint64_t{cycles} * 1000 / info->clock_hz + 1);
}

/// On a bad line, piece by piece: it is some hundred bytes long.
Expected<Bytes> TargetClient::State::read_info() {
    requester.next_sequence();
    Requester::Wait wait = requester.usual();
    wait.damaged = std::min(wait.damaged, 3);
    auto answer = requester.exchange(FrameCommand::kInfo, {}, wait);
    if (answer.ok()) return std::move(answer->payload);
    if (!requester.was_heard()) return std::move(answer).error();
    auto info = info_in_blocks(requester);
    return info.ok() ? std::move(info) : Expected<Bytes>(std::move(answer).error());
}

Expected<Bytes> TargetClient::State::run_payload(const std::vector<Bytes> &inputs,
                                                 uint8_t flags) const {
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
    return payload;
}

/// The whole run in one frame, as long as such frames get through; else in blocks.
Expected<Answer> TargetClient::State::run(const std::vector<Bytes> &inputs, uint8_t flags) {
    EMBARK_ASSIGN(const Bytes payload, run_payload(inputs, flags));
    const bool may_use_blocks = knows_blocks && flags == 0;
    const Bytes all(payload.begin() + kRunHeaderBytes, payload.end());
    if (may_use_blocks && in_blocks) return run_by_blocks(all);
    Requester::Wait wait = run_wait();
    wait.afresh = (flags & kRunTraced) != 0;
    if (may_use_blocks) wait.damaged = 0;
    requester.next_sequence();
    auto answer = requester.exchange(FrameCommand::kRun, payload, wait);
    if (!answer.ok() && may_use_blocks && requester.was_heard()) {
        in_blocks = true;
        clean_runs = 0;
        auto blocks = run_by_blocks(all);
        if (blocks.ok() || requester.refusal() != kNoSuchCommand) return blocks;
        knows_blocks = false;
        return run(inputs, flags);
    }
    if (!answer.ok()) return answer;
    if (answer->payload.size() < sizeof(uint32_t)) {
        return fail(ErrorCode::kInvalid, "the answer to a run is too short");
    }
    learn_run_time(load_le<uint32_t>(answer->payload.data()));
    return answer;
}

/// The answer as that of a whole run.
Expected<Answer> TargetClient::State::run_by_blocks(const Bytes &inputs) {
    Requester::Wait wait = run_wait();
    wait.silent = std::max(wait.silent, kPolls);
    if (!run_time) wait.computing = milliseconds(0);
    size_t lost = 0;
    EMBARK_ASSIGN(const BlockRun run, run_in_blocks(requester, inputs, wait, lost));
    learn_run_time(run.cycles);
    clean_runs = lost == 0 ? clean_runs + 1 : 0;
    if (clean_runs >= needed_clean_runs) {
        in_blocks = false;
        needed_clean_runs = std::min(2 * needed_clean_runs, kMostCleanRuns);
    }
    Answer answer;
    append_le(answer.payload, run.cycles);
    answer.payload.insert(answer.payload.end(), run.outputs.begin(), run.outputs.end());
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
    : state_(std::make_unique<State>(std::move(link), timeouts)) {}

TargetClient::TargetClient(TargetClient &&other) noexcept = default;
TargetClient::~TargetClient() = default;

Link &TargetClient::link() {
    return state_->requester.link();
}

Status TargetClient::ping() {
    const Bytes sent = {'e', 'm', 'b', 'a', 'r', 'k'};
    EMBARK_ASSIGN(const Answer answer, state_->exchange(FrameCommand::kPing, sent));
    if (answer.payload == sent) return Ok{};
    return state_->fail(ErrorCode::kInvalid, "the echo differs from what was sent");
}

Expected<TargetInfo> TargetClient::info() {
    if (state_->info) return *state_->info;
    EMBARK_ASSIGN(const Bytes payload, state_->read_info());
    auto info = read_target_info(payload);
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
    EMBARK_ASSIGN(const Answer answer, state_->exchange(FrameCommand::kProfile, {}));
    std::vector<uint32_t> cycles(answer.payload.size() / sizeof(uint32_t));
    for (size_t i = 0; i < cycles.size(); i++) {
        cycles[i] = load_le<uint32_t>(&answer.payload[i * sizeof(uint32_t)]);
    }
    return cycles;
}

Expected<TargetCheck> TargetClient::check() {
    Requester::Wait wait = state_->requester.usual();
    wait.learn = false;
    wait.computing = state_->timeouts.first_run;
    state_->requester.next_sequence();
    EMBARK_ASSIGN(const Answer answer, state_->requester.exchange(FrameCommand::kCheck, {}, wait));
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
    EMBARK_ASSIGN(const Answer answer, state_->exchange(FrameCommand::kMemory, {}));
    if (answer.payload.size() != 2 * sizeof(uint32_t)) {
        return state_->fail(ErrorCode::kInvalid, "the answer to 'memory' has the wrong length");
    }
    return TargetMemory{load_le<uint32_t>(&answer.payload[0]),
                        load_le<uint32_t>(&answer.payload[4])};
}

}  // namespace embark
