#include "import/isolate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <stdexcept>

namespace embark {
namespace {

using testing::HasSubstr;

constexpr IsolationLimits kLimits{.memory_bytes = 64u << 20, .answer_bytes = 8u << 20};

void send(const Sink &sink, std::string_view text) {
    sink({reinterpret_cast<const uint8_t *>(text.data()), text.size()});
}

TEST(RunIsolated, CollectsEverythingThatTheWorkSends) {
    const Bytes large(3'000'000, 7);
    const auto answer = run_isolated(kLimits, [&](const Sink &sink) {
        send(sink, "abc");
        sink(large);
    });
    ASSERT_TRUE(answer.ok()) << to_string(answer.error());
    EXPECT_EQ(answer->size(), 3 + large.size());
    EXPECT_EQ(answer->front(), 'a');
    EXPECT_EQ(answer->back(), 7);
}

TEST(RunIsolated, CrashIsAnError) {
    const auto answer = run_isolated(kLimits, [](const Sink &) { std::raise(SIGSEGV); });
    ASSERT_FALSE(answer.ok());
    EXPECT_THAT(answer.error().message, HasSubstr("crashed: Segmentation fault"));
}

TEST(RunIsolated, AbortIsAnErrorAndSilent) {
    testing::internal::CaptureStderr();
    const auto answer = run_isolated(kLimits, [](const Sink &) {
        std::fputs("noise", stderr);
        std::fflush(stderr);
        std::abort();
    });
    EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
    ASSERT_FALSE(answer.ok());
}

TEST(RunIsolated, EndlessLoopIsAnError) {
    IsolationLimits limits = kLimits;
    limits.cpu_seconds = 1;
    const auto answer = run_isolated(limits, [](const Sink &) {
        for (std::atomic<bool> go = true; go.load();) {
        }
    });
    ASSERT_FALSE(answer.ok());
    EXPECT_THAT(answer.error().message, HasSubstr("does not come to an end"));
}

TEST(RunIsolated, ExceptionIsAnError) {
    const auto answer = run_isolated(kLimits, [](const Sink &) { throw std::runtime_error("no"); });
    ASSERT_FALSE(answer.ok());
    EXPECT_THAT(answer.error().message, HasSubstr("ended with status"));
}

// A sanitizer's allocator ends the process instead of throwing: still an error.
TEST(RunIsolated, TooMuchMemoryIsAnError) {
    const auto answer = run_isolated(kLimits, [](const Sink &sink) {
        const Bytes large(uint64_t{1} << 30, 1);
        send(sink, large[99] == 1 ? "made it" : "");
    });
    EXPECT_FALSE(answer.ok());
}

TEST(RunIsolated, AnswerBeyondTheLimitIsAnError) {
    IsolationLimits limits = kLimits;
    limits.answer_bytes = 1000;
    const auto answer = run_isolated(limits, [](const Sink &sink) {
        const Bytes piece(1 << 16);
        while (sink(piece)) {
        }
    });
    ASSERT_FALSE(answer.ok());
    EXPECT_THAT(answer.error().message, HasSubstr("more than the 1000 bytes"));
}

}  // namespace
}  // namespace embark
