#include <fmt/format.h>

#include "cli/command.h"
#include "cli/common.h"
#include "workflow/bench.h"

namespace embark {

namespace {

struct BenchCommand {
    ModelOptions model;
    JsonOption json;
};

void print_steps(const Json &document) {
    fmt::print("{:<28} {:>14} {:>14} {:>12} {:>12}\n", "step", "cycles *", "planned *", "MACC",
               "cycles/MACC");
    for (const Json &step : document["bench_steps"]) {
        const int64_t macc = step["macc"];
        const std::string ratio =
            macc > 0
                ? fmt::format("{:.2f}", step["cycles"].get<double>() / static_cast<double>(macc))
                : "-";
        fmt::print("{:<28} {:>14} {:>14} {:>12} {:>12}\n", step["name"].get<std::string>(),
                   step["cycles"].get<int64_t>(), step["planned_cycles"].get<int64_t>(), macc,
                   ratio);
    }
    fmt::print("{:<28} {:>14} {:>14} {:>12}\n", "total", document["cycles"].get<int64_t>(),
               document["planned_cycles"].get<int64_t>(), document["macc"].get<int64_t>());
    fmt::print("\nlatency {:.1f} ms *   stack {} B measured, {} B predicted\n",
               document["latency_ms"].get<double>(), document["stack_bytes"].get<int64_t>(),
               document["predicted_stack_bytes"].get<int64_t>());
    fmt::print(
        "flash {} B measured, {} B predicted   RAM {} B measured, {} B predicted\n",
        document["flash_bytes"].get<int64_t>(), document["predicted_flash_bytes"].get<int64_t>(),
        document["ram_bytes"].get<int64_t>(), document["predicted_ram_bytes"].get<int64_t>());
    fmt::print("* modelled: the virtual board's timing model, and the planner's cost model\n");
}

Expected<int> bench(const BenchCommand &options, const std::string &command_line) {
    EMBARK_RETURN_IF_ERROR(options.json.check());
    EMBARK_ASSIGN(const PreparedModel model, options.model.prepare());
    EMBARK_ASSIGN(const Json document, bench_on_board(model, options.model.model, command_line));
    EMBARK_RETURN_IF_ERROR(options.json.write(document));
    if (!options.json.replaces_text()) print_steps(document);
    return 0;
}

}  // namespace

void add_bench(CLI::App &app, Invocation &invocation) {
    auto options = std::make_shared<BenchCommand>();
    options->model.add_to(app, true);
    options->json.add_to(app);
    app.callback([options, &invocation] {
        invocation.run = [options, &invocation] {
            return guarded([&] { return bench(*options, invocation.command_line); });
        };
    });
}

}  // namespace embark
