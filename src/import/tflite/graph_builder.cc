#include "import/tflite/graph_builder.h"

#include <fmt/format.h>

#include <algorithm>

#include "import/tflite/dilation.h"
#include "ops/registry.h"

namespace embark::tflite {

namespace {

using schema::BuiltinOperator;

constexpr size_t kMaxFaults = 1000;
constexpr size_t kMaxOperands = 1 << 22;  // of all operators: files may share one list many times
constexpr size_t kMaxDescribed = 8;       // operands of one operator in a message

class Builder {
  public:
    Builder(const schema::Model &model, const schema::SubGraph &subgraph, uint64_t file_bytes,
            Graph &graph, Diagnostics &diagnostics)
        : model_(model),
          subgraph_(subgraph),
          graph_(graph),
          diagnostics_(diagnostics),
          file_bytes_(file_bytes),
          tensors_(model, subgraph, graph, file_bytes) {}

    void run() {
        const size_t faults = diagnostics_.errors().size();
        check_references();
        if (diagnostics_.errors().size() > faults) return;
        state_.assign(subgraph_.tensors() ? subgraph_.tensors()->size() : 0, State::kSound);
        dilations_ = find_dilations(model_, subgraph_, tensors_);
        find_open_extents();
        add_inputs();
        variables_.prepare(model_, subgraph_, file_bytes_, diagnostics_);
        for (size_t i = 0; i < operator_count(); ++i) convert(i);
        add_outputs();
        if (!diagnostics_.has_errors()) add_states();
        if (!diagnostics_.has_errors()) remark();
    }

  private:
    /// What may be said of a tensor's readers.
    enum class State : uint8_t {
        kSound,
        kAssumed,  ///< made by an operator that embark lacks, as the file says it is
        kMissing,  ///< could not be made: its readers are skipped
    };

    size_t operator_count() const {
        return subgraph_.operators() ? subgraph_.operators()->size() : 0;
    }
    const schema::Operator &operator_at(size_t i) const {
        return *subgraph_.operators()->Get(static_cast<flatbuffers::uoffset_t>(i));
    }
    State &state(int32_t index) { return state_[static_cast<size_t>(index)]; }

    void check_references();
    void check_operator(size_t i);
    void find_open_extents();
    void add_inputs();
    void add_outputs();
    void add_states();
    void convert(size_t i);
    Expected<std::vector<TensorId>> convert_operator(size_t i, OperatorContext &context);
    Status accept(const OperatorContext &context, size_t position, TensorId id, size_t first_made);
    void report(size_t i, const OperatorContext &context, Error error, bool assumed);
    std::string node_name(size_t i, int32_t output);
    std::string place_of(size_t i) const;
    std::string source_of(const schema::Operator &op) const;
    std::string operands_of(const schema::Operator &op) const;
    void assume_outputs(const OperatorContext &context, ErrorCode code);
    void remark();

