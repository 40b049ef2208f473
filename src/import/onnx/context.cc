#include "import/onnx/context.h"

#include <fmt/format.h>

#include <algorithm>

#include "import/onnx/converters.h"
#include "import/onnx/onnx_importer.h"

namespace embark::onnx {

namespace {

constexpr OperatorDefinition kOperators[] = {
#define EMBARK_ONNX_OP(domain, op, least, constants, convert, becomes) \
    {domain, op, least, constants, convert, becomes},
#include "import/onnx/operators.def"
};

}  // namespace

std::span<const OperatorDefinition> all_operators() {
    return kOperators;
}

std::vector<SourceOperator> source_operators() {
    std::vector<SourceOperator> list;
    for (const OperatorDefinition &row : kOperators) {
        const std::string domain = row.domain.empty() ? "" : std::string(row.domain) + ".";
        list.push_back({domain + std::string(row.op), row.becomes});
    }
    return list;
}

const OperatorDefinition *find_operator(std::string_view domain, std::string_view op) {
    for (const OperatorDefinition &row : kOperators) {
        if (row.op == op && row.domain == domain) return &row;
    }
    return nullptr;
}

Status Context::give(Expected<Value> value, size_t output) {
    if (!value.ok()) return std::move(value).error();
    if (outputs.size() <= output) outputs.resize(output + 1);
    outputs[output] = std::move(value).value();
    return Ok{};
}

const AttributeDef *Context::attribute(std::string_view name) const {
    const AttributeDef *found = node.find(name);
    if (found == nullptr || found->reference.empty()) return found;
    if (arguments == nullptr) return nullptr;
    for (const AttributeDef &argument : *arguments) {
        if (argument.name == found->reference) return &argument;
    }
    return nullptr;
}

int64_t Context::int_of(std::string_view name, int64_t fallback) const {
    const AttributeDef *found = attribute(name);
    return found != nullptr && found->kind == AttributeDef::Kind::kInt ? found->i : fallback;
}

double Context::float_of(std::string_view name, double fallback) const {
    const AttributeDef *found = attribute(name);
    return found != nullptr && found->kind == AttributeDef::Kind::kFloat ? double{found->f}
                                                                         : fallback;
}

std::string Context::string_of(std::string_view name, std::string_view fallback) const {
    const AttributeDef *found = attribute(name);
    return found != nullptr && found->kind == AttributeDef::Kind::kString ? found->s
                                                                          : std::string(fallback);
}

std::vector<int64_t> Context::ints_of(std::string_view name, std::vector<int64_t> fallback) const {
    const AttributeDef *found = attribute(name);
    return found != nullptr && found->kind == AttributeDef::Kind::kInts ? found->ints : fallback;
}

Expected<std::optional<std::vector<int64_t>>> Context::list(size_t input,
                                                            std::string_view attribute_name) {
    using Result = std::optional<std::vector<int64_t>>;
    if (has(input)) {
        if (!constant(input)) {
            return make_error(ErrorCode::kUnsupported,
                              fmt::format("input '{}' must be a constant", node.inputs[input]));
        }
        EMBARK_ASSIGN(std::vector<int64_t> values, builder.ints_of(in(input)));
        return Result(std::move(values));
    }
    const AttributeDef *found = attribute_name.empty() ? nullptr : attribute(attribute_name);
    if (found == nullptr || found->kind != AttributeDef::Kind::kInts) return Result();
    return Result(found->ints);
}

Expected<double> Context::number(size_t input, double fallback) {
    if (!has(input)) return fallback;
    if (!constant(input)) {
        return make_error(ErrorCode::kUnsupported,
                          fmt::format("input '{}' must be a constant", node.inputs[input]));
    }
    EMBARK_ASSIGN(const std::vector<double> values, builder.numbers_of(in(input)));
    if (values.size() == 1) return values[0];
    return make_error(ErrorCode::kInvalid, fmt::format("input '{}' has {} elements, expected 1",
                                                       node.inputs[input], values.size()));
}

Status Context::check_all_present() const {
    for (size_t i = 0; i < inputs.size(); ++i) {
        if (has(i)) continue;
        return make_error(ErrorCode::kInvalid, fmt::format("input {} is absent", i));
    }
    return Ok{};
}

Expected<size_t> Context::axis(int64_t axis, size_t rank) const {
    const auto count = static_cast<int64_t>(rank);
    if (axis >= -count && axis < count) return static_cast<size_t>(axis < 0 ? axis + count : axis);
    return make_error(ErrorCode::kInvalid,
                      fmt::format("axis is {}, expected one of {} axes", axis, rank));
}

Expected<std::vector<size_t>> Context::axes(const std::vector<int64_t> &list, size_t rank) const {
    std::vector<size_t> result;
    for (const int64_t entry : list) {
        EMBARK_ASSIGN(const size_t found, axis(entry, rank));
        result.push_back(found);
    }
    std::sort(result.begin(), result.end());
    if (std::adjacent_find(result.begin(), result.end()) == result.end()) return result;
    return make_error(ErrorCode::kInvalid,
                      fmt::format("axes are {}, expected each once", to_string(list)));
}

}  // namespace embark::onnx
