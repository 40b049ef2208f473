#include "plan/footprint.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "plan/kernel.h"

namespace embark {
namespace fs = std::filesystem;

namespace {

constexpr const char *kDefaultCore = "cortex-m4";
constexpr const char *kDefaultFamily = "stm32l4";

// The generated model on a 32-bit target: structures of emk/model.h, a run function that calls one
// function per segment, and those functions, compiled by the measured compiler with profiling.
// Checked against the linker in tests/e2e.
constexpr int64_t kModelBytes = 64, kTensorBytes = 48, kSpanBytes = 8, kPointerBytes = 4;
constexpr int64_t kRunTextBytes = 24, kSegmentTextBytes = 32;
constexpr int64_t kRowsCallTextBytes = 20, kCallTextBytes = 16;
constexpr int64_t kRowLoopTextBytes = 12, kSecondReaderTextBytes = 60;
// Stack: the run function saves the return address; a segment's function also passes the fifth
// argument there, and saves the registers that count rows.
constexpr int64_t kRunStackBytes = 8, kSegmentStackBytes = 16, kRowLoopStackBytes = 24;
constexpr int64_t kChainStackBytes = 32, kChainedStepStackBytes = 4;

struct Function {
    int64_t text = 0;
    int64_t stack = 0;
    std::vector<std::string> calls;
    std::string file;
};

struct Unit {
    int64_t rodata = 0, bss = 0, data = 0, vectors = 0;
};

/// The measurements of one core.
struct Measurements {
    std::string compiler;
    std::map<std::string, Unit> units;
    std::map<std::string, Function> functions;  ///< by name; those of several files by file, too
};

/// Static functions of different files may share a name: each file means its own.
void add_functions(const nlohmann::json &files, Measurements &measured) {
    std::map<std::string, int> count;
    for (const auto &unit : files) {
        for (const auto &entry : unit.at("functions").items()) ++count[entry.key()];
    }
    for (const auto &[file, unit] : files.items()) {
        const auto &functions = unit.at("functions");
        const auto key = [&, &file = file](const std::string &name) {
            return functions.contains(name) && count[name] > 1 ? file + ":" + name : name;
        };
        for (const auto &[name, entry] : functions.items()) {
            Function function{entry.at("text"), entry.at("stack"), {}, file};
            for (const std::string callee : entry.at("calls")) {
                function.calls.push_back(key(callee));
            }
            measured.functions[key(name)] = std::move(function);
        }
    }
}

Expected<Measurements> load_measurements(const std::string &core) {
    EMBARK_ASSIGN(const fs::path root, data_directory());
    fs::path path = root / "runtime" / "footprint" / (core + ".json");
    std::error_code ignored;
    if (!fs::exists(path, ignored)) path.replace_filename(std::string(kDefaultCore) + ".json");
    EMBARK_ASSIGN(const std::string text, read_text_file(path));
    Measurements measured;
    try {
        const auto document = nlohmann::json::parse(text);
        measured.compiler = document.at("compiler");
        for (const auto &[file, unit] : document.at("files").items()) {
            measured.units[file] = {unit.value("rodata", int64_t{0}), unit.value("bss", int64_t{0}),
                                    unit.value("data", int64_t{0}),
                                    unit.value("vectors", int64_t{0})};
        }
        add_functions(document.at("files"), measured);
    } catch (const nlohmann::json::exception &error) {
        return make_error(ErrorCode::kInvalid, Location{path.string(), ""},
                          fmt::format("not the output of tools/footprint.py: {}", error.what()));
    }
    return measured;
}

/// The function of one segment.
struct SegmentUse {
    int64_t stack = kSegmentStackBytes;
    std::set<std::string> kernels;
};

/// What the generated file adds.
struct ModelUse {
    int64_t text = kRunTextBytes;
    int64_t rodata = kModelBytes;
    int64_t weights = 0;
    int64_t data = 0;  ///< weights that are copied to RAM
    int64_t bss = 0;
    std::map<std::string, SegmentUse> segments;  ///< by "(first step's name)"
    std::set<std::string> activations;
};

/// Walks the call graph of a firmware with a given model.
class CallGraph {
  public:
    CallGraph(const Measurements &measured, const ModelUse &model)
        : measured_(measured), model_(model) {}

    /// All measured functions that \p roots reach.
    std::set<std::string> reachable(const std::vector<std::string> &roots) const {
        std::set<std::string> seen;
        std::vector<std::string> open = roots;
        while (!open.empty()) {
            const std::string name = open.back();
            open.pop_back();
            if (!seen.insert(name).second) continue;
            for (const std::string &callee : callees(name)) open.push_back(callee);
        }
        return seen;
    }

