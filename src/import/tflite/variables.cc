#include "import/tflite/variables.h"

#include <fmt/format.h>

#include <algorithm>

#include "import/tflite/dilation.h"
#include "import/tflite/operators.h"
#include "ops/registry.h"

namespace embark::tflite {

namespace {

using schema::BuiltinOperator;

constexpr size_t kMaxInitializers = 64;

Error invalid(std::string message) {
    return make_error(ErrorCode::kInvalid, std::move(message));
}
Error unsupported(std::string message) {
    return make_error(ErrorCode::kUnsupported, std::move(message));
}

/// The operator's code; CUSTOM for one that the file does not list.
BuiltinOperator checked_code(const schema::Model &model, const schema::Operator &op) {
    const auto *codes = model.operator_codes();
    if (codes == nullptr || op.opcode_index() >= codes->size()) return BuiltinOperator::CUSTOM;
    return code_of(model, op);
}

template <typename Function>
void for_each_operator(const schema::SubGraph &subgraph, Function function) {
    if (subgraph.operators() == nullptr) return;
    for (const schema::Operator *op : *subgraph.operators()) function(*op);
}

/// Input or output \p i of an operator; -1 when it has none.
int32_t at(const flatbuffers::Vector<int32_t> *list, size_t i) {
    const bool is_there = list != nullptr && i < list->size();
    return is_there ? list->Get(static_cast<flatbuffers::uoffset_t>(i)) : -1;
}

std::string name_of(const schema::Operator &op) {
    const auto *options = op.builtin_options_as_VarHandleOptions();
    if (options == nullptr) return {};
    const std::string container = clean_text(options->container());
    const std::string name = clean_text(options->shared_name());
    return container.empty() || name.empty() ? name : container + "/" + name;
}

/// Whether all elements are what a state of this type starts from.
bool is_zero(const TensorType &type, const Bytes &bytes) {
    const int32_t zero = type.quantization.empty() ? 0 : type.quantization.zero_points[0];
    const bool bytewise = type.type == DataType::kInt8 || type.type == DataType::kUint8;
    const auto wanted = static_cast<uint8_t>(zero);
    return (zero == 0 || bytewise) &&
           std::all_of(bytes.begin(), bytes.end(), [&](uint8_t byte) { return byte == wanted; });
}

}  // namespace

std::set<size_t> initializers(const schema::Model &model) {
    std::set<size_t> found;
    for_each_operator(*model.subgraphs()->Get(0), [&](const schema::Operator &op) {
        if (checked_code(model, op) != BuiltinOperator::CALL_ONCE) return;
        const auto *options = op.builtin_options_as_CallOnceOptions();
        const int32_t index = options != nullptr ? options->init_subgraph_index() : 0;
        const bool exists = index > 0 && static_cast<size_t>(index) < model.subgraphs()->size();
        if (exists && found.size() < kMaxInitializers) found.insert(static_cast<size_t>(index));
    });
    return found;
}

void Variables::prepare(const schema::Model &model, const schema::SubGraph &subgraph,
                        uint64_t file_bytes, Diagnostics &diagnostics) {
    for (const size_t index : initializers(model)) {
        const auto *other = model.subgraphs()->Get(static_cast<flatbuffers::uoffset_t>(index));
        if (Status done = initialize(model, *other, file_bytes); !done.ok()) {
            diagnostics.error(done.error().code, fmt::format("subgraph {} (of CALL_ONCE)", index),
                              done.error().message);
        }
    }
    std::map<int32_t, std::string> names;
    for_each_operator(subgraph, [&](const schema::Operator &op) {
        const BuiltinOperator code = checked_code(model, op);
        if (code == BuiltinOperator::VAR_HANDLE) names[at(op.outputs(), 0)] = name_of(op);
        if (code != BuiltinOperator::ASSIGN_VARIABLE) return;
        const auto name = names.find(at(op.inputs(), 0));
        if (name != names.end()) variables_[name->second].is_assigned = true;
    });
}

Status Variables::initialize(const schema::Model &model, const schema::SubGraph &subgraph,
                             uint64_t file_bytes) {
    Graph scratch;
    TensorTable tensors(model, subgraph, scratch, file_bytes);
    std::map<int32_t, std::string> names;
    Status status = Ok{};
    for_each_operator(subgraph, [&](const schema::Operator &op) {
        if (!status.ok()) return;
        const BuiltinOperator code = checked_code(model, op);
        if (code == BuiltinOperator::VAR_HANDLE) {
            names[at(op.outputs(), 0)] = name_of(op);
            return;
        }
        if (code != BuiltinOperator::ASSIGN_VARIABLE) {
            status =
                unsupported(fmt::format("has the operator {}, expected VAR_HANDLE and "
                                        "ASSIGN_VARIABLE of constants alone",
                                        schema::EnumNameBuiltinOperator(code)));
            return;
        }
        const auto name = names.find(at(op.inputs(), 0));
        const int32_t value = at(op.inputs(), 1);
        if (name == names.end() || !tensors.in_range(value) || !tensors.has_data(value)) {
            status = unsupported("assigns what is no constant, or to no variable");
            return;
        }
        auto type = tensors.constant_type(value);
        auto data = tensors.constant_data(value);
        if (!type.ok() || !data.ok()) {
            status = !type.ok() ? std::move(type).error() : std::move(data).error();
            return;
        }
        variables_[name->second].first_type = std::move(*type);
        variables_[name->second].first = std::move(*data);
    });
    return status;
}

Status Variables::add_handle(const schema::Operator &op, int32_t resource) {
    std::string name = name_of(op);
    if (name.empty()) return invalid("has no name");
    handles_[resource] = std::move(name);
    return Ok{};
}

Expected<Variables::Variable *> Variables::find(OperatorContext &context) {
    const auto handle = handles_.find(context.has_input(0) ? context.input_index(0) : -1);
    if (handle == handles_.end())
        return invalid("input 0 is no variable of a VAR_HANDLE before it");
    return &variables_[handle->second];
}

Expected<TensorId> Variables::read(OperatorContext &context) {
    EMBARK_ASSIGN(Variable *const variable, find(context));
    if (variable->now != kNoTensor) return variable->now;
    EMBARK_ASSIGN(const TensorType type, output_type(context, 0));
    EMBARK_RETURN_IF_ERROR(context.tensors.charge(type.bytes()));
    const std::string name = context.names.unique(context.name + "/variable");
    const bool has_first = variable->first != nullptr;
    if (has_first &&
        (variable->first_type.type != type.type || variable->first_type.shape != type.shape)) {
        return invalid(fmt::format("makes {} {}, but the variable starts as {} {}",
                                   to_string(type.type), to_string(type.shape),
                                   to_string(variable->first_type.type),
                                   to_string(variable->first_type.shape)));
    }
    if (!variable->is_assigned) {
        auto data = has_first ? variable->first : std::make_shared<const Bytes>(type.bytes());
        EMBARK_ASSIGN(variable->now, context.tensors.add_constant(name, type, std::move(data)));
        return variable->now;
    }
    if (has_first && !is_zero(type, *variable->first)) {
        return unsupported("reads a variable that changes and starts from other values than zero");
    }
    variable->before = variable->now = context.graph.add_activation(name, type);
    return variable->now;
}

Status Variables::assign(OperatorContext &context) {
    EMBARK_ASSIGN(Variable *const variable, find(context));
    EMBARK_ASSIGN(TensorId value, input(context, 1));
    if (variable->before != kNoTensor && context.type(variable->before) != context.type(value)) {
        return unsupported(fmt::format(
            "assigns {} {} to a variable of {} {}, expected the same with the same quantisation",
            to_string(context.type(value).type), to_string(context.shape(value)),
            to_string(context.type(variable->before).type),
            to_string(context.shape(variable->before))));
    }
    variable->now = value;
    return Ok{};
}

Status Variables::finish(Graph &graph) const {
    std::set<TensorId> taken;
    for (const auto &[name, variable] : variables_) {
        if (variable.before == kNoTensor) continue;
        TensorId after = variable.now;
        // A state is what a node makes, for it alone.
        if (graph.producer(after) < 0 || !taken.insert(after).second) {
            const TensorType type = graph.tensor(after).type;
            if (type.shape.empty())
                return unsupported("variable " + name + " is a copy of a scalar");
            Node copy;
            copy.op = "concat";
            copy.name = graph.tensor(variable.before).name + "/copy";
            copy.inputs = {after};
            copy.attributes = {{"axis", int64_t{0}}};
            copy.source = "ASSIGN_VARIABLE";
            EMBARK_ASSIGN(after, append_node(graph, std::move(copy)));
            graph.tensor(after).type = type;
        }
        graph.states.push_back({variable.before, after});
    }
    return Ok{};
}

}  // namespace embark::tflite
