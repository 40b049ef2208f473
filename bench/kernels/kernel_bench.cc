// Modelled cycles of every int8 convolution kernel over the shapes of convolutions.txt, beside the
// portable kernel in the same run:
//
//   kernel_bench [WORD]     shapes whose line holds WORD

#include <fmt/format.h>

#include <fstream>
#include <sstream>

#include "base/files.h"
#include "boards/board.h"
#include "workflow/kernel_cases.h"
#include "workflow/kernel_lab.h"

namespace embark {
namespace {

struct Case {
    ConvCase shape;
    std::string name;
};

Expected<std::vector<Case>> read_cases(const std::string &word) {
    EMBARK_ASSIGN(const auto root, data_directory());
    EMBARK_ASSIGN(const std::string text, read_text_file(root / "bench/kernels/convolutions.txt"));
    std::istringstream lines(text);
    std::vector<Case> cases;
    for (std::string line; std::getline(lines, line);) {
        if (line.empty() || line[0] == '#' || line.find(word) == std::string::npos) continue;
        std::istringstream fields(line);
        Case c;
        ConvCase &s = c.shape;
        fields >> s.in_h >> s.in_w >> s.in_c >> s.out_c >> s.kernel_h >> s.kernel_w >> s.stride_h;
        fields >> s.top >> s.bottom >> s.left >> s.right >> std::ws;
        s.stride_w = s.stride_h;
        std::getline(fields, c.name);
        cases.push_back(c);
    }
    return cases;
}

struct Run {
    std::string label;
    KernelTrial trial;
};

std::vector<Run> runs_of(const Graph &graph, const Bytes &input) {
    std::vector<Run> runs;
    const Node &node = graph.nodes[0];
    runs.push_back({"portable", {&graph, select_portable_kernel(graph, node), {input}}});
    for (const KernelDefinition &kernel : all_kernels()) {
        if (kernel.op != node.op || kernel.type != DataType::kInt8) continue;
        if (!kernel.accepts(graph, node)) continue;
        const std::string name(kernel.name);
        runs.push_back({name, {&graph, &kernel, {input}, TrialMode::kWhole, true}});
        runs.push_back({name + ", least RAM", {&graph, &kernel, {input}}});
        KernelTrial rings{&graph, &kernel, {input}, TrialMode::kRings};
        Step step;
        step.nodes = {0};
        if (kernel.rows(graph, step)) runs.push_back({name + ", row by row", rings});
    }
    return runs;
}

Status print_case(const Case &c, const Board &board) {
    const Graph graph = make_conv_case(c.shape, {}, 1);
    const std::vector<Run> runs = runs_of(graph, make_conv_input(c.shape, {}, 1));
    std::vector<KernelTrial> trials;
    for (const Run &run : runs) trials.push_back(run.trial);
    EMBARK_ASSIGN(const auto results, run_trials_on_board(trials, board));
    fmt::print("{}x{}x{} -> {}, {}\n", c.shape.in_h, c.shape.in_w, c.shape.in_c, c.shape.out_c,
               c.name);
    const double products = static_cast<double>(c.shape.products());
    for (size_t i = 0; i < runs.size(); ++i) {
        fmt::print(
            "  {:<34} {:>10} cycles {:>6.2f} /MAC {:>5.1f} x  planned {:>10} {:>+5.1f} %  "
            "scratch {:>6} B{}\n",
            runs[i].label, results[i].cycles, static_cast<double>(results[i].cycles) / products,
            static_cast<double>(results[0].cycles) / static_cast<double>(results[i].cycles),
            results[i].planned,
            100.0 *
                (static_cast<double>(results[i].planned) / static_cast<double>(results[i].cycles) -
                 1),
            results[i].scratch_bytes,
            results[i].output == results[0].output ? "" : "  OUTPUT DIFFERS");
    }
    return Ok{};
}

Status run(const std::string &word) {
    EMBARK_ASSIGN(const Board board, find_board("stm32l4r9i-disco", {}));
    EMBARK_ASSIGN(const std::vector<Case> cases, read_cases(word));
    fmt::print("cycles modelled on {}\n", board.id);
    for (const Case &c : cases) EMBARK_RETURN_IF_ERROR(print_case(c, board));
    return Ok{};
}

}  // namespace
}  // namespace embark

int main(int argc, char **argv) {
    const embark::Status status = embark::run(argc > 1 ? argv[1] : "");
    if (status.ok()) return 0;
    fmt::print(stderr, "kernel_bench: {}\n", to_string(status.error()));
    return 1;
}
