// Runs folders of ONNX's backend tests (model.onnx, test_data_set_N/{input,output}_M.pb) and prints
// a line for each, separated by tabs: result, folder, operators, reason.
//
//   onnx_conformance [--generated] FOLDER…
//
// Results are passed, failed (wrong output, or C that does not compile), unsupported (the importer
// or an operator refuses it) and crashed. Each folder runs in a process of its own. Without
// --generated the reference arithmetic in this process gives the outputs, with it the generated C.

#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <set>

#include "generated.h"
#include "import/onnx/model.h"
#include "import/onnx/onnx_importer.h"
#include "ops/registry.h"

namespace embark {
namespace {
namespace fs = std::filesystem;

// Of ONNX's own runner (onnx/backend/test/loader): numpy.testing.assert_allclose.
constexpr double kRelative = 1e-3, kAbsolute = 1e-7;
constexpr unsigned kSeconds = 60;

struct Outcome {
    std::string result, operators, reason;
};

struct DataSet {
    std::vector<Tensor> inputs, outputs;
};

std::string one_line(std::string text) {
    for (char &letter : text) {
        if (letter == '\n' || letter == '\t') letter = ' ';
    }
    return text;
}

Expected<std::vector<Tensor>> read_tensors(const fs::path &folder, const std::string &kind) {
    std::vector<Tensor> tensors;
    for (int i = 0;; ++i) {
        const fs::path file = folder / fmt::format("{}_{}.pb", kind, i);
        if (!fs::exists(file)) return tensors;
        EMBARK_ASSIGN(const Bytes bytes, read_file(file));
        EMBARK_ASSIGN(const onnx::TensorDef def, onnx::decode_tensor(bytes));
        EMBARK_ASSIGN(Tensor tensor, onnx::to_tensor(def));
        tensors.push_back(std::move(tensor));
    }
}

Expected<DataSet> read_data_set(const fs::path &folder) {
    DataSet set;
    EMBARK_ASSIGN(set.inputs, read_tensors(folder, "input"));
    EMBARK_ASSIGN(set.outputs, read_tensors(folder, "output"));
    return set;
}

double half_to_double(uint16_t half) {
    const int exponent = half >> 10 & 31, fraction = half & 1023;
    const double sign = (half & 0x8000) != 0 ? -1 : 1;
    if (exponent == 31) return fraction != 0 ? NAN : sign * INFINITY;
    if (exponent == 0) return sign * std::ldexp(fraction, -24);
    return sign * std::ldexp(fraction + 1024, exponent - 25);
}

bool near(double found, double expected) {
    if (std::isnan(expected) || std::isnan(found)) return std::isnan(expected) == std::isnan(found);
    if (found == expected) return true;
    return std::abs(found - expected) <= kAbsolute + kRelative * std::abs(expected);
}

template <typename T>
T element(const Bytes &bytes, size_t index) {
    T value;
    std::memcpy(&value, bytes.data() + index * sizeof(T), sizeof(T));
    return value;
}

double real(const Bytes &bytes, DataType type, size_t index) {
    if (type == DataType::kFloat16) return half_to_double(element<uint16_t>(bytes, index));
    if (type == DataType::kFloat64) return element<double>(bytes, index);
    return double{element<float>(bytes, index)};
}

/// Where \p found differs from what the test expects; empty when nowhere.
std::string difference(const Tensor &expected, const TensorType &type, const Bytes &found) {
    if (type.type != expected.type.type || type.shape != expected.type.shape) {
        return fmt::format("is {}{}, expected {}{}", to_string(type.type), to_string(type.shape),
                           to_string(expected.type.type), to_string(expected.type.shape));
    }
    const bool is_real = type.type == DataType::kFloat32 || type.type == DataType::kFloat64 ||
                         type.type == DataType::kFloat16;
    if (!is_real) return found == *expected.data ? "" : "has other integers than expected";
    const size_t count = found.size() / size_of(type.type);
    for (size_t i = 0; i < count; ++i) {
        const double value = real(found, type.type, i), wanted = real(*expected.data, type.type, i);
        if (near(value, wanted)) continue;
        return fmt::format("element {} is {}, expected {}", i, value, wanted);
    }
    return "";
}

/// Names of the operators of a model, sorted.
std::string operators_of(const Bytes &bytes) {
    const auto model = onnx::decode_model(bytes);
    if (!model.ok()) return "?";
    std::set<std::string> names;
    for (const onnx::NodeDef &node : model->graph.nodes) {
        names.insert(node.domain.empty() ? node.op : node.domain + "." + node.op);
    }
    std::string text;
    for (const std::string &name : names) text += (text.empty() ? "" : ",") + name;
    return text;
}

/// Values for inputs that must be constants, from the data set; the others stay inputs.
ImportOptions bind_inputs(const std::vector<onnx::ModelInput> &inputs, DataSet &set) {
    ImportOptions options;
    std::vector<Tensor> open;
    for (size_t i = 0; i < inputs.size() && i < set.inputs.size(); ++i) {
        const Tensor &tensor = set.inputs[i];
        if (inputs[i].decides) {
            options.input_constants[inputs[i].name] = {tensor.type.type, tensor.type.shape,
                                                       *tensor.data};
            continue;
        }
        options.input_shapes[inputs[i].name] = tensor.type.shape;
        open.push_back(tensor);
    }
    set.inputs = std::move(open);
    return options;
}

Expected<std::vector<Bytes>> run_graph(const Graph &graph, const DataSet &set, bool generated) {
    std::vector<Bytes> inputs;
    for (const Tensor &tensor : set.inputs) inputs.push_back(*tensor.data);
    if (!generated) return evaluate(graph, inputs);
    EMBARK_ASSIGN(const TemporaryDirectory folder, TemporaryDirectory::create());
    EMBARK_ASSIGN(const auto runs, run_generated(graph, folder.path(), {inputs, inputs}));
    if (runs[0] != runs[1]) return make_error(ErrorCode::kInternal, "the second run differs");
    return runs[0];
}

std::string check_outputs(const Graph &graph, const DataSet &set,
                          const std::vector<Bytes> &outputs) {
    if (outputs.size() != set.outputs.size()) {
        return fmt::format("has {} outputs, expected {}", outputs.size(), set.outputs.size());
    }
    for (size_t i = 0; i < outputs.size(); ++i) {
        const std::string text =
            difference(set.outputs[i], graph.tensor(graph.outputs[i]).type, outputs[i]);
        if (!text.empty()) return fmt::format("output {} {}", i, text);
    }
    return "";
}

Outcome run_folder(const fs::path &folder, bool generated) {
    const auto bytes = read_file(folder / "model.onnx");
    if (!bytes.ok()) return {"failed", "?", to_string(bytes.error())};
    Outcome outcome{"passed", operators_of(*bytes), ""};
    const auto give_up = [&](std::string_view result, const Error &error) {
        outcome.result = result;
        outcome.reason = error.message;
        for (const std::string &note : error.notes) outcome.reason += " | " + note;
        return outcome;
    };
    for (int i = 0; fs::exists(folder / fmt::format("test_data_set_{}", i)); ++i) {
        const auto inputs = onnx::list_inputs(*bytes);
        if (!inputs.ok()) return give_up("unsupported", inputs.error());
        auto set = read_data_set(folder / fmt::format("test_data_set_{}", i));
        // Data of a kind that the importer refuses as well; its message says more.
        const ImportOptions options = set.ok() ? bind_inputs(*inputs, *set) : ImportOptions{};
        const auto graph =
            onnx::import_onnx_bytes(*bytes, folder.filename().string(), folder, options);
        if (!graph.ok()) return give_up("unsupported", graph.error());
        if (!set.ok()) return give_up("unsupported", set.error());
        const auto outputs = run_graph(*graph, *set, generated);
        if (!outputs.ok()) {
            const bool refused = outputs.error().code == ErrorCode::kUnsupported;
            return give_up(refused ? "unsupported" : "failed", outputs.error());
        }
        outcome.reason = check_outputs(*graph, *set, *outputs);
        if (!outcome.reason.empty()) {
            outcome.result = "failed";
            return outcome;
        }
    }
    return outcome;
}

void print_outcome(const fs::path &folder, const Outcome &outcome) {
    fmt::print("{}\t{}\t{}\t{}\n", outcome.result, folder.string(), outcome.operators,
               one_line(outcome.reason));
    std::fflush(stdout);
}

/// Runs one folder in a child, so that a crash or a loop costs one line.
void run_isolated_folder(const fs::path &folder, bool generated) {
    std::fflush(stdout);
    const pid_t child = ::fork();
    if (child == 0) {
        ::alarm(kSeconds);
        print_outcome(folder, run_folder(folder, generated));
        ::_exit(0);
    }
    int status = 0;
    if (child < 0 || ::waitpid(child, &status, 0) != child) {
        print_outcome(folder, {"failed", "?", "no process could be made"});
    } else if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        print_outcome(folder, {"crashed", "?", fmt::format("ended with status {:#x}", status)});
    }
}

}  // namespace
}  // namespace embark

int main(int argc, char **argv) {
    const bool generated = argc > 1 && std::string_view(argv[1]) == "--generated";
    for (int i = generated ? 2 : 1; i < argc; ++i) {
        embark::run_isolated_folder(argv[i], generated);
    }
    return 0;
}
