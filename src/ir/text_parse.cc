#include <fmt/format.h>

#include <charconv>
#include <cstring>
#include <limits>

#include "base/bytes.h"
#include "ir/base64.h"
#include "ir/text.h"

namespace embark {

namespace {

constexpr int64_t kMaxBytes = int64_t{1} << 30;

/// Reads one line; every function that fails leaves what was expected in the error's message.
class Line {
  public:
    Line(std::string_view text, int number) : text_(text), number_(number) {}

    Error fail(std::string message) const {
        return make_error(ErrorCode::kInvalid, Location{"", fmt::format("line {}", number_)},
                          std::move(message));
    }
    Error expected(std::string_view what) {
        skip_space();
        const std::string_view rest = text_.substr(at_, 20);
        return fail(fmt::format("found {}, expected {}",
                                rest.empty() ? "the end of the line" : fmt::format("'{}'", rest),
                                what));
    }

    bool at_end() {
        skip_space();
        return at_ == text_.size() || text_[at_] == '#';
    }
    /// Steps over \p token if it comes next.
    bool accept(std::string_view token) {
        skip_space();
        if (!text_.substr(at_).starts_with(token)) return false;
        at_ += token.size();
        return true;
    }
    Status expect(std::string_view token) {
        if (accept(token)) return Ok{};
        return expected(fmt::format("'{}'", token));
    }
    bool next_is(char c) {
        skip_space();
        return at_ < text_.size() && text_[at_] == c;
    }
    /// Letters, digits, '_' and '.'.
    std::string_view word() {
        skip_space();
        const size_t start = at_;
        while (at_ < text_.size() && is_word(text_[at_])) ++at_;
        return text_.substr(start, at_ - start);
    }
    Expected<std::string> string();
    Expected<int64_t> integer();
    /// A number as written, such as "-1.5e-3" or "inf".
    std::string_view number_text();

