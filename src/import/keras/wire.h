#pragma once
// The byte stream between the process that calls HDF5 and the one that builds the graph.

#include <cstring>
#include <span>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "import/isolate.h"

namespace embark::keras {

/// Buffers small values; large arrays go straight to the sink.
class WireWriter {
  public:
    explicit WireWriter(const Sink &sink) : sink_(sink) {}
    ~WireWriter() { flush(); }
    WireWriter(const WireWriter &) = delete;
    WireWriter &operator=(const WireWriter &) = delete;

    void u64(uint64_t value) { append_le(buffer_, value); }
    void text(std::string_view value) {
        u64(value.size());
        buffer_.insert(buffer_.end(), value.begin(), value.end());
    }
    /// Padded so that the receiver finds the elements aligned.
    void floats(std::span<const float> values) {
        u64(values.size());
        while ((sent_ + buffer_.size()) % sizeof(float) != 0) buffer_.push_back(0);
        flush();
        send({reinterpret_cast<const uint8_t *>(values.data()), values.size_bytes()});
    }
    void flush() {
        send(buffer_);
        buffer_.clear();
    }

  private:
    void send(std::span<const uint8_t> bytes) {
        if (!bytes.empty() && open_) open_ = sink_(bytes);
        sent_ += bytes.size();
    }
    const Sink &sink_;
    Bytes buffer_;
    uint64_t sent_ = 0;
    bool open_ = true;
};

/// Every read past the end gives zeros and clears ok().
class WireReader {
  public:
    explicit WireReader(std::span<const uint8_t> bytes) : bytes_(bytes) {}
    bool ok() const { return ok_; }
    bool at_end() const { return position_ == bytes_.size(); }

    uint64_t u64() {
        const uint8_t *data = take(sizeof(uint64_t));
        return data ? load_le<uint64_t>(data) : 0;
    }
    /// A number of items of which each takes at least \p item_bytes of what is left.
    uint64_t count(uint64_t item_bytes) {
        const uint64_t value = u64();
        if (value <= (bytes_.size() - position_) / item_bytes) return value;
        ok_ = false;
        return 0;
    }
    std::string text() {
        const uint64_t size = count(1);
        const uint8_t *data = take(size);
        return data ? std::string(reinterpret_cast<const char *>(data), size) : std::string();
    }
    std::span<const float> floats() {
        const uint64_t size = count(sizeof(float));
        take((sizeof(float) - position_ % sizeof(float)) % sizeof(float));
        const uint8_t *data = take(size * sizeof(float));
        if (!data) return {};
        return {reinterpret_cast<const float *>(data), size};
    }

  private:
    const uint8_t *take(uint64_t size) {
        if (!ok_ || size > bytes_.size() - position_) {
            ok_ = false;
            return nullptr;
        }
        const uint8_t *data = bytes_.data() + position_;
        position_ += size;
        return data;
    }
    std::span<const uint8_t> bytes_;
    size_t position_ = 0;
    bool ok_ = true;
};

}  // namespace embark::keras
