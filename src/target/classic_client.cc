#include "target/classic_client.h"

#include <fmt/format.h>

namespace embark {

namespace {
constexpr uint8_t kSyncRequest = 0xAB, kSyncAnswer = 0xCD;
constexpr std::chrono::seconds kSyncTimeout{1};
constexpr std::chrono::milliseconds kDropTimeout{100};
}  // namespace

Status ClassicClient::synchronise(int attempts) {
    for (int i = 0; i < attempts; i++) {
        EMBARK_RETURN_IF_ERROR(link_->write(std::span(&kSyncRequest, 1)));
        uint8_t byte = 0;
        const auto count = link_->read(std::span(&byte, 1), kSyncTimeout);
        if (!count.ok() && count.error().code != ErrorCode::kTimeout) return count.error();
        if (!count.ok() || byte != kSyncAnswer) continue;
        const auto dropped = link_->read(std::span(&byte, 1), kDropTimeout);
        if (!dropped.ok() && dropped.error().code != ErrorCode::kTimeout) return dropped.error();
        return Ok{};
    }
    return make_error(ErrorCode::kTimeout, Location{link_->name(), ""},
                      fmt::format("no answer 0xCD to {} bytes 0xAB", attempts));
}

Expected<Bytes> ClassicClient::classify(std::span<const uint8_t> image, size_t classes,
                                        std::chrono::milliseconds timeout) {
    EMBARK_RETURN_IF_ERROR(link_->write(image));
    Bytes answer(classes);
    for (size_t got = 0; got < classes;) {
        EMBARK_ASSIGN(const size_t count, link_->read(std::span(answer).subspan(got), timeout));
        got += count;
    }
    return answer;
}

}  // namespace embark