    /// Stack bytes below \p name, its own frame included; \p chain gets the deepest path.
    int64_t depth(const std::string &name, std::vector<std::string> &chain) const {
        int64_t deepest = 0;
        std::vector<std::string> below;
        for (const std::string &callee : callees(name)) {
            std::vector<std::string> path;
            const int64_t bytes = depth(callee, path);
            if (bytes > deepest || below.empty()) {
                deepest = bytes;
                below = std::move(path);
            }
        }
        chain = {name};
        chain.insert(chain.end(), below.begin(), below.end());
        return frame(name) + deepest;
    }

  private:
    static constexpr const char *kRun = "(model run)";

    int64_t frame(const std::string &name) const {
        if (name == kRun) return kRunStackBytes;
        const auto segment = model_.segments.find(name);
        if (segment != model_.segments.end()) return segment->second.stack;
        const auto found = measured_.functions.find(name);
        return found == measured_.functions.end() ? 0 : found->second.stack;
    }

    /// A call through a pointer leads from the service to the model, from a kernel to an
    /// activation.
    std::vector<std::string> callees(const std::string &name) const {
        if (name == kRun) {
            std::vector<std::string> calls;
            for (const auto &[segment, use] : model_.segments) calls.push_back(segment);
            return calls;
        }
        const auto segment = model_.segments.find(name);
        if (segment != model_.segments.end()) {
            const std::set<std::string> &kernels = segment->second.kernels;
            std::vector<std::string> calls(kernels.begin(), kernels.end());
            calls.insert(calls.end(), {"emk_step_begin", "emk_step_end"});
            return calls;
        }
        const auto found = measured_.functions.find(name);
        if (found == measured_.functions.end()) return {};
        std::vector<std::string> calls;
        for (const std::string &callee : found->second.calls) {
            if (callee != "*") {
                calls.push_back(callee);
            } else if (found->second.file.starts_with("runtime/link/")) {
                calls.push_back(kRun);
            } else {
                calls.insert(calls.end(), model_.activations.begin(), model_.activations.end());
            }
        }
        return calls;
    }