  private:
    static bool is_word(char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_' || c == '.';
    }
    void skip_space() {
        while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t')) ++at_;
    }
    std::string_view text_;
    int number_;
    size_t at_ = 0;
};

Expected<std::string> Line::string() {
    EMBARK_RETURN_IF_ERROR(expect("\""));
    std::string out;
    while (at_ < text_.size() && text_[at_] != '"') {
        if (text_[at_] != '\\') {
            out += text_[at_++];
            continue;
        }
        const std::string_view escape = text_.substr(at_ + 1, 3);
        if (escape.starts_with('"') || escape.starts_with('\\')) {
            out += escape[0];
            at_ += 2;
            continue;
        }
        unsigned value = 0;
        if (escape.size() == 3 && escape[0] == 'x' &&
            std::from_chars(escape.data() + 1, escape.data() + 3, value, 16).ptr ==
                escape.data() + 3) {
            out += static_cast<char>(value);
            at_ += 4;
            continue;
        }
        return expected("an escape: \\\", \\\\ or \\xNN");
    }
    if (at_ == text_.size()) return fail("string without closing '\"'");
    ++at_;
    return out;
}

std::string_view Line::number_text() {
    skip_space();
    const size_t start = at_;
    while (at_ < text_.size() && (is_word(text_[at_]) || text_[at_] == '-' || text_[at_] == '+')) {
        ++at_;
    }
    return text_.substr(start, at_ - start);
}

template <typename T>
bool parse_number(std::string_view text, T &value) {
    const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
    return result.ec == std::errc() && result.ptr == text.data() + text.size() && !text.empty();
}

Expected<int64_t> Line::integer() {
    Line before = *this;
    int64_t value = 0;
    if (!parse_number(number_text(), value)) return before.expected("an integer");
    return value;
}

template <typename T>
Expected<std::vector<T>> parse_list(Line &line, std::string_view what) {
    EMBARK_RETURN_IF_ERROR(line.expect("["));
    std::vector<T> values;
    while (!line.accept("]")) {
        if (!values.empty()) EMBARK_RETURN_IF_ERROR(line.expect(","));
        Line before = line;
        T value{};
        if (!parse_number(line.number_text(), value)) return before.expected(what);
        values.push_back(value);
    }
    return values;
}

struct Declared {
    TensorId id;
    Tensor tensor;
};

Expected<TensorId> parse_id(Line &line) {
    EMBARK_RETURN_IF_ERROR(line.expect("%"));
    EMBARK_ASSIGN(const int64_t id, line.integer());
    if (id < 0 || id > std::numeric_limits<TensorId>::max()) return line.fail("id out of range");
    return static_cast<TensorId>(id);
}

Status check_size(const Line &line, const TensorType &type) {
    int64_t bytes = static_cast<int64_t>(size_of(type.type));
    for (const int64_t extent : type.shape) {
        if (extent < 0 || (extent > 0 && bytes > kMaxBytes / extent)) {
            return line.fail(fmt::format("shape {} is negative or above {} bytes",
                                         to_string(type.shape), kMaxBytes));
        }
        bytes *= extent;
    }
    return Ok{};
}

/// %0 "x" float32[1,4] scale=[…] zero=[…] axis=0
Expected<Declared> parse_tensor(Line &line) {
    Declared declared;
    EMBARK_ASSIGN(declared.id, parse_id(line));
    EMBARK_ASSIGN(declared.tensor.name, line.string());
    TensorType &type = declared.tensor.type;
    const std::string_view name = line.word();
    const auto data_type = parse_data_type(name);
    if (!data_type.ok()) return line.fail(data_type.error().message);
    type.type = *data_type;
    EMBARK_ASSIGN(type.shape, parse_list<int64_t>(line, "an extent"));
    EMBARK_RETURN_IF_ERROR(check_size(line, type));
    if (!line.accept("scale=")) return declared;
    EMBARK_ASSIGN(type.quantization.scales, parse_list<float>(line, "a number"));
    EMBARK_RETURN_IF_ERROR(line.expect("zero="));
    EMBARK_ASSIGN(type.quantization.zero_points, parse_list<int32_t>(line, "an integer"));
    EMBARK_RETURN_IF_ERROR(line.expect("axis="));
    EMBARK_ASSIGN(const int64_t axis, line.integer());
    if (axis < 0 || axis >= static_cast<int64_t>(type.shape.size())) {
        return line.fail(fmt::format("axis is {}, the shape {}", axis, to_string(type.shape)));
    }
    type.quantization.axis = static_cast<int>(axis);
    return declared;
}

template <typename T>
Status append_element(Line &line, Bytes &bytes) {
    Line before = line;
    T value{};
    if (!parse_number(line.number_text(), value)) return before.expected("a value of the type");
    append_le(bytes, value);
    return Ok{};
}

Status append_element(Line &line, DataType type, Bytes &bytes) {
    switch (type) {
        case DataType::kFloat32:
            return append_element<float>(line, bytes);
        case DataType::kFloat16:
            return line.fail("float16 constants are written as base64");
        case DataType::kInt8:
            return append_element<int8_t>(line, bytes);
        case DataType::kBool:
        case DataType::kUint8:
            return append_element<uint8_t>(line, bytes);
        case DataType::kInt16:
            return append_element<int16_t>(line, bytes);
        case DataType::kInt32:
            return append_element<int32_t>(line, bytes);
        case DataType::kInt64:
            return append_element<int64_t>(line, bytes);
        case DataType::kFloat64:
            return append_element<double>(line, bytes);
        case DataType::kUint16:
            return append_element<uint16_t>(line, bytes);
        case DataType::kUint32:
            return append_element<uint32_t>(line, bytes);
        case DataType::kUint64:
            return append_element<uint64_t>(line, bytes);
    }
    return Ok{};
}

Expected<Bytes> parse_filled(Line &line, const TensorType &type) {
    Bytes element, bytes;
    EMBARK_RETURN_IF_ERROR(append_element(line, type.type, element));
    bytes.reserve(type.bytes());
    while (bytes.size() < type.bytes()) bytes.insert(bytes.end(), element.begin(), element.end());
    return bytes;
}

Expected<Bytes> parse_constant(Line &line, const TensorType &type) {
    if (line.accept("fill")) return parse_filled(line, type);
    if (line.accept("elided")) {
        return line.fail("the constant was elided, expected its value (print it with weights)");
    }
    if (line.accept("base64")) {
        EMBARK_ASSIGN(const std::string text, line.string());
        auto bytes = decode_base64(text);
        if (!bytes) return line.fail("string is not base64");
        return std::move(*bytes);
    }
    EMBARK_RETURN_IF_ERROR(line.expect("["));
    Bytes bytes;
    while (!line.accept("]")) {
        if (!bytes.empty()) EMBARK_RETURN_IF_ERROR(line.expect(","));
        EMBARK_RETURN_IF_ERROR(append_element(line, type.type, bytes));
    }
    return bytes;
}

bool is_integer(std::string_view text) {
    return text.find_first_not_of("+-0123456789") == std::string_view::npos;
}

Expected<AttributeValue> parse_attribute(Line &line) {
    if (line.next_is('"')) {
        EMBARK_ASSIGN(std::string text, line.string());
        return AttributeValue(std::move(text));
    }
    if (line.accept("floats[]")) return AttributeValue(std::vector<double>{});
    if (line.next_is('[')) {
        Line again = line;
        if (auto integers = parse_list<int64_t>(line, "an integer"); integers.ok()) {
            return AttributeValue(std::move(integers).value());
        }
        line = again;
        EMBARK_ASSIGN(auto floats, parse_list<double>(line, "a number"));
        return AttributeValue(std::move(floats));
    }
    Line before = line;
    const std::string_view text = line.number_text();
    int64_t integer = 0;
    double real = 0;
    if (is_integer(text) && parse_number(text, integer)) return AttributeValue(integer);
    if (!is_integer(text) && parse_number(text, real)) return AttributeValue(real);
    return before.expected("a number, a string or a list");
}

/// Builds the graph line by line.
class Parser {
  public:
    Status parse_line(Line line);
    Expected<Graph> finish();

