#pragma once
// One request at a time over a Link, repeated until it is answered: docs/protocol.md.

#include <optional>
#include <vector>

#include "target/frame.h"
#include "target/link.h"
#include "target/target.h"

namespace embark {

/// How long answers take on a line, learnt from those that came at the first attempt (RFC 6298:
/// smoothed time and four times its variation). A byte counts at its nominal rate until some were
/// measured: pipes and pseudo-terminals are faster than the line that they stand for.
class RoundTrip {
  public:
    explicit RoundTrip(TargetTimeouts timeouts) : timeouts_(timeouts) {}

    void add(size_t bytes, std::chrono::microseconds elapsed);
    /// Wait for an answer after \p bytes on the line and \p computing on the device, at attempt 0,
    /// 1 …: each waits twice as long as the one before, none longer than the caller's patience.
    std::chrono::milliseconds timeout(size_t bytes, std::chrono::milliseconds computing,
                                      int attempt) const;
    /// Of the line when nothing is to come.
    std::chrono::milliseconds quiet() const;

  private:
    TargetTimeouts timeouts_;
    bool measured_ = false;
    double smoothed_us_ = 0, variation_us_ = 0;
    double byte_us_ = 0;  // 0: not measured
};

struct Answer {
    Bytes payload;
    std::vector<Bytes> traces;  ///< payloads of the trace frames before it
};

class Requester {
  public:
    Requester(std::unique_ptr<Link> link, TargetTimeouts timeouts);

    struct Wait {
        std::chrono::milliseconds computing{0};  ///< of the device, at most
        /// Attempts that are answered by nothing, and those whose answer shows a device that lives
        /// but is badly heard.
        int silent = 0, damaged = 0;
        bool learn = true;  ///< from how long it takes; not where the device computes
        /// Each attempt is a request of its own, so that what is left of the traces of one is not
        /// taken for those of the next.
        bool afresh = false;
    };
    Wait usual() const;

    /// The next sequence number; requests with the same one are the same request.
    uint16_t next_sequence() { return ++sequence_; }
    uint16_t sequence() const { return sequence_; }

    /// Sends \p before (frames that are not answered) and the request with the current sequence
    /// number, waits, and repeats the request alone after a fault of the line.
    /// \error kTimeout or kIo when all attempts failed; what the device refused
    Expected<Answer> exchange(FrameCommand command, const Bytes &payload, const Wait &wait,
                              const Bytes &before = {});

    Error fail(ErrorCode code, std::string message) const;
    /// Whether the last exchange() failed by the line though something came from the device.
    bool was_heard() const { return was_heard_; }
    /// The code of the device's last refusal; 0: none.
    uint8_t refusal() const { return refusal_; }
    Link &link() { return *link_; }

  private:
    /// How one attempt ended.
    struct Attempt {
        Expected<Answer> answer;
        bool repeat = false;  ///< the fault is the line's: the same request may succeed
        bool heard = false;   ///< something came
    };
    void drain();
    std::optional<Attempt> take(const Frame &frame, uint8_t command, Answer &answer);
    Attempt attempt(const Bytes &request, uint8_t command, std::chrono::milliseconds timeout);

    std::unique_ptr<Link> link_;
    TargetTimeouts timeouts_;
    RoundTrip round_trip_;
    FrameScanner scanner_;
    uint16_t sequence_ = 0;
    bool answered_ = false;  // by a device that knows frames, at least once
    bool was_heard_ = false;
    uint8_t refusal_ = 0;
};

}  // namespace embark
