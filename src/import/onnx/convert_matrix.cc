// Matrix products: Gemm, MatMul, MatMulInteger, Einsum.

#include <fmt/format.h>

#include <algorithm>

#include "import/onnx/converters.h"

namespace embark::onnx {

namespace {

/// An operand of matmul: as it is, or with its last two axes swapped when it is stored so.
struct MatrixOperand {
    TensorId id;
    bool swapped;
};

Expected<MatrixOperand> matrix_operand(Builder &builder, const Value &value) {
    if (value.rank() >= 2 && !is_natural(value)) {
        std::vector<size_t> perm = natural_order(value.rank());
        std::swap(perm[perm.size() - 1], perm[perm.size() - 2]);
        const Value swapped = transposed(value, perm);
        if (is_natural(swapped)) {
            EMBARK_ASSIGN(const TensorId id, builder.natural(swapped));
            return MatrixOperand{id, true};
        }
    }
    EMBARK_ASSIGN(const TensorId id, builder.natural(value));
    return MatrixOperand{id, false};
}

/// x [rows, in] times constant weights [out, in], in whatever order x's columns are stored: the
/// columns of the weights follow.
Expected<Value> dense(Builder &builder, const Value &x, const Value &weights, TensorId bias) {
    Value rows = x, columns = weights;
    std::vector<size_t> order;
    if (x.axes[1].size() > 1) {
        Shape split = {x.shape[0]}, split_weights = {weights.shape[0]};
        for (const Factor &factor : x.axes[1]) {
            split.push_back(factor.extent);
            split_weights.push_back(factor.extent);
        }
        EMBARK_ASSIGN(rows, builder.reshape(x, split));
        EMBARK_ASSIGN(columns, builder.reshape(weights, split_weights));
        for (const auto &[factor, axis] : storage_order(rows)) {
            if (axis > 0 && (order.empty() || order.back() != axis)) order.push_back(axis);
        }
    } else {
        order = {1};
    }
    const Groups groups = {{0}, order};
    EMBARK_ASSIGN(const TensorId input, builder.lay_out(rows, groups));
    EMBARK_ASSIGN(const TensorId matrix, builder.lay_out(columns, groups));
    EMBARK_ASSIGN(const TensorId id, builder.emit("dense", {input, matrix, bias}));
    return stored_naturally(id, {x.shape[0], weights.shape[0]});
}

Value swapped_matrix(const Value &value) {
    return transposed(value, {1, 0});
}

}  // namespace

Expected<Value> matmul(Builder &builder, const Value &a, const Value &b) {
    const bool weights = builder.is_constant(b) && b.rank() == 2 && a.rank() >= 2 &&
                         !builder.is_constant(a) && builder.type_of(a) == DataType::kFloat32 &&
                         a.shape.back() == b.shape[0];
    if (weights) {
        EMBARK_ASSIGN(const Value rows,
                      builder.reshape(a, {a.elements() / a.shape.back(), a.shape.back()}));
        EMBARK_ASSIGN(const Value product, dense(builder, rows, swapped_matrix(b), kNoTensor));
        Shape shape = a.shape;
        shape.back() = b.shape[1];
        return builder.reshape(product, shape);
    }
    EMBARK_ASSIGN(const MatrixOperand left, matrix_operand(builder, a));
    EMBARK_ASSIGN(const MatrixOperand right, matrix_operand(builder, b));
    Attributes attributes;
    if (left.swapped) attributes["transpose_a"] = int64_t{1};
    if (right.swapped) attributes["transpose_b"] = int64_t{1};
    EMBARK_ASSIGN(const TensorId id,
                  builder.emit("matmul", {left.id, right.id}, std::move(attributes)));
    return stored_naturally(id, builder.tensor(id).type.shape);
}

Status convert_matmul(Context &c) {
    return c.give(matmul(c.builder, c.in(0), c.in(1)));
}

namespace {

/// A constant addend [out], [1,out], [1] or [] of a dense layer, scaled; kNoTensor when it is none.
Expected<TensorId> gemm_bias(Context &c, int64_t outputs, double beta) {
    if (!c.has(2) || !c.constant(2)) return kNoTensor;
    const Value &addend = c.in(2);
    const int64_t count = addend.elements();
    const bool row = addend.rank() == 0 || addend.shape.back() == count;
    if (!row || (count != outputs && count != 1)) return kNoTensor;
    EMBARK_ASSIGN(std::vector<double> numbers, c.builder.numbers_of(addend));
    if (count != outputs) numbers.assign(static_cast<size_t>(outputs), numbers[0]);
    for (double &number : numbers) number *= beta;
    return c.builder.numbers({outputs}, numbers, DataType::kFloat32);
}

}  // namespace

Status convert_gemm(Context &c) {
    if (c.in(0).rank() != 2 || c.in(1).rank() != 2) {
        return make_error(ErrorCode::kInvalid,
                          fmt::format("multiplies {} and {}, expected matrices",
                                      to_string(c.in(0).shape), to_string(c.in(1).shape)));
    }
    const Value a = c.int_of("transA", 0) != 0 ? swapped_matrix(c.in(0)) : c.in(0);
    const Value b = c.int_of("transB", 0) != 0 ? swapped_matrix(c.in(1)) : c.in(1);
    const double alpha = c.float_of("alpha", 1), beta = c.float_of("beta", 1);
    if (a.shape[1] != b.shape[0]) {
        return make_error(ErrorCode::kInvalid,
                          fmt::format("multiplies {} and {}, expected as many columns as rows",
                                      to_string(a.shape), to_string(b.shape)));
    }
    TensorId bias = kNoTensor;
    Value product;
    const bool weights = c.constant(1) && !c.constant(0) && c.type() == DataType::kFloat32;
    if (weights) {
        EMBARK_ASSIGN(bias, gemm_bias(c, b.shape[1], beta));
        Value matrix = swapped_matrix(b);
        if (alpha != 1) {
            EMBARK_ASSIGN(matrix, apply(c.builder, "multiply", matrix, alpha));
        }
        EMBARK_ASSIGN(product, dense(c.builder, a, matrix, bias));
    } else {
        EMBARK_ASSIGN(product, matmul(c.builder, a, b));
        if (alpha != 1) {
            EMBARK_ASSIGN(product, apply(c.builder, "multiply", product, alpha));
        }
    }
    if (!c.has(2) || bias != kNoTensor) return c.give(product);
    Value addend = c.in(2);
    if (beta != 1) {
        EMBARK_ASSIGN(addend, apply(c.builder, "multiply", addend, beta));
    }
    return c.give(apply(c.builder, "add", {product, addend}));
}

Status convert_matmul_integer(Context &c) {
    std::vector<TensorId> ids;
    for (size_t i = 0; i < 4; ++i) {
        if (!c.has(i)) {
            ids.push_back(kNoTensor);
            continue;
        }
        EMBARK_ASSIGN(const TensorId id, c.builder.natural(c.in(i)));
        ids.push_back(id);
    }
    EMBARK_ASSIGN(const TensorId id, c.builder.emit("matmul_integer", ids));
    return c.give(stored_naturally(id, c.builder.tensor(id).type.shape));
}

namespace {

/// The letters of one operand; '0' to '9' stand for the axes of an ellipsis.
using Labels = std::string;

struct Equation {
    std::vector<Labels> operands;
    Labels result;
};

/// Replaces "..." by digits, the last axis always 9.
Expected<Labels> expand_ellipsis(const std::string &text, size_t rank) {
    Labels labels;
    for (const char letter : text) {
        if (letter != ' ') labels += letter;
    }
    const size_t at = labels.find("...");
    if (at == std::string::npos) return labels;
    const size_t named = labels.size() - 3;
    if (rank < named || rank - named > 9) {
        return make_error(ErrorCode::kInvalid,
                          fmt::format("term '{}' has more letters than {} axes", text, rank));
    }
    Labels digits;
    for (size_t i = rank - named; i > 0; --i) digits += static_cast<char>('0' + 10 - i);
    return labels.replace(at, 3, digits);
}

Labels implied_result(const std::vector<Labels> &operands) {
    Labels all;
    for (const Labels &labels : operands) all += labels;
    Labels result;
    for (const char letter : all) {
        if (std::isdigit(letter) != 0) {
            if (result.find(letter) == std::string::npos) result += letter;
        } else if (std::count(all.begin(), all.end(), letter) == 1) {
            result += letter;
        }
    }
    std::sort(result.begin(), result.end());
    return result;
}

Expected<Equation> parse_equation(Context &c) {
    const std::string text = c.string_of("equation", "");
    const size_t arrow = text.find("->");
    std::string left = text.substr(0, arrow);
    Equation equation;
    for (const Value &value : c.inputs) {
        const size_t comma = left.find(',');
        EMBARK_ASSIGN(Labels labels, expand_ellipsis(left.substr(0, comma), value.rank()));
        if (labels.size() != value.rank()) {
            return make_error(ErrorCode::kInvalid,
                              fmt::format("equation '{}' does not fit an operand of {} axes", text,
                                          value.rank()));
        }
        equation.operands.push_back(std::move(labels));
        left = comma == std::string::npos ? "" : left.substr(comma + 1);
    }
    if (arrow == std::string::npos) {
        equation.result = implied_result(equation.operands);
        return equation;
    }
    size_t ellipsis = 0;
    for (const Labels &labels : equation.operands) {
        const auto digits = std::count_if(labels.begin(), labels.end(),
                                          [](char l) { return l >= '0' && l <= '9'; });
        ellipsis = std::max(ellipsis, static_cast<size_t>(digits));
    }
    const std::string right = text.substr(arrow + 2);
    const auto letters = static_cast<size_t>(
        std::count_if(right.begin(), right.end(), [](char l) { return l != '.' && l != ' '; }));
    EMBARK_ASSIGN(equation.result, expand_ellipsis(right, letters + ellipsis));
    return equation;
}

/// The diagonal of two axes with the same letter.
Expected<Value> diagonal(Builder &builder, Value value, Labels &labels) {
    for (size_t i = 0; i < labels.size(); ++i) {
        const size_t j = labels.find(labels[i], i + 1);
        if (j == std::string::npos) continue;
        std::vector<size_t> perm;
        for (size_t axis = 0; axis < labels.size(); ++axis) {
            if (axis != i && axis != j) perm.push_back(axis);
        }
        perm.push_back(i);
        perm.push_back(j);
        const int64_t extent = value.shape[i];
        Labels next;
        Shape flat, size;
        for (size_t axis = 0; axis + 2 < perm.size(); ++axis) {
            next += labels[perm[axis]];
            flat.push_back(value.shape[perm[axis]]);
        }
        next += labels[i];
        size = flat;
        flat.push_back(extent * extent);
        size.push_back(extent);
        EMBARK_ASSIGN(const Value matrix, builder.reshape(transposed(value, perm), flat));
        std::vector<int64_t> start(flat.size(), 0), step(flat.size(), 1);
        step.back() = extent + 1;
        EMBARK_ASSIGN(value, sliced(builder, matrix, start, step, size));
        labels = next;
        return diagonal(builder, value, labels);
    }
    return value;
}

/// \p value with one axis per letter of \p order; letters that it lacks have extent 1.
Expected<Value> aligned(Builder &builder, const Value &value, const Labels &labels,
                        const Labels &order) {
    std::vector<size_t> perm;
    Shape shape;
    for (const char letter : order) {
        const size_t at = labels.find(letter);
        shape.push_back(at == std::string::npos ? 1 : value.shape[at]);
        if (at != std::string::npos) perm.push_back(at);
    }
    return builder.reshape(transposed(value, perm), shape);
}

/// Sums over the letters that nobody else needs.
Expected<Value> sum_out(Builder &builder, const Value &value, Labels &labels,
                        const Labels &needed) {
    std::vector<size_t> axes;
    Labels kept;
    for (size_t i = 0; i < labels.size(); ++i) {
        if (needed.find(labels[i]) == std::string::npos) {
            axes.push_back(i);
        } else {
            kept += labels[i];
        }
    }
    labels = kept;
    if (axes.empty()) return value;
    return reduce(builder, "reduce_sum", value, axes, false);
}

/// The letters of \p labels for which \p a and \p b hold as asked.
template <typename Test>
Labels filtered(const Labels &labels, Test test) {
    Labels result;
    for (const char letter : labels) {
        if (test(letter)) result += letter;
    }
    return result;
}

int64_t extent_of(const Value &value, const Labels &labels, const Labels &group) {
    int64_t count = 1;
    for (const char letter : group) count *= value.shape[labels.find(letter)];
    return count;
}

/// Two operands as one batched matrix product; the result's letters come back in \p labels.
Expected<Value> contract(Builder &builder, const Value &a, Labels &labels, const Value &b,
                         const Labels &other, const Labels &needed) {
    const auto in = [](const Labels &set) {
        return [&set](char letter) { return set.find(letter) != std::string::npos; };
    };
    const Labels common = filtered(labels, in(other));
    const Labels batch = filtered(common, in(needed));
    const Labels inner = filtered(common, [&](char l) { return !in(needed)(l); });
    const Labels rows = filtered(labels, [&](char l) { return !in(other)(l); });
    const Labels columns = filtered(other, [&](char l) { return !in(labels)(l); });
    for (const char letter : common) {
        if (a.shape[labels.find(letter)] == b.shape[other.find(letter)]) continue;
        // Broadcast: multiply and sum instead.
        const Labels all = batch + rows + columns + inner;
        EMBARK_ASSIGN(const Value left, aligned(builder, a, labels, all));
        EMBARK_ASSIGN(const Value right, aligned(builder, b, other, all));
        EMBARK_ASSIGN(const Value product, apply(builder, "multiply", {left, right}));
        labels = all;
        return sum_out(builder, product, labels, needed);
    }
    EMBARK_ASSIGN(const Value left, aligned(builder, a, labels, batch + rows + inner));
    EMBARK_ASSIGN(const Value right, aligned(builder, b, other, batch + inner + columns));
    const int64_t n = extent_of(a, labels, batch), m = extent_of(a, labels, rows);
    const int64_t k = extent_of(a, labels, inner), p = extent_of(b, other, columns);
    EMBARK_ASSIGN(const Value x, builder.reshape(left, {n, m, k}));
    EMBARK_ASSIGN(const Value y, builder.reshape(right, {n, k, p}));
    EMBARK_ASSIGN(const Value product, matmul(builder, x, y));
    Shape shape;
    for (const char l : batch + rows) shape.push_back(a.shape[labels.find(l)]);
    for (const char l : columns) shape.push_back(b.shape[other.find(l)]);
    labels = batch + rows + columns;
    return builder.reshape(product, shape);
}

}  // namespace

Status convert_einsum(Context &c) {
    EMBARK_RETURN_IF_ERROR(c.check_all_present());
    EMBARK_ASSIGN(Equation equation, parse_equation(c));
    Value result;
    Labels labels;
    for (size_t i = 0; i < c.inputs.size(); ++i) {
        Labels own = equation.operands[i];
        Labels needed = equation.result;
        for (size_t j = i + 1; j < c.inputs.size(); ++j) needed += equation.operands[j];
        EMBARK_ASSIGN(Value value, diagonal(c.builder, c.in(i), own));
        EMBARK_ASSIGN(value, sum_out(c.builder, value, own, needed + labels));
        if (i == 0) {
            result = value;
            labels = own;
            continue;
        }
        EMBARK_ASSIGN(result, contract(c.builder, result, labels, value, own, needed));
    }
    EMBARK_ASSIGN(result, sum_out(c.builder, result, labels, equation.result));
    if (labels.size() != equation.result.size()) {
        return make_error(ErrorCode::kInvalid, "the result has letters that no operand has");
    }
    return c.give(aligned(c.builder, result, labels, equation.result));
}

}  // namespace embark::onnx
