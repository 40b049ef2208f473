#include "codegen/codegen.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "base/bytes.h"
#include "codegen/names.h"
#include "codegen/run_function.h"
#include "codegen/state.h"
#include "codegen/tables.h"
#include "plan/kernels/lowering.h"

namespace embark {

namespace {

std::string upper(std::string text) {
    for (char &c : text) c = static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
    return text;
}

std::vector<NamedStep> lower_steps(const Graph &graph, const Plan &plan) {
    NameAllocator names;
    std::vector<NamedStep> steps;
    for (size_t i = 0; i < plan.steps.size(); ++i) {
        NamedStep named;
        named.step = &plan.steps[i];
        named.index = static_cast<int>(i);
        // Names that begin with emk_ belong to the runtime: emk_conv2d_f32_args is a type.
        const std::string name = c_identifier(named.step->name);
        named.name = names.unique(name.starts_with("emk_") ? "layer_" + name : name);
        named.lowered = named.step->kernel->lower(graph, *named.step);
        steps.push_back(std::move(named));
    }
    return steps;
}

std::string_view type_constant(DataType type) {
    switch (type) {
        case DataType::kFloat32:
            return "EMK_FLOAT32";
        case DataType::kFloat16:
            return "EMK_FLOAT16";
        case DataType::kInt8:
            return "EMK_INT8";
        case DataType::kUint8:
            return "EMK_UINT8";
        case DataType::kInt16:
            return "EMK_INT16";
        case DataType::kInt32:
            return "EMK_INT32";
        case DataType::kInt64:
            return "EMK_INT64";
        case DataType::kBool:
            return "EMK_BOOL";
        case DataType::kFloat64:
            return "EMK_FLOAT64";
        case DataType::kUint16:
            return "EMK_UINT16";
        case DataType::kUint32:
            return "EMK_UINT32";
        case DataType::kUint64:
            return "EMK_UINT64";
    }
    return "";
}

std::string header_comment(const Graph &graph, const CodegenOptions &options) {
    std::string text = fmt::format("/* {}: {} as C, made by embark.\n *\n",
                                   comment_text(options.name), comment_text(graph.name));
    text += fmt::format(" * source:  {} ({}, fnv1a64 {})\n", comment_text(graph.source.file_name),
                        comment_text(graph.source.format), hex64(graph.source.file_hash));
    if (!options.command_line.empty()) {
        text += fmt::format(" * command: {}\n", comment_text(options.command_line));
    }
    if (!options.board.empty())
        text += fmt::format(" * board:   {}\n", comment_text(options.board));
    for (const std::string &line : options.cost_lines) {
        text += fmt::format(" * {}\n", comment_text(line));
    }
    return text + " */\n";
}

void append_accessors(std::string &out, const Graph &graph, const Plan &plan,
                      const std::string &name) {
    const auto append = [&](const char *kind, const std::vector<TensorId> &tensors) {
        for (size_t i = 0; i < tensors.size(); ++i) {
            const Tensor &tensor = graph.tensor(tensors[i]);
            const std::string number = tensors.size() > 1 ? fmt::format("{}", i) : "";
            out += fmt::format("/* {}: {} {}, at arena + {} */\n", comment_text(tensor.name),
                               to_string(tensor.type.type), to_string(tensor.type.shape),
                               plan.buffer_of(tensors[i])->offset);
            out += fmt::format("#define EMK_{}_{}{}_BYTES {}u\n", upper(name), upper(kind), number,
                               tensor.type.bytes());
            out += fmt::format("{} *emk_{}_{}{}(void);\n\n", c_type_of(tensor.type.type), name,
                               kind, number);
        }
    };
    append("input", graph.inputs);
    append("output", graph.outputs);
}

std::string make_header(const Graph &graph, const Plan &plan, const CodegenOptions &options) {
    const std::string guard = fmt::format("EMK_MODEL_{}_H", upper(options.name));
    std::string out = header_comment(graph, options);
    out += fmt::format("#ifndef {0}\n#define {0}\n\n#include <stdint.h>\n\n", guard);
    out += "#include \"emk/model.h\"\n\n#ifdef __cplusplus\nextern \"C\" {\n#endif\n\n";
    out += fmt::format("#define EMK_{}_ARENA_BYTES {}u\n", upper(options.name), plan.arena_bytes);
    out += fmt::format("#define EMK_{}_STEPS {}u\n\n", upper(options.name), plan.steps.size());
    append_accessors(out, graph, plan, options.name);
    out += fmt::format(
        "/* Runs the network once: fill the inputs, call, read the outputs. The inputs may be\n"
        " * overwritten. Not reentrant: there is one arena. */\nvoid emk_{}_run(void);\n\n",
        options.name);
    out += fmt::format(
        "/* The same in slices, for firmware with a watchdog or other work: each call runs one\n"
        " * layer, or one row of layers that stream, and returns 1 when the outputs are there, "
        "else\n"
        " * 0. The first call after that begins the next inference. Fill the inputs before the "
        "first\n"
        " * call; leave them and emk_{0}_run alone until the last. */\nint emk_{0}_step(void);\n\n",
        options.name);
    out += state_code(graph, plan, options.name).declaration;
    out += fmt::format(
        "/* The same for generic code such as the UART service. */\n"
        "extern const emk_model emk_{}_model;\n\n",
        options.name);
    out += fmt::format("#ifdef __cplusplus\n}}\n#endif\n\n#endif /* {} */\n", guard);
    return out;
}

std::string source_prologue(const Plan &plan, const CodegenOptions &options,
                            const std::set<std::string_view> &headers) {
    std::string out = fmt::format("#include \"{}.h\"\n\n", options.name);
    for (const std::string_view header : headers) out += fmt::format("#include \"{}\"\n", header);
    out += '\n';
    out +=
        "/* Where the arena and the weights are placed; a build may give section attributes. */\n"
        "#ifndef EMK_ARENA\n#define EMK_ARENA\n#endif\n"
        "#ifndef EMK_WEIGHTS\n#define EMK_WEIGHTS\n#endif\n"
        "#ifndef EMK_WEIGHTS_IN_RAM\n#define EMK_WEIGHTS_IN_RAM\n#endif\n\n";
    out += fmt::format(
        "static union {{\n    uint64_t alignment;\n    uint8_t bytes[{}];\n}} arena EMK_ARENA;\n\n",
        std::max<int64_t>(plan.arena_bytes, 1));
    out +=
        "#define EMK_AT(type, offset) ((type *)(void *)(arena.bytes + (offset)))\n"
        "#define EMK_MIN(a, b) ((a) < (b) ? (a) : (b))\n"
        "#define EMK_MAX(a, b) ((a) > (b) ? (a) : (b))\n\n"
        "#if defined(__GNUC__)\n#define EMK_NOINLINE __attribute__((noinline))\n#else\n"
        "#define EMK_NOINLINE\n#endif\n\n"
        "#ifdef EMK_PROFILE\n#define EMK_BEGIN(step) emk_step_begin(step)\n"
        "#define EMK_END(step) emk_step_end(step)\n#else\n#define EMK_BEGIN(step) ((void)0)\n"
        "#define EMK_END(step) ((void)0)\n#endif\n"
        "#ifdef EMK_TRACE\n"
        "#define EMK_TRACE_TENSOR(step, name, data, bytes) emk_trace(step, name, data, bytes)\n"
        "#else\n#define EMK_TRACE_TENSOR(step, name, data, bytes) ((void)0)\n#endif\n\n";
    return out;
}

std::string memory_map(const Plan &plan) {
    std::string out = fmt::format("/* Arena, {} bytes:\n", plan.arena_bytes);
    std::vector<Buffer> buffers = plan.buffers;
    std::stable_sort(buffers.begin(), buffers.end(),
                     [](const Buffer &a, const Buffer &b) { return a.offset < b.offset; });
    for (const Buffer &buffer : buffers) {
        const char *kind = buffer.kind == Buffer::Kind::kLines ? " (line buffer)" : "";
        out += fmt::format(" * {:>8} .. {:<8} {}{}\n", buffer.offset, buffer.offset + buffer.bytes,
                           comment_text(buffer.name), kind);
    }
    return out + " */\n";
}

constexpr size_t kTensorAxes = 6;  // of emk_tensor; more axes than that are joined at the end

void append_tensors(std::string &out, const Graph &graph, const Plan &plan, const char *kind,
                    const std::vector<TensorId> &tensors) {
    out += fmt::format("static const emk_tensor model_{}[{}] = {{\n", kind, tensors.size());
    for (const TensorId id : tensors) {
        const Tensor &tensor = graph.tensor(id);
        const Quantization &q = tensor.type.quantization;
        Shape shape = tensor.type.shape;
        while (shape.size() > kTensorAxes) {
            shape[shape.size() - 2] *= shape.back();
            shape.pop_back();
        }
        const size_t rank = shape.size();
        shape.resize(kTensorAxes, 0);
        out +=
            fmt::format("    {{{}, arena.bytes + {}, {}u, {}, {}, 0, {{{}}}, {}, {}}},\n",
                        string_literal(tensor.name), plan.buffer_of(id)->offset,
                        tensor.type.bytes(), type_constant(tensor.type.type), rank,
                        fmt::join(shape, ", "), float_literal(q.empty() ? 0.0f : q.scales.front()),
                        q.empty() ? 0 : q.zero_points.front());
    }
    out += "};\n\n";
}

/// The tables of all steps and their check sum.
struct Weights {
    std::string spans;  ///< entries of emk_spans, one a line
    size_t count = 0;
    int64_t bytes = 0;
    uint32_t crc = 0;

