// Every operator in every type that it takes: what the generated C computes equals the reference.

#include "ops/samples/samples.h"
#include "workflow/model_program_testing.h"

namespace embark {

TEST(GeneratedCode, GivesTheReferencesBytesForEveryOperatorAndType) {
    const Board board = find_board("stm32l4r9i-disco").value();
    ModelProgram program;
    std::vector<Graph> graphs;
    std::vector<std::string> labels;
    for (const OpSample &sample : op_samples()) {
        for (const SampleType &type : sample_types()) {
            if (!supports(sample, type)) continue;
            const Graph graph = sample_graph(sample, type).value();
            PrepareOptions options;
            options.name = "m" + std::to_string(graphs.size());
            // A view alone computes nothing.
            if (op_of(graph.nodes[0]).has(kView)) continue;
            const auto model = prepare_model(graph, board, options);
            ASSERT_TRUE(model.ok())
                << sample.op << " " << type.name << ": " << to_string(model.error());
            graphs.push_back(model->graph);
            labels.push_back(std::string(sample.op) + " " + std::string(type.name));
            program.add(*model, {sample_inputs(model->graph, 1), sample_inputs(model->graph, 2)});
        }
    }
    std::string failure;
    const auto outputs = program.run(failure);
    ASSERT_EQ(failure, "");
    for (size_t run = 0; run < outputs.size(); ++run) {
        const size_t model = run / kRunsPerModel;
        EXPECT_EQ(first_difference(graphs[model], program.expected()[run], outputs[run]), "")
            << "run " << run % kRunsPerModel << " of " << labels[model];
    }
}

}  // namespace embark
