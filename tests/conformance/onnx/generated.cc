#include "generated.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/process.h"
#include "project/project.h"
#include "workflow/prepare.h"

namespace embark {
namespace fs = std::filesystem;

namespace {

/// Reads every run's inputs from `in`, writes the outputs to `out`.
std::string main_source(const std::string &name, size_t runs) {
    return fmt::format(R"(#include <stdio.h>
#include "{0}.h"
int main(void)
{{
    const emk_model *model = &emk_{0}_model;
    FILE *in = fopen("in", "rb"), *out = fopen("out", "wb");
    if (in == NULL || out == NULL) return 1;
    for (int run = 0; run < {1}; ++run) {{
        for (int i = 0; i < model->input_count; ++i)
            if (fread(model->inputs[i].data, model->inputs[i].bytes, 1, in) != 1) return 2;
        model->run();
        for (int i = 0; i < model->output_count; ++i)
            if (fwrite(model->outputs[i].data, model->outputs[i].bytes, 1, out) != 1) return 3;
    }}
    return fclose(out);
}}
)",
                       name, runs);
}

Status run_command(const std::vector<std::string> &argv, const fs::path &folder) {
    ProcessOptions options;
    options.directory = folder;
    EMBARK_ASSIGN(const ProcessResult result, run_process(argv, options));
    if (result.exit_status == 0) return Ok{};
    return make_error(ErrorCode::kInternal,
                      fmt::format("{} ended with {}: {}", argv[0], result.exit_status,
                                  last_lines(result.output, 12)));
}

}  // namespace

Expected<std::vector<std::vector<Bytes>>> run_generated(
    const Graph &graph, const fs::path &folder, const std::vector<std::vector<Bytes>> &runs) {
    PrepareOptions options;
    options.name = "model";
    EMBARK_ASSIGN(const PreparedModel model, prepare_model(graph, std::nullopt, options));
    const GeneratedModel code = generate_code(model, "");
    Bytes input;
    for (const std::vector<Bytes> &inputs : runs) {
        for (const Bytes &bytes : inputs) input.insert(input.end(), bytes.begin(), bytes.end());
    }
    EMBARK_RETURN_IF_ERROR(write_file(folder / (code.name + ".h"), code.header));
    EMBARK_RETURN_IF_ERROR(write_file(folder / (code.name + ".c"), code.source));
    EMBARK_RETURN_IF_ERROR(write_file(folder / "main.c", main_source(code.name, runs.size())));
    EMBARK_RETURN_IF_ERROR(write_file(folder / "in", input));
    const std::string include = std::string("-I") + EMBARK_SOURCE_DIR + "/runtime/include";
    EMBARK_RETURN_IF_ERROR(
        run_command({"cc", "-std=c99", "-O0", "-Wall", "-Wextra", "-Wpedantic", "-Wconversion",
                     "-Werror", "-ffp-contract=off", include, code.name + ".c", "main.c",
                     EMBARK_KERNEL_LIBRARY, "-o", "program"},
                    folder));
    EMBARK_RETURN_IF_ERROR(run_command({(folder / "program").string()}, folder));
    EMBARK_ASSIGN(const Bytes all, read_file(folder / "out"));
    std::vector<std::vector<Bytes>> results;
    auto at = all.begin();
    for (size_t run = 0; run < runs.size(); ++run) {
        std::vector<Bytes> &outputs = results.emplace_back();
        for (const TensorId id : graph.outputs) {
            const auto size = static_cast<std::ptrdiff_t>(graph.tensor(id).type.bytes());
            const auto count = std::min(size, all.end() - at);
            outputs.emplace_back(at, at + count);
            at += count;
        }
    }
    return results;
}

}  // namespace embark
