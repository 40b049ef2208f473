#pragma once
// Writes small ONNX models for tests, field by field, without protobuf's classes.

#include <cstdint>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "ir/graph.h"

namespace embark::onnx::testing {

/// A protobuf message.
class Message {
  public:
    Message &number(int field, uint64_t value) {
        varint(static_cast<uint64_t>(field) << 3);
        varint(value);
        return *this;
    }
    Message &text(int field, const std::string &value) {
        varint(static_cast<uint64_t>(field) << 3 | 2);
        varint(value.size());
        bytes_ += value;
        return *this;
    }
    Message &message(int field, const Message &value) { return text(field, value.bytes_); }
    Message &real(int field, float value) {
        varint(static_cast<uint64_t>(field) << 3 | 5);
        bytes_.append(reinterpret_cast<const char *>(&value), sizeof value);
        return *this;
    }
    Bytes bytes() const { return {bytes_.begin(), bytes_.end()}; }

  private:
    void varint(uint64_t value) {
        for (; value >= 0x80; value >>= 7) bytes_ += static_cast<char>(value | 0x80);
        bytes_ += static_cast<char>(value);
    }
    std::string bytes_;
};

template <typename T>
Message tensor(const std::string &name, int type, const Shape &shape,
               const std::vector<T> &values) {
    Message message;
    for (const int64_t extent : shape) message.number(1, static_cast<uint64_t>(extent));
    message.number(2, static_cast<uint64_t>(type)).text(8, name);
    std::string raw(values.size() * sizeof(T), '\0');
    if (!values.empty()) std::memcpy(raw.data(), values.data(), raw.size());
    return message.text(9, raw);
}

inline Message floats(const std::string &name, const Shape &shape,
                      const std::vector<float> &values) {
    return tensor(name, 1, shape, values);
}
inline Message int64s(const std::string &name, const std::vector<int64_t> &values) {
    return tensor(name, 7, {static_cast<int64_t>(values.size())}, values);
}

inline Message attribute(const std::string &name, int64_t value) {
    return Message().text(1, name).number(3, static_cast<uint64_t>(value)).number(20, 2);
}
inline Message attribute(const std::string &name, float value) {
    return Message().text(1, name).real(2, value).number(20, 1);
}
inline Message attribute(const std::string &name, const std::string &value) {
    return Message().text(1, name).text(4, value).number(20, 3);
}
inline Message attribute(const std::string &name, const std::vector<int64_t> &values) {
    Message message;
    message.text(1, name);
    for (const int64_t value : values) message.number(8, static_cast<uint64_t>(value));
    return message.number(20, 7);
}
/// Inside of a function: the function's own attribute.
inline Message reference(const std::string &name, const std::string &to, int type) {
    return Message().text(1, name).number(20, static_cast<uint64_t>(type)).text(21, to);
}

inline Message node(const std::string &op, const std::vector<std::string> &inputs,
                    const std::vector<std::string> &outputs,
                    const std::vector<Message> &attributes = {}, const std::string &domain = "") {
    Message message;
    for (const std::string &name : inputs) message.text(1, name);
    for (const std::string &name : outputs) message.text(2, name);
    message.text(3, op + "_" + outputs[0]).text(4, op);
    for (const Message &value : attributes) message.message(5, value);
    if (!domain.empty()) message.text(7, domain);
    return message;
}

/// Extents below 1 are symbols.
inline Message value(const std::string &name, const Shape &shape, int type = 1) {
    Message dims;
    for (const int64_t extent : shape) {
        dims.message(1, extent < 1 ? Message().text(2, "n")
                                   : Message().number(1, static_cast<uint64_t>(extent)));
    }
    const Message typed = Message().number(1, static_cast<uint64_t>(type)).message(2, dims);
    return Message().text(1, name).message(2, Message().message(1, typed));
}

struct Parts {
    std::vector<Message> nodes, initializers, inputs, outputs, functions;
    int64_t opset = 17;
};

inline Bytes model(const Parts &parts) {
    Message graph;
    for (const Message &part : parts.nodes) graph.message(1, part);
    graph.text(2, "test");
    for (const Message &part : parts.initializers) graph.message(5, part);
    for (const Message &part : parts.inputs) graph.message(11, part);
    for (const Message &part : parts.outputs) graph.message(12, part);
    Message result;
    result.number(1, 8).text(2, "embark's tests").message(7, graph);
    result.message(8, Message().text(1, "").number(2, static_cast<uint64_t>(parts.opset)));
    result.message(8, Message().text(1, "test.functions").number(2, 1));
    for (const Message &part : parts.functions) result.message(25, part);
    return result.bytes();
}

}  // namespace embark::onnx::testing
