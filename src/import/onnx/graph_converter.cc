#include "import/onnx/graph_converter.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "import/onnx/context.h"

namespace embark::onnx {

namespace {

constexpr int kMaxDepth = 24;              // of functions and conditions inside of each other
constexpr size_t kMaxConverted = 200'000;  // nodes, so that nested functions cannot multiply

/// Names of a graph or function; those of an enclosing graph are visible in it.
struct Scope {
    const Scope *outer = nullptr;
    Opsets opsets = {};
    const std::vector<AttributeDef> *arguments = nullptr;
    std::string prefix = {};  ///< of node names
    int depth = 0;
    std::map<std::string, Value, std::less<>> values = {};

    /// Null for a name that no node has given a value.
    const Value *find(const std::string &name) const {
        for (const Scope *scope = this; scope != nullptr; scope = scope->outer) {
            const auto found = scope->values.find(name);
            if (found != scope->values.end()) return &found->second;
        }
        return nullptr;
    }
};

std::string place_of(const NodeDef &node, const Scope &scope) {
    const std::string name = !node.name.empty()      ? node.name
                             : !node.outputs.empty() ? node.outputs[0]
                                                     : "?";
    return fmt::format("node {}{} ({})", scope.prefix, name, node.op);
}

std::string full_name(const NodeDef &node) {
    return node.domain.empty() ? node.op : node.domain + "." + node.op;
}

/// "float32[1,n,3]", as the file has it.
std::string declared_type(const ValueDef &def) {
    if (def.kind != "tensor") return "of kind " + def.kind;
    if (!def.has_shape) return element_type_name(def.type) + " of unknown shape";
    std::string extents;
    for (const Dimension &dim : def.dims) {
        extents += extents.empty() ? "" : ",";
        extents +=
            dim.extent ? fmt::format("{}", *dim.extent) : (dim.symbol.empty() ? "?" : dim.symbol);
    }
    return fmt::format("{}[{}]", element_type_name(def.type), extents);
}

class GraphConverter {
  public:
    GraphConverter(const ModelDef &model, const ImportOptions &options, Graph &graph,
                   Diagnostics &diagnostics)
        : model_(model),
          options_(options),
          graph_(graph),
          diagnostics_(diagnostics),
          builder_(graph) {}

    void run() {
        Scope scope{.opsets = model_.opsets};
        check_opsets();
        check_options();
        add_initializers(model_.graph, scope);
        for (const ValueDef &input : model_.graph.inputs) add_input(input, scope);
        if (diagnostics_.has_errors()) return;
        convert_nodes(model_.graph.nodes, scope);
        set_outputs(scope);
        builder_.restore_integers();
    }

  private:
    void check_opsets();
    void check_options();
    void add_initializers(const GraphDef &graph, Scope &scope);
    void add_input(const ValueDef &input, Scope &scope);
    Expected<Shape> shape_of(const ValueDef &input) const;
    Expected<Value> bound_input(const ValueDef &input, const InputConstant &constant);
    void convert_nodes(const std::vector<NodeDef> &nodes, Scope &scope);
    void convert_node(const NodeDef &node, Scope &scope);
    Status convert_operator(const NodeDef &node, const OperatorDefinition &definition,
                            Context &context);
    Status check_operands(const NodeDef &node, const OperatorDefinition &definition,
                          const Context &context) const;
    Status expand_function(const NodeDef &node, const FunctionDef &function, Context &context,
                           const Scope &scope);
    Status expand_condition(const NodeDef &node, Context &context, const Scope &scope);
    const FunctionDef *find_function(const NodeDef &node) const;
    std::string describe(const std::string &name, const Scope &scope) const;
    void report_unsupported(const NodeDef &node, const Scope &scope);
    void set_outputs(const Scope &scope);
    Expected<TensorId> output(const ValueDef &def, const Value &value);
    Value widened(Value value);
    void fault(Error error, const std::string &place);