  private:
    Status declare(const Line &line, Declared declared);
    Status parse_const(Line &line);
    Status parse_node(Line &line);
    Status parse_inputs(Line &line, Node &node);
    Status parse_attributes(Line &line, Node &node);
    Status parse_outputs(Line &line, Node &node);

    Graph graph_;
    std::map<TensorId, Tensor> tensors_;
};

Status Parser::declare(const Line &line, Declared declared) {
    if (!tensors_.emplace(declared.id, std::move(declared.tensor)).second) {
        return line.fail(fmt::format("tensor %{} is declared twice", declared.id));
    }
    return Ok{};
}

Status Parser::parse_const(Line &line) {
    EMBARK_ASSIGN(Declared declared, parse_tensor(line));
    EMBARK_RETURN_IF_ERROR(line.expect("="));
    const TensorType &type = declared.tensor.type;
    EMBARK_ASSIGN(Bytes bytes, parse_constant(line, type));
    if (bytes.size() != type.bytes()) {
        return line.fail(fmt::format("constant has {} bytes, expected {} for {} {}", bytes.size(),
                                     type.bytes(), to_string(type.type), to_string(type.shape)));
    }
    declared.tensor.data = std::make_shared<const Bytes>(std::move(bytes));
    return declare(line, std::move(declared));
}

Status Parser::parse_inputs(Line &line, Node &node) {
    EMBARK_RETURN_IF_ERROR(line.expect("("));
    while (!line.accept(")")) {
        if (!node.inputs.empty()) EMBARK_RETURN_IF_ERROR(line.expect(","));
        if (line.accept("-")) {
            node.inputs.push_back(kNoTensor);
            continue;
        }
        EMBARK_ASSIGN(const TensorId id, parse_id(line));
        node.inputs.push_back(id);
    }
    return Ok{};
}

Status Parser::parse_attributes(Line &line, Node &node) {
    if (!line.accept("{")) return Ok{};
    while (!line.accept("}")) {
        if (!node.attributes.empty()) EMBARK_RETURN_IF_ERROR(line.expect(","));
        const std::string name(line.word());
        if (name.empty()) return line.expected("an attribute's name");
        EMBARK_RETURN_IF_ERROR(line.expect("="));
        EMBARK_ASSIGN(AttributeValue value, parse_attribute(line));
        if (!node.attributes.emplace(name, std::move(value)).second) {
            return line.fail(fmt::format("attribute {} is given twice", name));
        }
    }
    return Ok{};
}

Status Parser::parse_outputs(Line &line, Node &node) {
    if (!line.accept("->")) return Ok{};
    do {
        EMBARK_ASSIGN(Declared declared, parse_tensor(line));
        node.outputs.push_back(declared.id);
        EMBARK_RETURN_IF_ERROR(declare(line, std::move(declared)));
    } while (line.accept(","));
    return Ok{};
}

Status Parser::parse_node(Line &line) {
    Node node;
    EMBARK_ASSIGN(node.name, line.string());
    node.op = std::string(line.word());
    if (node.op.empty()) return line.expected("an operator's name");
    EMBARK_RETURN_IF_ERROR(parse_inputs(line, node));
    EMBARK_RETURN_IF_ERROR(parse_attributes(line, node));
    if (line.accept("source")) {
        EMBARK_ASSIGN(node.source, line.string());
    }
    EMBARK_RETURN_IF_ERROR(parse_outputs(line, node));
    graph_.nodes.push_back(std::move(node));
    return Ok{};
}

Status Parser::parse_line(Line line) {
    if (line.at_end()) return Ok{};
    Line start = line;
    const std::string_view keyword = line.word();
    if (keyword == "graph") {
        EMBARK_ASSIGN(graph_.name, line.string());
    } else if (keyword == "input") {
        EMBARK_ASSIGN(Declared declared, parse_tensor(line));
        graph_.inputs.push_back(declared.id);
        EMBARK_RETURN_IF_ERROR(declare(line, std::move(declared)));
    } else if (keyword == "state") {
        EMBARK_ASSIGN(Declared declared, parse_tensor(line));
        EMBARK_RETURN_IF_ERROR(line.expect("becomes"));
        EMBARK_ASSIGN(const TensorId after, parse_id(line));
        graph_.states.push_back({declared.id, after});
        EMBARK_RETURN_IF_ERROR(declare(line, std::move(declared)));
    } else if (keyword == "tensor") {
        EMBARK_ASSIGN(Declared declared, parse_tensor(line));
        EMBARK_RETURN_IF_ERROR(declare(line, std::move(declared)));
    } else if (keyword == "const") {
        EMBARK_RETURN_IF_ERROR(parse_const(line));
    } else if (keyword == "node") {
        EMBARK_RETURN_IF_ERROR(parse_node(line));
    } else if (keyword == "output") {
        EMBARK_ASSIGN(const TensorId id, parse_id(line));
        graph_.outputs.push_back(id);
    } else {
        return start.expected("graph, input, state, const, tensor, node or output");
    }
    if (!line.at_end()) return line.expected("the end of the line");
    return Ok{};
}

Expected<Graph> Parser::finish() {
    for (auto &[id, tensor] : tensors_) {
        if (static_cast<size_t>(id) != graph_.tensors.size()) {
            return make_error(
                ErrorCode::kInvalid,
                fmt::format("tensor %{} is never declared, but %{} is", graph_.tensors.size(), id));
        }
        graph_.add_tensor(std::move(tensor));
    }
    if (Status status = verify_structure(graph_); !status.ok()) {
        Error error = std::move(status).error();
        error.code = ErrorCode::kInvalid;  // here the text is at fault
        return error;
    }
    return std::move(graph_);
}

}  // namespace

Expected<Graph> parse(std::string_view text) {
    Parser parser;
    int number = 1;
    while (!text.empty()) {
        const size_t end = text.find('\n');
        std::string_view line = text.substr(0, end);
        if (line.ends_with('\r')) line.remove_suffix(1);
        EMBARK_RETURN_IF_ERROR(parser.parse_line(Line(line, number++)));
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    }
    return parser.finish();
}

}  // namespace embark
