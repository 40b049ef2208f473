// The framed protocol over a pseudo-terminal that drops, doubles and flips bytes.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <chrono>

#include "base/bytes.h"
#include "target/serial_link.h"
#include "target/target.h"
#include "target/test/faulty_terminal.h"
#include "target/test/service.h"

namespace embark {
namespace {

using test::FaultyTerminal;
using test::LineFaults;

constexpr size_t kImage = 100;
constexpr LineFaults kOneInThousand{0.001, 0.001, 0.001};  // of each kind

/// The dummy model's inputs; the number makes every image another one.
std::vector<Bytes> inputs_of(int number) {
    Bytes image;
    for (size_t i = 0; i < kImage; ++i)
        append_le(image, static_cast<float>(number) + 0.5f * static_cast<float>(i));
    const auto code = static_cast<uint8_t>(number);
    return {image, Bytes{code, 1, 2}};
}

std::vector<Bytes> outputs_of(int number) {
    Bytes image;
    for (size_t i = 0; i < kImage; ++i)
        append_le(image, (static_cast<float>(number) + 0.5f * static_cast<float>(i)) / 2);
    const auto code = static_cast<uint8_t>(number + 1);
    return {image, Bytes{code, 2, 3}};
}

struct Line {
    Line(LineFaults faults, unsigned seed)
        : terminal(std::move(*Process::spawn({test::service_program()})), faults, seed),
          client(std::move(*SerialLink::open(terminal.path()))) {}
    FaultyTerminal terminal;
    TargetClient client;
};

/// Classifies so many images; every answer must be right.
void expect_all_right(Line &line, int count) {
    const auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < count; ++i) {
        const auto result = line.client.run(inputs_of(i));
        ASSERT_TRUE(result.ok()) << "image " << i << ": " << to_string(result.error());
        ASSERT_EQ(result->outputs, outputs_of(i)) << "image " << i;
    }
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
    const auto there = line.terminal.bytes_to_device(), back = line.terminal.bytes_to_host();
    const double n = count, line_seconds = static_cast<double>(std::max(there, back)) / 11520;
    fmt::print(
        "{} images of 403 + 403 bytes, {} faults: {:.0f} images/s here, {:.0f} + {:.0f} bytes an "
        "image on the line, at most {:.1f} images/s at 115200 baud\n",
        count, line.terminal.faults(), n / taken.count(), static_cast<double>(there) / n,
        static_cast<double>(back) / n, n / line_seconds);
}

TEST(FaultyLine, ThousandImagesComeThroughAndNoneIsWrong) {
    Line line(kOneInThousand, 1);
    expect_all_right(line, 1000);
    EXPECT_GT(line.terminal.faults(), 1000u);
}

TEST(FaultyLine, ACleanLineCarriesWholeFrames) {
    Line line({}, 1);
    expect_all_right(line, 100);
    EXPECT_LT(line.terminal.bytes_to_device(), 100u * (403 + 30) + 200);
}

TEST(FaultyLine, EachKindOfFaultAloneIsSurvived) {
    for (const LineFaults &faults :
         {LineFaults{0.004, 0, 0}, LineFaults{0, 0.004, 0}, LineFaults{0, 0, 0.004}}) {
        Line line(faults, 7);
        expect_all_right(line, 20);
    }
}

}  // namespace
}  // namespace embark