    const ModelDef &model_;
    const ImportOptions &options_;
    Graph &graph_;
    Diagnostics &diagnostics_;
    Builder builder_;
    size_t converted_ = 0;
};

void GraphConverter::fault(Error error, const std::string &place) {
    if (error.location.place.empty()) error.location.place = place;
    error.location.file = graph_.source.file_name;
    diagnostics_.error(std::move(error));
}

void GraphConverter::check_opsets() {
    constexpr int64_t kOldest = 7, kNewest = 21;
    const auto found = model_.opsets.find("");
    if (found == model_.opsets.end()) return;
    if (found->second < kOldest) {
        diagnostics_.warning(
            fmt::format("uses version {} of ONNX's operators, embark knows {} to "
                        "{}; older ones are read as far as they agree",
                        found->second, kOldest, kNewest));
    }
    if (found->second > kNewest) {
        diagnostics_.warning(
            fmt::format("uses version {} of ONNX's operators, embark knows {} to "
                        "{}",
                        found->second, kOldest, kNewest));
    }
}

/// Shapes and constants must be for inputs that exist.
void GraphConverter::check_options() {
    std::string names;
    std::set<std::string> known;
    for (const ValueDef &input : model_.graph.inputs) {
        known.insert(input.name);
        names += (names.empty() ? "" : ", ") + input.name;
    }
    const auto check = [&](const std::string &name, std::string_view what) {
        if (known.contains(name)) return;
        diagnostics_.error(
            ErrorCode::kUsage, "",
            fmt::format("a {} is given for input '{}', expected one of: {}", what, name, names));
    };
    for (const auto &[name, shape] : options_.input_shapes) check(name, "shape");
    for (const auto &[name, constant] : options_.input_constants) check(name, "constant");
}

/// float16 is computed as float32.
Value GraphConverter::widened(Value value) {
    if (builder_.type_of(value) != DataType::kFloat16) return value;
    const auto wide = builder_.cast(value.id, DataType::kFloat32);
    if (!wide.ok()) return value;
    value.id = *wide;
    value.narrow = DataType::kFloat16;
    return value;
}

void GraphConverter::add_initializers(const GraphDef &graph, Scope &scope) {
    for (const TensorDef &def : graph.initializers) {
        auto tensor = to_tensor(def);
        if (!tensor.ok()) {
            fault(std::move(tensor).error(), scope.prefix + "initialiser " + def.name);
            continue;
        }
        const Shape shape = tensor->type.shape;
        graph_.source.weights_bytes += tensor->data->size();
        if (is_float(tensor->type.type) || tensor->type.type == DataType::kFloat16) {
            graph_.source.parameters += element_count(shape);
        }
        builder_.begin(def.name, "");
        const TensorId id = graph_.add_tensor(std::move(*tensor));
        scope.values[def.name] = widened(stored_naturally(id, shape));
    }
    for (const std::string &name : graph.sparse_initializers) {
        fault(make_error(ErrorCode::kUnsupported, "sparse initialisers are not supported"),
              scope.prefix + "initialiser " + name);
    }
}

Expected<Shape> GraphConverter::shape_of(const ValueDef &input) const {
    const auto given = options_.input_shapes.find(input.name);
    const auto hint = [&] {
        return fmt::format("give it with --shape {}=1,3,32,32 or the like", input.name);
    };
    if (given == options_.input_shapes.end()) {
        if (!input.has_shape) {
            return make_error(ErrorCode::kInvalid, "the file does not say its shape; " + hint());
        }
        Shape shape;
        for (size_t i = 0; i < input.dims.size(); ++i) {
            const std::optional<int64_t> &extent = input.dims[i].extent;
            const bool batch = i == 0 && input.dims.size() > 1;
            if ((!extent || *extent < 1) && !batch) {
                return make_error(ErrorCode::kInvalid,
                                  fmt::format("axis {} has no fixed extent ('{}'); {}", i,
                                              input.dims[i].symbol, hint()));
            }
            shape.push_back(extent && *extent >= 1 ? *extent : 1);
        }
        return shape;
    }
    bool fits = !input.has_shape || input.dims.size() == given->second.size();
    for (size_t i = 0; fits && input.has_shape && i < input.dims.size(); ++i) {
        const std::optional<int64_t> &extent = input.dims[i].extent;
        fits = !extent || *extent < 1 || *extent == given->second[i] || i == 0;
    }
    if (fits) return given->second;
    std::string declared;
    for (const Dimension &dim : input.dims) {
        declared +=
            (declared.empty() ? "" : ",") + (dim.extent ? fmt::format("{}", *dim.extent) : "?");
    }
    return make_error(ErrorCode::kInvalid, fmt::format("is given the shape {}, the file says [{}]",
                                                       to_string(given->second), declared));
}

Expected<Value> GraphConverter::bound_input(const ValueDef &input, const InputConstant &constant) {
    EMBARK_ASSIGN(const DataType type, data_type_of(input.type));
    const TensorType bound{constant.type, constant.shape, {}};
    if (constant.type != type || constant.data.size() != bound.bytes()) {
        return make_error(
            ErrorCode::kInvalid,
            fmt::format("is bound to a constant {}{}, expected {}", to_string(constant.type),
                        to_string(constant.shape), to_string(type)));
    }
    const TensorId id = graph_.add_constant(input.name, bound, constant.data);
    return stored_naturally(id, constant.shape);
}

void GraphConverter::add_input(const ValueDef &input, Scope &scope) {
    if (scope.values.contains(input.name)) return;  // an initialiser with a name for training
    const std::string place = "input " + input.name;
    if (input.kind != "tensor") {
        fault(make_error(ErrorCode::kUnsupported,
                         fmt::format("is of kind {}, expected a tensor", input.kind)),
              place);
        return;
    }
    builder_.begin(input.name, "");
    const auto constant = options_.input_constants.find(input.name);
    if (constant != options_.input_constants.end()) {
        auto value = bound_input(input, constant->second);
        if (!value.ok()) return fault(std::move(value).error(), place);
        scope.values[input.name] = widened(*value);
        return;
    }
    const auto type = data_type_of(input.type);
    if (!type.ok()) return fault(type.error(), place);
    auto shape = shape_of(input);
    if (!shape.ok()) return fault(std::move(shape).error(), place);
    for (const int64_t extent : *shape) {
        if (extent >= 1 && element_count(*shape) <= int64_t{1} << 28) continue;
        return fault(
            make_error(ErrorCode::kUnsupported,
                       fmt::format("has shape {}, expected 1 to 2^28 elements", to_string(*shape))),
            place);
    }
    const TensorId id = graph_.add_activation(input.name, {*type, *shape, {}});
    graph_.inputs.push_back(id);
    scope.values[input.name] = widened(stored_naturally(id, *shape));
}

void GraphConverter::convert_nodes(const std::vector<NodeDef> &nodes, Scope &scope) {
    for (const NodeDef &node : nodes) {
        if (++converted_ > kMaxConverted) {
            if (converted_ == kMaxConverted + 1) {
                fault(make_error(ErrorCode::kUnsupported,
                                 fmt::format("has more than {} nodes", kMaxConverted)),
                      "graph");
            }
            return;
        }
        convert_node(node, scope);
    }
}

const FunctionDef *GraphConverter::find_function(const NodeDef &node) const {
    for (const FunctionDef &function : model_.functions) {
        if (function.name == node.op && function.domain == node.domain) return &function;
    }
    return nullptr;
}

/// "x float32[1,3]": as computed, or as the file says where that has not come about.
std::string GraphConverter::describe(const std::string &name, const Scope &scope) const {
    if (name.empty()) return "none";
    const Value *value = scope.find(name);
    if (value != nullptr && value->present()) {
        return fmt::format("{} {}{}", name, to_string(builder_.type_of(*value)),
                           to_string(value->shape));
    }
    for (const auto *list : {&model_.graph.values, &model_.graph.outputs}) {
        for (const ValueDef &def : *list) {
            if (def.name == name && scope.prefix.empty()) return name + " " + declared_type(def);
        }
    }
    return name + " of unknown shape";
}

void GraphConverter::report_unsupported(const NodeDef &node, const Scope &scope) {
    const auto listed = [&](const std::vector<std::string> &names) {
        std::string list;
        for (const std::string &name : names) {
            list += (list.empty() ? "" : ", ") + describe(name, scope);
        }
        return list.empty() ? std::string("nothing") : list;
    };
    const auto opset = scope.opsets.find(node.domain);
    const std::string version =
        opset == scope.opsets.end() ? "" : fmt::format(" of operator set {}", opset->second);
    fault(make_error(
              ErrorCode::kUnsupported,
              fmt::format("operator {}{} is not supported (reads {}; makes {})", full_name(node),
                          version, listed(node.inputs), listed(node.outputs))),
          place_of(node, scope));
}

Status GraphConverter::check_operands(const NodeDef &node, const OperatorDefinition &definition,
                                      const Context &context) const {
    for (size_t i = 0; i < definition.least_inputs; ++i) {
        if (context.has(i)) continue;
        return make_error(ErrorCode::kInvalid,
                          fmt::format("has {} inputs, expected at least {}", node.inputs.size(),
                                      definition.least_inputs));
    }
    for (size_t i = 0; i < context.inputs.size(); ++i) {
        const bool decides = i < 32 && (definition.const_inputs >> i & 1u) != 0;
        if (!decides || !context.has(i) || context.constant(i)) continue;
        return make_error(
            ErrorCode::kUnsupported,
            fmt::format("input '{}' must be a constant, since it decides shapes or attributes; an "
                        "input of the model is made one with --constant NAME=FILE.npy",
                        node.inputs[i]));
    }
    for (const Value &value : context.inputs) {
        const bool empty = value.present() && value.elements() == 0 && !builder_.is_constant(value);
        if (empty) return make_error(ErrorCode::kUnsupported, "tensors without elements");
    }
    return Ok{};
}

Status GraphConverter::convert_operator(const NodeDef &node, const OperatorDefinition &definition,
                                        Context &context) {
    EMBARK_RETURN_IF_ERROR(check_operands(node, definition, context));
    return definition.convert(context);
}

void GraphConverter::convert_node(const NodeDef &node, Scope &scope) {
    const FunctionDef *function = find_function(node);
    const OperatorDefinition *definition = find_operator(node.domain, node.op);
    const bool condition = node.domain.empty() && node.op == "If";
    if (function == nullptr && definition == nullptr && !condition) {
        return report_unsupported(node, scope);
    }
    const auto opset = scope.opsets.find(node.domain);
    Context context{builder_, node, opset == scope.opsets.end() ? 1 : opset->second,
                    {},       {},   scope.arguments};
    for (const std::string &name : node.inputs) {
        const Value *value = name.empty() ? nullptr : scope.find(name);
        if (!name.empty() && value == nullptr) {
            // What a node that failed would have made: one message is enough.
            if (diagnostics_.has_errors()) return;
            return fault(make_error(ErrorCode::kInvalid,
                                    fmt::format("reads '{}', which no node before it makes", name)),
                         place_of(node, scope));
        }
        context.inputs.push_back(value == nullptr ? Value{} : *value);
    }
    const std::string own = !node.name.empty()      ? node.name
                            : !node.outputs.empty() ? node.outputs[0]
                                                    : node.op;
    builder_.begin(scope.prefix + own, node.op);
    Status status = function != nullptr ? expand_function(node, *function, context, scope)
                    : condition         ? expand_condition(node, context, scope)
                                        : convert_operator(node, *definition, context);
    if (!status.ok()) return fault(std::move(status).error(), place_of(node, scope));
    for (size_t i = 0; i < node.outputs.size(); ++i) {
        if (node.outputs[i].empty()) continue;
        if (i >= context.outputs.size() || !context.outputs[i].present()) {
            fault(make_error(ErrorCode::kUnsupported,
                             fmt::format("output {} ('{}') is not supported", i, node.outputs[i])),
                  place_of(node, scope));
            continue;
        }
        if (i == 0) builder_.name_result(context.outputs[0].id, node.outputs[0]);
        scope.values[node.outputs[i]] = context.outputs[i];
    }
}

Status GraphConverter::expand_function(const NodeDef &node, const FunctionDef &function,
                                       Context &context, const Scope &scope) {
    if (scope.depth >= kMaxDepth) {
        return make_error(ErrorCode::kInvalid,
                          fmt::format("functions call each other more than {} deep", kMaxDepth));
    }
    std::vector<AttributeDef> arguments = function.defaults;
    for (const AttributeDef &given : node.attributes) {
        const AttributeDef *value = context.attribute(given.name);
        if (value == nullptr) continue;
        AttributeDef argument = *value;
        argument.name = given.name;
        argument.reference.clear();
        std::erase_if(arguments, [&](const auto &old) { return old.name == argument.name; });
        arguments.push_back(std::move(argument));
    }
    Scope inner{.opsets = function.opsets,
                .arguments = &arguments,
                .prefix = scope.prefix + (node.name.empty() ? node.op : node.name) + "/",
                .depth = scope.depth + 1};
    for (const auto &[domain, version] : scope.opsets) inner.opsets.try_emplace(domain, version);
    for (size_t i = 0; i < function.inputs.size(); ++i) {
        inner.values[function.inputs[i]] = i < context.inputs.size() ? context.inputs[i] : Value{};
    }
    convert_nodes(function.nodes, inner);
    for (size_t i = 0; i < function.outputs.size(); ++i) {
        const Value *value = inner.find(function.outputs[i]);
        if (value != nullptr) EMBARK_RETURN_IF_ERROR(context.give(*value, i));
    }
    return Ok{};
}

Status GraphConverter::expand_condition(const NodeDef &node, Context &context, const Scope &scope) {
    if (!context.has(0) || !context.constant(0) || scope.depth >= kMaxDepth) {
        return make_error(ErrorCode::kUnsupported,
                          "operator If is only supported when its condition is a constant");
    }
    EMBARK_ASSIGN(const std::vector<int64_t> taken, builder_.ints_of(context.in(0)));
    const AttributeDef *branch =
        context.attribute(!taken.empty() && taken[0] != 0 ? "then_branch" : "else_branch");
    if (branch == nullptr || !branch->graph) {
        return make_error(ErrorCode::kInvalid, "has no branch for its condition");
    }
    Scope inner{.outer = &scope,
                .opsets = scope.opsets,
                .arguments = scope.arguments,
                .prefix = scope.prefix + (node.name.empty() ? node.op : node.name) + "/",
                .depth = scope.depth + 1};
    add_initializers(*branch->graph, inner);
    convert_nodes(branch->graph->nodes, inner);
    for (size_t i = 0; i < branch->graph->outputs.size(); ++i) {
        const Value *value = inner.find(branch->graph->outputs[i].name);
        if (value != nullptr) EMBARK_RETURN_IF_ERROR(context.give(*value, i));
    }
    return Ok{};
}

/// An output is made by a node of its own, in the model's order and type.
Expected<TensorId> GraphConverter::output(const ValueDef &def, const Value &value) {
    builder_.begin(def.name, "output");
    EMBARK_ASSIGN(TensorId id, builder_.natural(value));
    if (def.type == kFloat16 && builder_.tensor(id).type.type == DataType::kFloat32) {
        EMBARK_ASSIGN(id, builder_.cast(id, DataType::kFloat16));
    }
    // Inputs, constants and what is an output already must be copied: nothing else makes them.
    const TensorId root = builder_.root_of(id);
    const auto has = [](const std::vector<TensorId> &list, TensorId wanted) {
        return std::find(list.begin(), list.end(), wanted) != list.end();
    };
    if (builder_.tensor(root).is_constant() || has(graph_.inputs, root) ||
        has(graph_.outputs, id)) {
        EMBARK_ASSIGN(id, builder_.copy(id));
    }
    graph_.tensor(id).name = def.name;
    return id;
}

void GraphConverter::set_outputs(const Scope &scope) {
    for (const ValueDef &def : model_.graph.outputs) {
        const std::string place = "output " + def.name;
        if (def.kind != "tensor" && def.kind != "untyped") {
            fault(make_error(ErrorCode::kUnsupported,
                             fmt::format("is of kind {}, expected a tensor", def.kind)),
                  place);
            continue;
        }
        const Value *value = scope.find(def.name);
        if (value == nullptr || !value->present()) {
            if (diagnostics_.has_errors()) continue;
            fault(make_error(ErrorCode::kInvalid, "is made by no node"), place);
            continue;
        }
        if (value->elements() == 0) {
            fault(make_error(ErrorCode::kUnsupported,
                             fmt::format("has shape {}, expected at least one element",
                                         to_string(value->shape))),
                  place);
            continue;
        }
        auto id = output(def, *value);
        if (!id.ok()) {
            fault(std::move(id).error(), place);
            continue;
        }
        graph_.outputs.push_back(*id);
    }
    if (graph_.outputs.empty() && !diagnostics_.has_errors()) {
        fault(make_error(ErrorCode::kInvalid, "has no output"), "graph");
    }
}

}  // namespace

void convert_graph(const ModelDef &model, const ImportOptions &options, Graph &graph,
                   Diagnostics &diagnostics) {
    GraphConverter(model, options, graph, diagnostics).run();
}

}  // namespace embark::onnx
