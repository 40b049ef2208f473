#pragma once
// Runs generated C on the host beside the reference; for tests only.

#include <gtest/gtest.h>

#include <algorithm>
#include <iomanip>
#include <sstream>

#include "base/process.h"
#include "ops/testing.h"
#include "project/project.h"
#include "workflow/prepare.h"

namespace embark {

constexpr int kRunsPerModel = 2;  // the second one shows what the first one left in the arena

/// Several models in one program: reads every run's inputs from a file, writes the outputs. Odd
/// runs go in slices.
class ModelProgram {
  public:
    /// \param runs  kRunsPerModel times the inputs
    void add(const PreparedModel &model, const std::vector<std::vector<Bytes>> &runs) {
        ASSERT_EQ(runs.size(), static_cast<size_t>(kRunsPerModel));
        const GeneratedModel code = generate_code(model, "");
        const auto files = model_files(code);
        ASSERT_TRUE(files.ok()) << to_string(files.error());
        files_.insert(files->begin(), files->end());
        includes_ += "#include \"" + model.name + ".h\"\n";
        models_ += "    {&emk_" + model.name + "_model, emk_" + model.name + "_step},\n";
        StateBytes state = initial_state(model.graph);
        for (const std::vector<Bytes> &inputs : runs) {
            for (const Bytes &bytes : inputs) {
                input_.insert(input_.end(), bytes.begin(), bytes.end());
            }
            const auto outputs = evaluate(model.graph, inputs, nullptr, &state);
            ASSERT_TRUE(outputs.ok()) << to_string(outputs.error());
            expected_.push_back(*outputs);
        }
    }

    /// The outputs of every run of every model, or an error's text in \p failure.
    std::vector<std::vector<Bytes>> run(std::string &failure) {
        auto folder = TemporaryDirectory::create();
        if (!folder.ok())
            return failure = to_string(folder.error()), std::vector<std::vector<Bytes>>{};
        const auto path = folder->path() / "program";
        files_["main.c"] = main_source();
        if (Status written = write_project(files_, path); !written.ok()) {
            failure = to_string(written.error());
            return {};
        }
        EXPECT_TRUE(write_file(path / "in", input_).ok());
        std::vector<std::string> argv = {"cc",           "-std=c99",         "-O1",
                                         "-Wall",        "-Wextra",          "-Wpedantic",
                                         "-Wconversion", "-Werror",          "-ffp-contract=off",
                                         "-Imodel",      "-Iruntime/include"};
        for (const auto &[name, text] : files_) {
            if (name.ends_with(".c")) argv.push_back(name);
        }
        argv.insert(argv.end(), {"-o", "program"});
        ProcessOptions options;
        options.directory = path;
        for (const auto &command : {argv, {(path / "program").string()}}) {
            const auto result = run_process(command, options);
            if (!result.ok() || result->exit_status != 0) {
                failure =
                    command.front() + ": " +
                    (result.ok() ? last_lines(result->output, 30) : to_string(result.error()));
                return {};
            }
        }
        return split(read_file(path / "out").value());
    }

    const std::vector<std::vector<Bytes>> &expected() const { return expected_; }

  private:
    std::string main_source() const {
        return "#include <stdio.h>\n" + includes_ +
               "static const struct { const emk_model *model; int (*step)(void); } models[] = {\n" +
               models_ +
               "};\n"
               "int main(void)\n{\n"
               "    FILE *in = fopen(\"in\", \"rb\"), *out = fopen(\"out\", \"wb\");\n"
               "    if (in == NULL || out == NULL) return 1;\n"
               "    for (size_t m = 0; m < sizeof models / sizeof models[0]; ++m) {\n"
               "        const emk_model *model = models[m].model;\n"
               "        for (int run = 0; run < " +
               std::to_string(kRunsPerModel) +
               "; ++run) {\n"
               "            for (int i = 0; i < model->input_count; ++i)\n"
               "                if (fread(model->inputs[i].data, model->inputs[i].bytes, 1, in) != "
               "1)"
               " return 1;\n"
               "            if (run == 0) model->run();\n"
               "            else while (!models[m].step()) { }\n"
               "            for (int i = 0; i < model->output_count; ++i)\n"
               "                fwrite(model->outputs[i].data, model->outputs[i].bytes, 1, out);\n"
               "        }\n    }\n    return fclose(out);\n}\n";
    }

    std::vector<std::vector<Bytes>> split(const Bytes &all) const {
        std::vector<std::vector<Bytes>> runs;
        auto at = all.begin();
        for (const auto &outputs : expected_) {
            auto &run = runs.emplace_back();
            for (const Bytes &output : outputs) {
                const auto count = std::min<std::ptrdiff_t>(
                    all.end() - at, static_cast<std::ptrdiff_t>(output.size()));
                run.emplace_back(at, at + count);
                at += count;
            }
        }
        return runs;
    }

    ProjectFiles files_;
    std::string includes_, models_;
    Bytes input_;
    std::vector<std::vector<Bytes>> expected_;
};

/// Where the outputs of one run differ; empty when nowhere.
inline std::string first_difference(const Graph &graph, const std::vector<Bytes> &expected,
                                    const std::vector<Bytes> &found) {
    for (size_t output = 0; output < expected.size(); ++output) {
        if (expected[output].size() != found[output].size()) {
            return "output " + std::to_string(output) + " is short";
        }
        const size_t size = size_of(graph.tensor(graph.outputs[output]).type.type);
        const auto at =
            std::mismatch(expected[output].begin(), expected[output].end(), found[output].begin());
        if (at.first == expected[output].end()) continue;
        const auto element = static_cast<size_t>(at.first - expected[output].begin()) / size;
        const auto hex = [&](const Bytes &bytes) {
            std::ostringstream text;
            for (size_t i = size; i-- > 0;) {
                text << std::hex << std::setw(2) << std::setfill('0')
                     << static_cast<int>(bytes[element * size + i]);
            }
            return text.str();
        };
        return "output " + std::to_string(output) + ", element " + std::to_string(element) +
               ": expected 0x" + hex(expected[output]) + ", found 0x" + hex(found[output]);
    }
    return "";
}

}  // namespace embark
