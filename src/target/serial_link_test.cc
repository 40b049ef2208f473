#include "target/serial_link.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <thread>

#include "base/files.h"
#include "target/target.h"
#include "target/test/service.h"

namespace embark {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;

/// The side of a pseudo-terminal that a device would be on.
struct Terminal {
    Terminal() : fd(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)) {
        EXPECT_EQ(::grantpt(fd), 0);
        EXPECT_EQ(::unlockpt(fd), 0);
        path = ::ptsname(fd);
    }
    ~Terminal() { close(); }
    void close() {
        if (fd >= 0) ::close(fd);
        fd = -1;
    }
    int fd;
    std::string path;
};

TEST(SerialLink, CarriesAllByteValuesBothWays) {
    Terminal terminal;
    auto link = SerialLink::open(terminal.path);
    ASSERT_TRUE(link.ok()) << to_string(link.error());
    EXPECT_EQ((*link)->name(), "serial:" + terminal.path);
    Bytes all(256);
    for (size_t i = 0; i < all.size(); i++) all[i] = static_cast<uint8_t>(i);
    ASSERT_TRUE((*link)->write(all).ok());
    Bytes got(256);
    for (size_t count = 0; count < got.size();) {
        const ssize_t more = ::read(terminal.fd, &got[count], got.size() - count);
        ASSERT_GT(more, 0);
        count += static_cast<size_t>(more);
    }
    EXPECT_EQ(got, all);
    ASSERT_EQ(::write(terminal.fd, all.data(), all.size()), 256);
    std::fill(got.begin(), got.end(), uint8_t{0});
    for (size_t count = 0; count < got.size();) {
        const auto more = (*link)->read(std::span(got).subspan(count), milliseconds(2000));
        ASSERT_TRUE(more.ok()) << to_string(more.error());
        count += *more;
    }
    EXPECT_EQ(got, all);
}

TEST(SerialLink, TimesOutWhenNothingComes) {
    Terminal terminal;
    auto link = SerialLink::open(terminal.path);
    ASSERT_TRUE(link.ok());
    uint8_t byte;
    const auto count = (*link)->read(std::span(&byte, 1), milliseconds(20));
    ASSERT_FALSE(count.ok());
    EXPECT_EQ(count.error().code, ErrorCode::kTimeout);
    EXPECT_THAT(to_string(count.error()), HasSubstr("no answer in 20 ms"));
}

TEST(SerialLink, TellsThatThePortIsGone) {
    Terminal terminal;
    auto link = SerialLink::open(terminal.path);
    ASSERT_TRUE(link.ok());
    terminal.close();
    uint8_t byte;
    const auto count = (*link)->read(std::span(&byte, 1), milliseconds(2000));
    ASSERT_FALSE(count.ok());
    EXPECT_EQ(count.error().code, ErrorCode::kIo);
}

TEST(SerialLink, SaysThatThePortDoesNotExistAndWhichDo) {
    const auto link = SerialLink::open("/dev/no-such-port-of-embark");
    ASSERT_FALSE(link.ok());
    EXPECT_EQ(link.error().code, ErrorCode::kNotFound);
    EXPECT_THAT(to_string(link.error()),
                HasSubstr("serial:/dev/no-such-port-of-embark: no such serial port"));
    EXPECT_FALSE(link.error().notes.empty());
}

TEST(SerialLink, SaysThatAFileIsNotAPort) {
    const auto link = SerialLink::open("/dev/null");
    ASSERT_FALSE(link.ok());
    EXPECT_EQ(link.error().code, ErrorCode::kIo);
    EXPECT_THAT(link.error().message, HasSubstr("is not a serial port"));
}

TEST(SerialLink, RefusesARateThatIsNotStandard) {
    Terminal terminal;
    const auto link = SerialLink::open(terminal.path, 12345);
    ASSERT_FALSE(link.ok());
    EXPECT_EQ(link.error().code, ErrorCode::kUsage);
    EXPECT_THAT(link.error().message, HasSubstr("12345 baud is not a standard rate"));
}

TEST(SerialLink, CarriesTheFramedProtocol) {
    Terminal terminal;
    auto service = Process::spawn({test::service_program()});
    ASSERT_TRUE(service.ok());
    // Between the terminal and the service's pipes.
    std::jthread relay([&](std::stop_token stop) {
        ::fcntl(terminal.fd, F_SETFL, O_NONBLOCK);
        uint8_t chunk[512];
        while (!stop.stop_requested()) {
            const ssize_t count = ::read(terminal.fd, chunk, sizeof chunk);
            if (count > 0) (void)service->write(std::span(chunk, static_cast<size_t>(count)));
            const auto answer = service->read(chunk, milliseconds(2));
            if (answer.ok()) {
                [[maybe_unused]] const ssize_t sent = ::write(terminal.fd, chunk, *answer);
            }
        }
    });
    auto link = SerialLink::open(terminal.path);
    ASSERT_TRUE(link.ok());
    TargetClient client(std::move(*link));
    const auto info = client.info();
    ASSERT_TRUE(info.ok()) << to_string(info.error());
    const auto result = client.run({Bytes(400), Bytes(3)});
    ASSERT_TRUE(result.ok()) << to_string(result.error());
    EXPECT_EQ(result->outputs[1], (Bytes{1, 1, 1}));
}

}  // namespace
}  // namespace embark
