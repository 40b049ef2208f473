#include "import/tflite/dilation.h"

#include <algorithm>

namespace embark::tflite {

namespace {

using schema::BuiltinOperator;

/// Who makes and who reads each tensor of the file.
struct Uses {
    std::map<int32_t, size_t> producer;
    std::map<int32_t, std::vector<size_t>> readers;  ///< an output of the network counts, too
};

Uses uses_of(const schema::SubGraph &subgraph) {
    constexpr size_t kOutside = SIZE_MAX;
    Uses uses;
    for (flatbuffers::uoffset_t i = 0; i < subgraph.operators()->size(); ++i) {
        const schema::Operator &op = *subgraph.operators()->Get(i);
        if (op.inputs()) {
            for (const int32_t index : *op.inputs()) uses.readers[index].push_back(i);
        }
        if (op.outputs()) {
            for (const int32_t index : *op.outputs()) uses.producer[index] = i;
        }
    }
    if (subgraph.outputs()) {
        for (const int32_t index : *subgraph.outputs()) uses.readers[index].push_back(kOutside);
    }
    return uses;
}

/// The only reader of the operator's only output.
std::optional<size_t> sole_reader(const Uses &uses, const schema::Operator &op) {
    if (op.outputs() == nullptr || op.outputs()->size() != 1) return {};
    const auto found = uses.readers.find(op.outputs()->Get(0));
    if (found == uses.readers.end() || found->second.size() != 1) return {};
    return found->second[0];
}

bool can_dilate(BuiltinOperator code, const schema::Operator &op) {
    if (code == BuiltinOperator::CONV_2D) {
        const auto *options = op.builtin_options_as_Conv2DOptions();
        return options != nullptr && options->padding() == schema::Padding::VALID &&
               options->stride_h() == 1 && options->stride_w() == 1 &&
               options->dilation_h_factor() == 1 && options->dilation_w_factor() == 1;
    }
    if (code != BuiltinOperator::DEPTHWISE_CONV_2D) return false;
    const auto *options = op.builtin_options_as_DepthwiseConv2DOptions();
    return options != nullptr && options->padding() == schema::Padding::VALID &&
           options->stride_h() == 1 && options->stride_w() == 1 &&
           options->dilation_h_factor() == 1 && options->dilation_w_factor() == 1;
}

/// Block or margins of an operator with three inputs, of \p count numbers in [0, 2^20].
std::optional<std::vector<int64_t>> numbers(TensorTable &tensors, const schema::Operator &op,
                                            size_t position, size_t count) {
    if (op.inputs() == nullptr || op.inputs()->size() != 3) return {};
    const int32_t index = op.inputs()->Get(static_cast<flatbuffers::uoffset_t>(position));
    if (index < 0 || !tensors.has_data(index)) return {};
    auto values = tensors.integers(index);
    if (!values.ok() || values->size() != count) return {};
    const bool sound = std::all_of(values->begin(), values->end(),
                                   [](int64_t v) { return v >= 0 && v <= (1 << 20); });
    if (!sound) return {};
    return std::move(values).value();
}

/// The dilation of convolution between \p before and \p after.
std::optional<Dilation> dilation_of(TensorTable &tensors, const schema::Operator &before,
                                    const schema::Operator &after) {
    const auto block = numbers(tensors, before, 1, 2), same = numbers(tensors, after, 1, 2);
    const auto pad = numbers(tensors, before, 2, 4), crop = numbers(tensors, after, 2, 4);
    if (!block || !pad || !crop || block != same || (*block)[0] < 1 || (*block)[1] < 1) return {};
    Dilation dilation{before.inputs()->Get(0), after.outputs()->Get(0), *block, {}};
    for (size_t i = 0; i < 4; ++i) {
        // Without stride, a row cut off the output is a row less of padding.
        const int64_t margin = (*pad)[i] - (*crop)[i];
        if (margin < 0) return {};
        dilation.padding.push_back(margin);
    }
    return dilation;
}

}  // namespace

BuiltinOperator code_of(const schema::Model &model, const schema::Operator &op) {
    const schema::OperatorCode &code = *model.operator_codes()->Get(op.opcode_index());
    // Old files have the first field alone; new ones put 127 there when the code is above.
    return std::max(code.builtin_code(),
                    static_cast<BuiltinOperator>(code.deprecated_builtin_code()));
}

DilationPlan find_dilations(const schema::Model &model, const schema::SubGraph &subgraph,
                            TensorTable &tensors) {
    DilationPlan plan;
    if (subgraph.operators() == nullptr) return plan;
    const auto &operators = *subgraph.operators();
    const auto code_at = [&](size_t i) {
        return code_of(model, *operators.Get(static_cast<flatbuffers::uoffset_t>(i)));
    };
    const auto at = [&](size_t i) -> const schema::Operator & {
        return *operators.Get(static_cast<flatbuffers::uoffset_t>(i));
    };
    const bool any = std::any_of(operators.begin(), operators.end(), [&](const auto *op) {
        return code_of(model, *op) == BuiltinOperator::SPACE_TO_BATCH_ND;
    });
    if (!any) return plan;
    const Uses uses = uses_of(subgraph);
    for (size_t i = 0; i < operators.size(); ++i) {
        if (code_at(i) != BuiltinOperator::SPACE_TO_BATCH_ND) continue;
        const auto convolution = sole_reader(uses, at(i));
        if (!convolution || *convolution >= operators.size() || *convolution <= i) continue;
        const schema::Operator &inner = at(*convolution);
        if (!can_dilate(code_at(*convolution), inner)) continue;
        if (inner.inputs()->Get(0) != at(i).outputs()->Get(0)) continue;
        const auto after = sole_reader(uses, inner);
        if (!after || *after >= operators.size() || *after <= *convolution) continue;
        if (code_at(*after) != BuiltinOperator::BATCH_TO_SPACE_ND) continue;
        const schema::Operator &last = at(*after);
        if (last.inputs()->Get(0) != inner.outputs()->Get(0) || last.outputs() == nullptr ||
            last.outputs()->size() != 1) {
            continue;
        }
        const auto dilation = dilation_of(tensors, at(i), last);
        if (!dilation) continue;
        plan.convolutions.emplace(*convolution, *dilation);
        plan.absorbed.insert(i);
        plan.absorbed.insert(*after);
    }
    return plan;
}

}  // namespace embark::tflite