    void add(const std::string &name, const ConstantTable &table) {
        spans += fmt::format("    {{{0}, sizeof {0}}},\n", name);
        ++count;
        bytes += static_cast<int64_t>(table.bytes.size());
        crc = crc32(table_memory(table), crc);
    }
};

void append_model(std::string &out, const Graph &graph, const Plan &plan, const std::string &name,
                  const Weights &weights) {
    const bool has_inputs = !graph.inputs.empty();  // C has no arrays without elements
    if (has_inputs) append_tensors(out, graph, plan, "inputs", graph.inputs);
    append_tensors(out, graph, plan, "outputs", graph.outputs);
    out += fmt::format("static const char *const step_names[{}] = {{\n", plan.steps.size());
    for (const Step &step : plan.steps) out += "    " + string_literal(step.name) + ",\n";
    out += "};\n\n";
    if (weights.count > 0) {
        out += fmt::format(
            "/* What emk_weights_crc reads. */\nstatic const emk_span emk_spans[{}] = "
            "{{\n{}}};\n\n",
            weights.count, weights.spans);
    }
    out += "#ifdef EMK_PROFILE\n";
    out += fmt::format("static uint32_t step_cycles[{}];\n", plan.steps.size());
    out += "#define EMK_STEP_CYCLES step_cycles\n#else\n#define EMK_STEP_CYCLES 0\n#endif\n\n";
    out += fmt::format("const emk_model emk_{}_model = {{\n", name);
    out += fmt::format("    {}, /* name */\n", string_literal(name));
    out += fmt::format("    UINT64_C(0x{}), /* hash */\n", hex64(graph.source.file_hash));
    out += has_inputs ? "    model_inputs,\n" : "    0, /* no inputs */\n";
    out += "    model_outputs,\n    step_names,\n    EMK_STEP_CYCLES,\n";
    out += fmt::format("    {}, /* inputs */\n    {}, /* outputs */\n    {}, /* steps */\n",
                       graph.inputs.size(), graph.outputs.size(), plan.steps.size());
    out += fmt::format(
        "    {}, /* tables of weights */\n    {}u, /* arena bytes */\n"
        "    {}u, /* weights bytes */\n    0x{:08X}u, /* weights CRC */\n    {},\n",
        weights.count, plan.arena_bytes, weights.bytes, weights.crc,
        weights.count > 0 ? "emk_spans" : "0");
    out += fmt::format("    emk_{}_run,\n}};\n", name);
}

std::string accessor_bodies(const Graph &graph, const Plan &plan, const std::string &name) {
    std::string out;
    const auto append = [&](const char *kind, const std::vector<TensorId> &tensors) {
        for (size_t i = 0; i < tensors.size(); ++i) {
            const std::string number = tensors.size() > 1 ? fmt::format("{}", i) : "";
            const std::string_view type = c_type_of(graph.tensor(tensors[i]).type.type);
            out +=
                fmt::format("{0} *emk_{1}_{2}{3}(void)\n{{\n    return EMK_AT({0}, {4});\n}}\n\n",
                            type, name, kind, number, plan.buffer_of(tensors[i])->offset);
        }
    };
    append("input", graph.inputs);
    append("output", graph.outputs);
    return out;
}

std::string step_function(const RunCode &code, const StateCode &state, size_t segments,
                          const std::string &name) {
    std::string out =
        code.slice_functions + "static uint16_t emk_slice; /* whose turn it is */\n\n";
    out +=
        fmt::format("int emk_{}_step(void)\n{{\n{}    switch (emk_slice) {{\n", name, state.begin);
    out += code.slices + "        default:\n            break;\n    }\n";
    out += fmt::format("    if (++emk_slice < {}u) return 0;\n    emk_slice = 0;\n", segments);
    return out + state.end + "    return 1;\n}\n\n";
}

}  // namespace

GeneratedModel generate_model(const Graph &graph, const Plan &plan,
                              const CodegenOptions &given_options) {
    CodegenOptions options = given_options;
    options.name = c_identifier(options.name);
    const std::vector<NamedStep> steps = lower_steps(graph, plan);

    GeneratedModel model;
    model.name = options.name;
    model.header = make_header(graph, plan, options);
    std::set<std::string_view> headers = {"emk/literals.h"};
    for (const NamedStep &step : steps) {
        for (const KernelCall &call : step.lowered.calls) headers.insert(call.header);
    }
    std::string &out = model.source;
    out = header_comment(graph, options) + source_prologue(plan, options, headers) +
          memory_map(plan) + "\n";
    std::set<std::string> sources;
    Weights weights;
    for (const NamedStep &step : steps) {
        out += fmt::format("/* ---- {} */\n\n", comment_text(describe_step(graph, *step.step)));
        for (const ConstantTable &table : step.lowered.tables) {
            append_table(out, table_name(step, table.name), table, step.step->weights_in_ram);
            weights.add(table_name(step, table.name), table);
        }
        for (const KernelCall &call : step.lowered.calls) append_arguments(out, plan, step, call);
        sources.insert(std::string(step.step->kernel->source));
        sources.insert(step.lowered.sources.begin(), step.lowered.sources.end());
    }
    out += accessor_bodies(graph, plan, options.name);
    const RunCode code = run_code(graph, plan, steps);
    const StateCode state = state_code(graph, plan, options.name);
    out += code.functions + state.functions;
    out += fmt::format("void emk_{}_run(void)\n{{\n{}{}{}}}\n\n", options.name, state.begin,
                       code.calls, state.end);
    out += step_function(code, state, plan.segments.size(), options.name);
    append_model(out, graph, plan, options.name, weights);
    model.kernel_sources.assign(sources.begin(), sources.end());
    return model;
}

}  // namespace embark