    const Measurements &measured_;
    const ModelUse &model_;
};

/// Bytes of an argument structure: all fields are words.
int64_t words_of(const ArgumentField &field) {
    if (field.kind == ArgumentField::Kind::kStruct) {
        int64_t words = 0;
        for (const ArgumentField &inner : field.fields) words += words_of(inner);
        return words;
    }
    return 1 + std::count(field.text.begin(), field.text.end(), ',');
}

void collect_activations(const ArgumentField &field, std::set<std::string> &functions) {
    for (const ArgumentField &inner : field.fields) collect_activations(inner, functions);
    if (field.name == "function" && field.text != "0") functions.insert(field.text);
}

/// String literals are padded to words and merged when equal.
int64_t string_bytes(const std::set<std::string> &strings) {
    int64_t bytes = 0;
    for (const std::string &text : strings) {
        bytes += (static_cast<int64_t>(text.size()) + 1 + 3) / 4 * 4;
    }
    return bytes;
}

void add_reachable(const Measurements &measured, const std::string &name,
                   std::set<std::string> &seen) {
    if (!seen.insert(name).second) return;
    const auto found = measured.functions.find(name);
    if (found == measured.functions.end()) return;
    for (const std::string &callee : found->second.calls) add_reachable(measured, callee, seen);
}

/// Code that decides which step of a stream makes a row: the more steps, the more of their counters
/// leave the registers.
int64_t chain_text_bytes(const Plan &plan, const Segment &segment) {
    const auto first = plan.steps.begin() + segment.first_step;
    const auto end = first + segment.step_count;
    int64_t reads = 0;
    for (auto step = first; step != end; ++step) {
        for (const TensorId input : step->inputs) {
            reads += std::count_if(first, step, [&](const Step &s) { return s.output == input; });
        }
    }
    const int64_t steps = segment.step_count;
    return (26 + 2 * steps) * steps + kSecondReaderTextBytes * (reads - (steps - 1));
}

void use_segment(const Graph &graph, const Plan &plan, const Segment &segment, ModelUse &use) {
    const Step &first = plan.steps[static_cast<size_t>(segment.first_step)];
    SegmentUse &function = use.segments["(" + first.name + ")"];
    use.text += kSegmentTextBytes;
    if (segment.step_count > 1) {
        use.text += chain_text_bytes(plan, segment);
        const int64_t stack = kChainStackBytes + kChainedStepStackBytes * segment.step_count;
        function.stack = (stack + 7) / 8 * 8;
    } else if (first.row_by_row) {
        use.text += kRowLoopTextBytes;
        function.stack = kRowLoopStackBytes;
    }
    for (int i = 0; i < segment.step_count; ++i) {
        const Step &step = plan.steps[static_cast<size_t>(segment.first_step + i)];
        const LoweredStep lowered = step.kernel->lower(graph, step);
        (step.weights_in_ram ? use.data : use.weights) += table_bytes(lowered);
        use.rodata += kSpanBytes * static_cast<int64_t>(lowered.tables.size());
        for (const KernelCall &call : lowered.calls) {
            function.kernels.insert(call.function);
            use.text += call.takes_rows ? kRowsCallTextBytes : kCallTextBytes;
            for (const ArgumentField &field : call.fields) {
                use.rodata += words_of(field) * 4;
                collect_activations(field, use.activations);
            }
        }
        use.rodata += kPointerBytes;
        use.bss += 4;
    }
}

ModelUse model_use(const Graph &graph, const Plan &plan, const std::string &model_name) {
    ModelUse use;
    std::set<std::string> strings = {model_name};
    for (const Segment &segment : plan.segments) {
        use_segment(graph, plan, segment, use);
        for (int i = 0; i < segment.step_count; ++i) {
            strings.insert(plan.steps[static_cast<size_t>(segment.first_step + i)].name);
        }
    }
    for (const auto *tensors : {&graph.inputs, &graph.outputs}) {
        for (const TensorId id : *tensors) {
            use.rodata += kTensorBytes;
            strings.insert(graph.tensor(id).name);
        }
    }
    use.rodata += string_bytes(strings);
    return use;
}

}  // namespace

int64_t table_bytes(const LoweredStep &lowered) {
    int64_t bytes = 0;
    for (const ConstantTable &table : lowered.tables) {
        bytes += static_cast<int64_t>(table.bytes.size());
    }
    return bytes;
}

int64_t constant_bytes(const LoweredStep &lowered) {
    int64_t bytes = table_bytes(lowered);
    for (const KernelCall &call : lowered.calls) {
        for (const ArgumentField &field : call.fields) bytes += words_of(field) * 4;
    }
    return bytes;
}

std::map<std::string, int64_t> kernel_code_bytes(const Board &board) {
    std::map<std::string, int64_t> bytes;
    const auto measured = load_measurements(board.core);
    if (!measured.ok()) return bytes;
    for (const auto &[name, function] : measured->functions) {
        std::set<std::string> reached;
        add_reachable(*measured, name, reached);
        for (const std::string &callee : reached) {
            const auto found = measured->functions.find(callee);
            if (found != measured->functions.end()) bytes[name] += found->second.text;
        }
    }
    return bytes;
}

Expected<Footprint> predict_footprint(const Graph &graph, const Plan &plan, const Board &board,
                                      const std::string &model_name) {
    EMBARK_ASSIGN(const Measurements measured, load_measurements(board.core));
    const ModelUse use = model_use(graph, plan, model_name);
    const CallGraph calls(measured, use);
    const std::string family =
        "boards/families/" + (board.family.empty() ? kDefaultFamily : board.family) + "/";

    // Vectors keep every handler alive; main is a template of two calls.
    constexpr int64_t kMainTextBytes = 20;
    std::vector<std::string> roots = {"emk_port_init", "emk_link_serve"};
    for (const auto &[name, function] : measured.functions) {
        if (function.file == family + "startup.c") roots.push_back(name);
    }
    const std::set<std::string> used = calls.reachable(roots);

    Footprint footprint;
    footprint.compiler = measured.compiler;
    std::set<std::string> files = {family + "startup.c"};
    footprint.flash.text = kMainTextBytes + use.text;
    for (const std::string &name : used) {
        const auto found = measured.functions.find(name);
        if (found == measured.functions.end()) continue;
        footprint.flash.text += (found->second.text + 3) / 4 * 4;
        files.insert(found->second.file);
    }
    footprint.flash.rodata = use.rodata;
    footprint.flash.weights = use.weights;
    footprint.weights_in_ram = use.data;
    footprint.flash.data = footprint.ram.data = use.data;
    footprint.ram.bss = use.bss;
    footprint.ram.arena = plan.arena_bytes;
    for (const std::string &file : files) {
        const auto unit = measured.units.find(file);
        if (unit == measured.units.end()) continue;
        footprint.flash.rodata += unit->second.rodata;
        footprint.flash.vectors += unit->second.vectors;
        footprint.flash.data += unit->second.data;
        footprint.ram.data += unit->second.data;
        footprint.ram.bss += unit->second.bss;
    }
    constexpr int64_t kMainStackBytes = 8;
    footprint.ram.stack = kMainStackBytes + calls.depth("emk_reset", footprint.stack_chain) +
                          calls.depth("emk_link_serve", footprint.stack_chain);
    return footprint;
}

}  // namespace embark
