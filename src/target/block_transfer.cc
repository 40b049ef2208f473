#include "target/block_transfer.h"

#include <algorithm>
#include <bit>

#include "base/bytes.h"

namespace embark {

namespace {

constexpr size_t kBlockBytes = 64, kWindowBlocks = 64;
constexpr int kMaxRounds = 100;  // of one window: the line lets nothing through
constexpr int kMaxRuns = 3;      // a block that was taken for another passes one CRC in 2^32
constexpr uint8_t kOutputs = 0, kInfo = 1;

/// Small requests get through sooner or later, and the device is known to live.
Requester::Wait patient(const Requester &requester) {
    Requester::Wait wait = requester.usual();
    wait.silent = std::max(wait.silent, 12);
    return wait;
}

/// The frames of the blocks whose bits are set. A zero before each: a byte that is lost in one
/// frame then takes no marker from the next.
Bytes block_frames(uint16_t sequence, const Bytes &inputs, size_t first, uint64_t blocks) {
    Bytes frames;
    for (size_t i = 0; i < kWindowBlocks; ++i) {
        if ((blocks >> i & 1) == 0) continue;
        const size_t offset = (first + i) * kBlockBytes;
        Frame frame{kFrameVersion, static_cast<uint8_t>(FrameCommand::kWrite), sequence, {}};
        append_le(frame.payload, static_cast<uint32_t>(offset));
        const size_t bytes = std::min(kBlockBytes, inputs.size() - offset);
        const auto from = inputs.begin() + static_cast<std::ptrdiff_t>(offset);
        frame.payload.insert(frame.payload.end(), from, from + static_cast<std::ptrdiff_t>(bytes));
        frame.payload.resize(4 + kBlockBytes);
        const Bytes encoded = encode_frame(frame);
        frames.push_back(0);
        frames.insert(frames.end(), encoded.begin(), encoded.end());
    }
    frames.push_back(0);
    return frames;
}

/// Sends a window's blocks until all have come.
Status send_window(Requester &requester, const Bytes &inputs, size_t first, size_t &lost) {
    const size_t count =
        std::min(kWindowBlocks, (inputs.size() + kBlockBytes - 1) / kBlockBytes - first);
    uint64_t missing = count == kWindowBlocks ? ~uint64_t{0} : (uint64_t{1} << count) - 1;
    const uint16_t window = requester.next_sequence();
    for (int round = 0; round < kMaxRounds; ++round) {
        EMBARK_ASSIGN(const Answer answer,
                      requester.exchange(FrameCommand::kWritten, {}, patient(requester),
                                         block_frames(window, inputs, first, missing)));
        if (answer.payload.size() != kWindowBlocks / 8) {
            return requester.fail(ErrorCode::kInvalid, "the answer to 'written' is no bitmap");
        }
        missing &= ~load_le<uint64_t>(answer.payload.data());
        if (missing == 0) return Ok{};
        lost += static_cast<size_t>(std::popcount(missing));
    }
    return requester.fail(ErrorCode::kIo, "the line lets no block of the inputs through");
}

Bytes read_request(uint8_t area, size_t offset) {
    Bytes payload = {area, 0, 0, 0};
    append_le(payload, static_cast<uint32_t>(offset));
    return payload;
}

/// Appends what a block's answer holds from \p at on: the whole's bytes u32, then the block.
Status append_block(const Requester &requester, const Bytes &payload, size_t at, Bytes &whole,
                    size_t &total) {
    if (payload.size() < at + 4) {
        return requester.fail(ErrorCode::kInvalid, "a block of the answer is too short");
    }
    total = load_le<uint32_t>(&payload[at]);
    const auto begin = payload.begin() + static_cast<std::ptrdiff_t>(at + 4);
    if (begin == payload.end() && whole.size() < total) {
        return requester.fail(ErrorCode::kInvalid, "a block of the answer is empty");
    }
    whole.insert(whole.end(), begin, payload.end());
    return Ok{};
}

Status read_rest(Requester &requester, uint8_t area, Bytes &whole, size_t total) {
    while (whole.size() < total) {
        requester.next_sequence();
        EMBARK_ASSIGN(const Answer answer,
                      requester.exchange(FrameCommand::kRead, read_request(area, whole.size()),
                                         patient(requester)));
        EMBARK_RETURN_IF_ERROR(append_block(requester, answer.payload, 0, whole, total));
    }
    return Ok{};
}

}  // namespace

Expected<BlockRun> run_in_blocks(Requester &requester, const Bytes &inputs,
                                 const Requester::Wait &run_wait, size_t &lost) {
    Error error = requester.fail(ErrorCode::kIo, "the inputs do not arrive whole");
    for (int attempt = 0; attempt < kMaxRuns; ++attempt) {
        for (size_t first = 0; first * kBlockBytes < inputs.size(); first += kWindowBlocks) {
            EMBARK_RETURN_IF_ERROR(send_window(requester, inputs, first, lost));
        }
        Bytes payload(4);
        append_le(payload, crc32(inputs));
        requester.next_sequence();
        auto answer = requester.exchange(FrameCommand::kExecute, payload, run_wait);
        if (!answer.ok()) {
            error = std::move(answer).error();
            if (error.code != ErrorCode::kIo) return error;
            continue;
        }
        if (answer->payload.size() < 12) {
            return requester.fail(ErrorCode::kInvalid, "the answer to 'execute' is too short");
        }
        BlockRun run;
        run.cycles = load_le<uint32_t>(answer->payload.data());
        const auto crc = load_le<uint32_t>(&answer->payload[4]);
        size_t total = 0;
        EMBARK_RETURN_IF_ERROR(append_block(requester, answer->payload, 8, run.outputs, total));
        EMBARK_RETURN_IF_ERROR(read_rest(requester, kOutputs, run.outputs, total));
        if (crc32(run.outputs) == crc) return run;
        error = requester.fail(ErrorCode::kIo, "the outputs do not arrive whole");
    }
    return error;
}

Expected<Bytes> info_in_blocks(Requester &requester) {
    Bytes info;
    EMBARK_RETURN_IF_ERROR(read_rest(requester, kInfo, info, 1));
    return info;
}

}  // namespace embark