    const schema::Model &model_;
    const schema::SubGraph &subgraph_;
    Graph &graph_;
    Diagnostics &diagnostics_;
    uint64_t file_bytes_;
    TensorTable tensors_;
    Variables variables_;
    NameTable names_;
    Remarks remarks_;
    DilationPlan dilations_;
    std::vector<State> state_;
    bool dynamic_ = false;      ///< an extent somewhere is unknown to the file
    bool open_inputs_ = false;  ///< one of an input, other than the batch
};

std::string Builder::source_of(const schema::Operator &op) const {
    const BuiltinOperator code = code_of(model_, op);
    if (code == BuiltinOperator::CUSTOM) {
        const auto *name = model_.operator_codes()->Get(op.opcode_index())->custom_code();
        return fmt::format("CUSTOM {}", name ? clean_text(name) : "?");
    }
    const char *name = schema::EnumNameBuiltinOperator(code);
    return *name == '\0' ? fmt::format("operator code {}", static_cast<int>(code)) : name;
}

/// "operator 3 (CONV_2D) 'conv1'", after the operator's first output.
std::string Builder::place_of(size_t i) const {
    const schema::Operator &op = operator_at(i);
    std::string name;
    if (op.outputs() && op.outputs()->size() > 0 && tensors_.in_range(op.outputs()->Get(0))) {
        name = short_name(tensors_.file_tensor(op.outputs()->Get(0)));
    }
    return fmt::format("operator {} ({}){}", i, source_of(op),
                       name.empty() ? "" : fmt::format(" '{}'", name));
}

/// Checks all indices of the file, so that nothing later can leave a list.
void Builder::check_references() {
    const auto check_list = [&](const flatbuffers::Vector<int32_t> *list, const char *what) {
        for (size_t i = 0; list != nullptr && i < list->size(); ++i) {
            const int32_t index = list->Get(static_cast<flatbuffers::uoffset_t>(i));
            if (tensors_.in_range(index)) continue;
            diagnostics_.error(ErrorCode::kInvalid, what,
                               fmt::format("lists tensor {}, which does not exist", index));
            return;
        }
    };
    check_list(subgraph_.inputs(), "inputs");
    check_list(subgraph_.outputs(), "outputs");
    size_t operands = 0;
    for (size_t i = 0; i < operator_count(); ++i) {
        const schema::Operator &op = operator_at(i);
        operands +=
            (op.inputs() ? op.inputs()->size() : 0) + (op.outputs() ? op.outputs()->size() : 0);
        if (operands > kMaxOperands) {
            diagnostics_.error(ErrorCode::kInvalid, "operators",
                               fmt::format("have more than {} operands", kMaxOperands));
            return;
        }
        if (diagnostics_.errors().size() < kMaxFaults) check_operator(i);
    }
}

void Builder::check_operator(size_t i) {
    const schema::Operator &op = operator_at(i);
    const auto *codes = model_.operator_codes();
    if (codes == nullptr || op.opcode_index() >= codes->size()) {
        diagnostics_.error(
            ErrorCode::kInvalid, fmt::format("operator {}", i),
            fmt::format("has the code {} of {}", op.opcode_index(), codes ? codes->size() : 0));
        return;
    }
    const auto check_list = [&](const flatbuffers::Vector<int32_t> *list, int32_t least) {
        for (size_t k = 0; list != nullptr && k < list->size(); ++k) {
            const int32_t index = list->Get(static_cast<flatbuffers::uoffset_t>(k));
            if (tensors_.in_range(index) || (index == least && index == -1)) continue;
            diagnostics_.error(ErrorCode::kInvalid, place_of(i),
                               fmt::format("lists tensor {}, which does not exist", index));
            return;
        }
    };
    check_list(op.inputs(), -1);
    check_list(op.outputs(), 0);
}

/// Unknown extents are -1 in a tensor's signature, and 1 in its shape.
void Builder::find_open_extents() {
    for (size_t i = 0; i < state_.size(); ++i) {
        const auto *signature = tensors_.file_tensor(static_cast<int32_t>(i)).shape_signature();
        if (signature == nullptr) continue;
        dynamic_ |= std::any_of(signature->begin(), signature->end(), [](int e) { return e < 0; });
    }
    for (size_t i = 0; subgraph_.inputs() != nullptr && i < subgraph_.inputs()->size(); ++i) {
        const int32_t index = subgraph_.inputs()->Get(static_cast<flatbuffers::uoffset_t>(i));
        const auto *signature = tensors_.file_tensor(index).shape_signature();
        if (signature == nullptr || signature->size() == 0) continue;
        // That the batch is open goes without saying.
        open_inputs_ |= std::any_of(signature->begin() + 1, signature->end(),
                                    [](int extent) { return extent < 0; });
    }
}

void Builder::add_inputs() {
    std::set<int32_t> seen;
    for (size_t i = 0; subgraph_.inputs() != nullptr && i < subgraph_.inputs()->size(); ++i) {
        const int32_t index = subgraph_.inputs()->Get(static_cast<flatbuffers::uoffset_t>(i));
        const schema::Tensor &tensor = tensors_.file_tensor(index);
        const std::string place = fmt::format("input {} '{}'", i, short_name(tensor));
        auto type = type_of(tensor);
        if (!type.ok()) {
            diagnostics_.error(type.error().code, place, type.error().message);
            state(index) = State::kMissing;
            continue;
        }
        if (!seen.insert(index).second || tensors_.has_data(index)) {
            diagnostics_.error(ErrorCode::kInvalid, place, "is listed twice or a constant");
            continue;
        }
        const bool empty = std::any_of(type->shape.begin(), type->shape.end(),
                                       [](int64_t extent) { return extent < 1; });
        if (empty) {
            diagnostics_.error(ErrorCode::kInvalid, place,
                               fmt::format("has shape {}, expected extents of at least 1",
                                           to_string(type->shape)));
            state(index) = State::kMissing;
            continue;
        }
        if (tensor.type() == schema::TensorType::INT4) {
            diagnostics_.error(ErrorCode::kUnsupported, place, "is int4, expected int8");
            continue;
        }
        std::string name = short_name(tensor);
        if (name.empty()) name = fmt::format("input_{}", i);
        const TensorId id = graph_.add_activation(names_.unique(name), std::move(*type));
        graph_.inputs.push_back(id);
        tensors_.set_value(index, id);
    }
}

void Builder::add_outputs() {
    if (subgraph_.outputs() == nullptr || subgraph_.outputs()->size() == 0) {
        diagnostics_.error(ErrorCode::kInvalid, "outputs", "are none, expected at least one");
        return;
    }
    for (const int32_t index : *subgraph_.outputs()) {
        if (state(index) == State::kMissing) continue;
        const auto id = tensors_.value(index);
        if (id.ok()) {
            graph_.outputs.push_back(*id);
        } else {
            diagnostics_.error(id.error().code, "outputs", id.error().message);
        }
    }
}

void Builder::add_states() {
    if (const Status status = variables_.finish(graph_); !status.ok()) {
        diagnostics_.error(status.error().code, "variables", status.error().message);
    }
}

std::string Builder::node_name(size_t i, int32_t output) {
    std::string name = short_name(tensors_.file_tensor(output));
    if (name.empty()) name = fmt::format("operator_{}", i);
    return names_.unique(name);
}

void Builder::convert(size_t i) {
    if (diagnostics_.errors().size() >= kMaxFaults || dilations_.absorbed.contains(i)) return;
    const schema::Operator &op = operator_at(i);
    OperatorContext context{graph_, tensors_, variables_, names_, remarks_, op, source_of(op), {}};
    const auto dilation = dilations_.convolutions.find(i);
    if (dilation != dilations_.convolutions.end()) {
        context.dilation = &dilation->second;
        context.outputs = {dilation->second.output};
    } else if (op.outputs() != nullptr) {
        context.outputs.assign(op.outputs()->begin(), op.outputs()->end());
    }
    if (!context.outputs.empty()) context.name = node_name(i, context.outputs[0]);
    bool assumed = false, missing = false;
    for (size_t k = 0; k < context.input_count(); ++k) {
        if (!context.has_input(k)) continue;
        const bool first = k == 0 && context.dilation != nullptr;
        const State read = state(first ? context.dilation->input : context.input_index(k));
        assumed |= read == State::kAssumed;
        missing |= read == State::kMissing;
    }
    if (missing && find_operator(code_of(model_, op)) != nullptr) {
        for (const int32_t index : context.outputs) state(index) = State::kMissing;
        return;
    }
    const size_t first_made = graph_.tensors.size();
    auto made = convert_operator(i, context);
    for (size_t k = 0; made.ok() && k < context.outputs.size(); ++k) {
        if ((*made)[k] == kNoTensor) continue;  // a variable's handle
        if (Status fits = accept(context, k, (*made)[k], first_made); !fits.ok()) {
            made = std::move(fits).error();
            break;
        }
        tensors_.set_value(context.outputs[k], (*made)[k]);
        if (assumed) state(context.outputs[k]) = State::kAssumed;
    }
    if (!made.ok()) {
        assume_outputs(context, made.error().code);
        report(i, context, std::move(made).error(), assumed);
    }
}

/// The converter, between the checks that all operators share.
Expected<std::vector<TensorId>> Builder::convert_operator(size_t i, OperatorContext &context) {
    const OperatorDefinition *definition = find_operator(code_of(model_, operator_at(i)));
    if (definition == nullptr) {
        const auto *code = model_.operator_codes()->Get(operator_at(i).opcode_index());
        return make_error(ErrorCode::kUnsupported,
                          fmt::format("{}{} of version {} is not supported",
                                      context.source.starts_with("operator") ? "" : "operator ",
                                      context.source, code->version()));
    }
    const auto check_count = [](const char *what, size_t found, size_t least, size_t most) {
        if (found >= least && found <= most) return Status(Ok{});
        return Status(
            make_error(ErrorCode::kInvalid,
                       fmt::format("has {} {}, expected {}", found, what,
                                   least == most ? fmt::format("{}", least)
                                                 : fmt::format("{} to {}", least, most))));
    };
    EMBARK_RETURN_IF_ERROR(check_count("inputs", context.input_count(), definition->least_inputs,
                                       definition->most_inputs));
    EMBARK_RETURN_IF_ERROR(check_count("outputs", context.outputs.size(), definition->least_outputs,
                                       definition->most_outputs));
    for (size_t k = 0; k < definition->least_inputs; ++k) {
        if (context.has_input(k)) continue;
        return make_error(ErrorCode::kInvalid,
                          fmt::format("input {} is absent, expected a tensor", k));
    }
    for (const int32_t index : context.outputs) {
        if (!tensors_.is_ready(index)) continue;
        return make_error(ErrorCode::kInvalid,
                          fmt::format("makes tensor {} '{}' again", index,
                                      short_name(tensors_.file_tensor(index))));
    }
    EMBARK_ASSIGN(auto made, definition->convert(context));
    EMBARK_ASSERT(made.size() == context.outputs.size());
    return made;
}

/// Compares an output with what the file says of it, and gives it the file's quantisation.
Status Builder::accept(const OperatorContext &context, size_t position, TensorId id,
                       size_t first_made) {
    EMBARK_ASSIGN(TensorType declared, output_type(context, position));
    Tensor &tensor = graph_.tensor(id);
    if (tensor.type.type != declared.type) {
        return make_error(ErrorCode::kInvalid,
                          fmt::format("output {} is {} in the file, but computed as {}", position,
                                      to_string(declared.type), to_string(tensor.type.type)));
    }
    // The shapes of a file with unknown extents are those of the moment when it was written.
    if (tensor.type.shape != declared.shape && !dynamic_ && !declared.shape.empty()) {
        return make_error(
            ErrorCode::kInvalid,
            fmt::format("output {} has the shape {} in the file, but is computed "
                        "as {}",
                        position, to_string(declared.shape), to_string(tensor.type.shape)));
    }
    if (static_cast<size_t>(id) < first_made || declared.quantization.scales.size() > 1)
        return Ok{};
    tensor.type.quantization = std::move(declared.quantization);
    return Ok{};
}

/// "reads float32[1,3], int32[2]; makes float32[1,2]"
std::string Builder::operands_of(const schema::Operator &op) const {
    const auto list = [&](const flatbuffers::Vector<int32_t> *indices) {
        std::string text;
        for (size_t i = 0; indices != nullptr && i < indices->size(); ++i) {
            if (i == kMaxDescribed) return text + " …";
            const int32_t index = indices->Get(static_cast<flatbuffers::uoffset_t>(i));
            text += i == 0 ? " " : ", ";
            text += tensors_.in_range(index) ? describe(tensors_.file_tensor(index)) : "nothing";
        }
        return text.empty() ? " nothing" : text;
    };
    return fmt::format("reads{}; makes{}", list(op.inputs()), list(op.outputs()));
}

void Builder::report(size_t i, const OperatorContext &context, Error error, bool assumed) {
    // What an assumed operand leads to may be no fault of the file.
    if (assumed && error.code != ErrorCode::kUnsupported) return;
    if (error.code == ErrorCode::kUnsupported) {
        error.message += fmt::format(" ({})", operands_of(context.op));
    }
    diagnostics_.error(error.code, place_of(i), std::move(error.message));
}

/// After a fault: what the operator would have made.
void Builder::assume_outputs(const OperatorContext &context, ErrorCode code) {
    for (size_t k = 0; k < context.outputs.size(); ++k) {
        const int32_t index = context.outputs[k];
        if (tensors_.is_ready(index)) continue;
        state(index) = State::kMissing;
        auto type = output_type(context, k);
        if (code != ErrorCode::kUnsupported || !type.ok() || element_count(type->shape) == 0) {
            continue;
        }
        state(index) = State::kAssumed;
        tensors_.set_value(index, graph_.add_activation("", std::move(*type)));
    }
}

void Builder::remark() {
    SourceInfo &source = graph_.source;
    source.parameters = tensors_.parameters();
    source.weights_bytes = tensors_.weights_bytes();
    std::vector<std::string> &operators = remarks_.dequantized;
    operators.erase(std::unique(operators.begin(), operators.end()), operators.end());
    if (!operators.empty()) {
        source.warnings.push_back(
            fmt::format("the integer weights of {} operators with float activations (the first is "
                        "{}) are computed as float32; TensorFlow Lite rounds their activations to "
                        "8 bits",
                        operators.size(), operators[0]));
    }
    if (remarks_.recurrent_state) {
        source.warnings.emplace_back(
            "recurrent layers start from zero in each inference; TensorFlow Lite keeps their state "
            "until it is reset");
    }
    if (open_inputs_) {
        std::string shapes;
        for (const TensorId id : graph_.inputs) {
            shapes += fmt::format("{}{} {}", shapes.empty() ? "" : ", ", graph_.tensor(id).name,
                                  to_string(graph_.tensor(id).type.shape));
        }
        source.warnings.push_back("the file leaves extents open; they are taken as " + shapes);
    }
}

}  // namespace

void add_operators(const schema::Model &model, const schema::SubGraph &subgraph,
                   uint64_t file_bytes, Graph &graph, Diagnostics &diagnostics) {
    Builder(model, subgraph, file_bytes, graph, diagnostics).run();
}

}  // namespace embark::tflite
