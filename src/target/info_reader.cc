#include "target/info_reader.h"

#include <fmt/format.h>

#include "base/bytes.h"

namespace embark {
namespace {

constexpr int kMaxRank = 6;  // of emk_tensor

/// Reads values one after the other; past the end it gives zeros and says so in ok().
class PayloadReader {
  public:
    explicit PayloadReader(std::span<const uint8_t> bytes) : bytes_(bytes) {}

    template <typename T>
    T value() {
        if (bytes_.size() < sizeof(T)) {
            ok_ = false;
            bytes_ = {};
            return T{};
        }
        const T value = load_le<T>(bytes_.data());
        bytes_ = bytes_.subspan(sizeof(T));
        return value;
    }

    std::string text() {
        const size_t length = value<uint16_t>();
        if (bytes_.size() < length) {
            ok_ = false;
            bytes_ = {};
            return {};
        }
        const std::string text(bytes_.begin(), bytes_.begin() + static_cast<ptrdiff_t>(length));
        bytes_ = bytes_.subspan(length);
        return text;
    }

    std::span<const uint8_t> rest() const { return bytes_; }
    bool ok() const { return ok_; }

  private:
    std::span<const uint8_t> bytes_;
    bool ok_ = true;
};

Expected<TargetTensor> read_tensor(PayloadReader &reader) {
    TargetTensor tensor;
    tensor.name = reader.text();
    tensor.type = reader.value<uint8_t>();
    const int rank = reader.value<uint8_t>();
    reader.value<uint16_t>();
    if (rank > kMaxRank) {
        return make_error(ErrorCode::kInvalid,
                          fmt::format("tensor '{}' has rank {}, expected at most {}", tensor.name,
                                      rank, kMaxRank));
    }
    for (int axis = 0; axis < rank; axis++) {
        tensor.shape.push_back(reader.value<int32_t>());
        if (reader.ok() && tensor.shape.back() < 1) {
            return make_error(ErrorCode::kInvalid,
                              fmt::format("tensor '{}' has an extent of {}, expected at least 1",
                                          tensor.name, tensor.shape.back()));
        }
    }
    tensor.bytes = reader.value<uint32_t>();
    tensor.scale = reader.value<float>();
    tensor.zero_point = reader.value<int32_t>();
    return tensor;
}

}  // namespace

Expected<TargetInfo> read_target_info(std::span<const uint8_t> payload) {
    PayloadReader reader(payload);
    TargetInfo info;
    info.model_hash = reader.value<uint64_t>();
    info.clock_hz = reader.value<uint32_t>();
    info.arena_bytes = reader.value<uint32_t>();
    info.weights_bytes = reader.value<uint32_t>();
    const int inputs = reader.value<uint16_t>();
    const int outputs = reader.value<uint16_t>();
    const int steps = reader.value<uint16_t>();
    reader.value<uint16_t>();
    info.model_name = reader.text();
    for (int i = 0; i < inputs + outputs && reader.ok(); i++) {
        EMBARK_ASSIGN(TargetTensor tensor, read_tensor(reader));
        (i < inputs ? info.inputs : info.outputs).push_back(std::move(tensor));
    }
    for (int i = 0; i < steps && reader.ok(); i++) info.step_names.push_back(reader.text());
    if (!reader.ok()) {
        return make_error(ErrorCode::kInvalid, "the device's description ends early");
    }
    if (!reader.rest().empty()) {
        return make_error(
            ErrorCode::kInvalid,
            fmt::format("the device's description has {} bytes too many", reader.rest().size()));
    }
    return info;
}

Expected<TracedTensor> read_traced_tensor(std::span<const uint8_t> payload) {
    PayloadReader reader(payload);
    TracedTensor tensor;
    tensor.step = reader.value<uint32_t>();
    tensor.name = reader.text();
    if (!reader.ok()) return make_error(ErrorCode::kInvalid, "a traced tensor ends early");
    tensor.data.assign(reader.rest().begin(), reader.rest().end());
    return tensor;
}

}  // namespace embark
