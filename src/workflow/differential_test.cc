// Random small networks: what the generated C computes equals the reference byte for byte.

#include <gtest/gtest.h>

#include <random>
#include <set>

#include "plan/kernel.h"
#include "workflow/model_program_testing.h"

namespace embark {

namespace {

constexpr uint32_t kNetworks = 60;
constexpr Objective kObjectives[] = {Objective::kRam, Objective::kBalanced, Objective::kTime};

/// Draws a network of a few layers; layers that do not fit the map are left out.
class RandomNetwork {
  public:
    explicit RandomNetwork(uint32_t seed) : random_(seed) {
        graph_ = graph_with_input({1, draw(3, 13), draw(3, 13), draw(1, 9)});
        graph_.name = "random " + std::to_string(seed);
        current_ = graph_.inputs.front();
    }

    Graph build() {
        const int64_t layers = draw(3, 8);
        for (int64_t i = 0; i < layers; ++i) {
            add_map_layer();
            if (chance(10)) add_output();
        }
        if (chance(60)) add_tail();
        if (graph_.nodes.empty() || current_ == graph_.inputs.front()) add_activation();
        add_output();
        EXPECT_TRUE(verify(graph_).ok()) << graph_.name;
        return graph_;
    }

  private:
    int64_t draw(int64_t low, int64_t high) {
        return low + static_cast<int64_t>(random_() % static_cast<uint32_t>(high - low + 1));
    }
    bool chance(int64_t percent) { return draw(1, 100) <= percent; }
    int64_t any_of(std::initializer_list<int64_t> values) {
        return values.begin()[draw(0, static_cast<int64_t>(values.size()) - 1)];
    }

    const Shape &shape() const { return graph_.tensor(current_).type.shape; }
    int64_t channels() const { return shape().back(); }

    void add_output() {
        if (graph_.producer(current_) >= 0 && !graph_.is_output(current_)) {
            graph_.outputs.push_back(current_);
        }
    }

    TensorId constant(Shape shape) {
        const auto values = noise(element_count(shape), static_cast<uint32_t>(random_()));
        const std::string name = "c" + std::to_string(graph_.tensors.size());
        return graph_.add_constant(name, std::move(shape), values);
    }

    /// Appends the node, or nothing when its operator refuses it. \returns whether it was added
    bool append(const std::string &op, std::vector<TensorId> inputs, Attributes attributes = {}) {
        const std::string name = op + " " + std::to_string(graph_.nodes.size());
        Graph with = graph_;
        const auto output = append_node(with, make_node(op, name, std::move(inputs), attributes));
        if (!output.ok() || element_count(with.tensor(*output).type.shape) > 6000) return false;
        graph_ = std::move(with);
        current_ = *output;
        return true;
    }

    Attributes window(bool dilated) {
        const auto pads = [&] { return chance(50) ? 0 : draw(0, 2); };
        Attributes attributes;
        attributes["strides"] = std::vector<int64_t>{any_of({1, 1, 2, 3}), any_of({1, 1, 2, 3})};
        attributes["padding"] = std::vector<int64_t>{pads(), pads(), pads(), pads()};
        if (dilated && chance(25)) {
            attributes["dilations"] = std::vector<int64_t>{draw(1, 2), draw(1, 2)};
        }
        return attributes;
    }

    void add_conv() {
        const int64_t groups = chance(25) ? (channels() % 3 == 0   ? 3
                                             : channels() % 2 == 0 ? 2
                                                                   : 1)
                                          : 1;
        const int64_t out = groups * draw(1, groups > 1 ? 3 : 9);
        std::vector<TensorId> inputs = {
            current_, constant({out, draw(1, 5), draw(1, 5), channels() / groups})};
        if (chance(70)) inputs.push_back(constant({out}));
        Attributes attributes = window(true);
        if (groups > 1) attributes["groups"] = groups;
        append("conv2d", inputs, attributes);
    }

    void add_depthwise() {
        const int64_t out = channels() * (chance(30) ? 2 : 1);
        std::vector<TensorId> inputs = {current_, constant({draw(1, 5), draw(1, 5), out})};
        if (chance(70)) inputs.push_back(constant({out}));
        append("depthwise_conv2d", inputs, window(true));
    }

    void add_pool() {
        const std::string op = chance(60) ? "max_pool2d" : "average_pool2d";
        Attributes attributes = window(false);
        const std::vector<int64_t> kernel = {draw(1, 3), draw(1, 3)};
        attributes["kernel"] = kernel;
        if (chance(60)) {  // windows that tile the map, which convolutions can absorb
            attributes["strides"] = kernel;
            attributes["padding"] = std::vector<int64_t>{0, 0, 0, 0};
        }
        append(op, {current_}, attributes);
    }

    void add_activation() {
        std::vector<std::string> names;
        for (const OpDefinition &op : all_ops()) {
            if (op.has(kActivation)) names.emplace_back(op.name);
        }
        const std::string op = names[static_cast<size_t>(draw(0, int64_t(names.size()) - 1))];
        Attributes attributes;
        if ((op == "leaky_relu" || op == "elu") && chance(70)) attributes["alpha"] = 0.3;
        if (op == "gelu") attributes["approximate"] = draw(0, 1);
        if (op == "clip") attributes["min"] = -0.25, attributes["max"] = 0.75;
        append(op, {current_}, attributes);
    }

    void add_batch_norm() {
        const int64_t c = channels();
        append("batch_norm", {current_, constant({c}), constant({c})});
    }

    void add_binary() {
        const std::string op = std::vector<std::string>{"add", "subtract", "multiply", "maximum",
                                                        "minimum"}[static_cast<size_t>(draw(0, 4))];
        const TensorId before = current_;
        switch (draw(0, 3)) {
            case 0:
                append(op, {before, constant({channels()})});
                return;
            case 1:
                append(op, {constant(shape()), before});
                return;
            case 2:
                append(op, {before, before});
                return;
            default:
                break;
        }
        if (chance(30)) add_activation();
        const TensorId left = current_;
        current_ = before;
        add_same_size_layer();
        append(op, {left, current_});
    }

    /// A layer whose output has the shape of its input.
    void add_same_size_layer() {
        if (shape().size() != 4 || chance(30)) return add_activation();
        const int64_t c = channels();
        append("conv2d", {current_, constant({c, 3, 3, c}), constant({c})},
               {{"padding", std::vector<int64_t>{1, 1, 1, 1}}});
        if (chance(50)) add_activation();
    }

    void add_concat() {
        const TensorId before = current_;
        std::vector<TensorId> inputs = {before};
        for (int64_t i = draw(1, 2); i > 0; --i) {
            current_ = before;
            add_same_size_layer();
            inputs.push_back(current_);
        }
        append("concat", inputs, {{"axis", draw(1, 3)}});
    }

    void add_pad() {
        const int64_t front = chance(20) ? 1 : 0;
        append("pad", {current_},
               {{"before", std::vector<int64_t>{0, draw(0, 2), draw(0, 2), front}},
                {"after", std::vector<int64_t>{0, draw(0, 2), draw(0, 2), 0}},
                {"value", chance(60) ? 0.0 : 0.5}});
        if (chance(60)) add_conv();
    }

    void add_map_layer() {
        const int64_t kind = draw(0, 99);
        if (kind < 34) return add_conv();
        if (kind < 44) return add_depthwise();
        if (kind < 58) return add_pool();
        if (kind < 72) return add_activation();
        if (kind < 80) return add_batch_norm();
        if (kind < 89) return add_binary();
        if (kind < 94) return add_concat();
        if (kind < 98) return add_pad();
        append("softmax", {current_});
    }

    void add_tail() {
        if (chance(50)) {
            append(chance(50) ? "global_average_pool" : "global_max_pool", {current_},
                   {{"keep_dims", chance(30) ? 1 : 0}});
        }
        append("reshape", {current_}, {{"shape", Shape{1, element_count(shape())}}});
        for (int64_t i = draw(0, 2); i > 0; --i) {
            const int64_t out = draw(1, 10);
            append("dense", {current_, constant({out, channels()}), constant({out})});
            if (chance(60)) add_activation();
            if (chance(30)) add_batch_norm();
        }
        if (chance(50)) append("softmax", {current_});
    }

    std::mt19937 random_;
    Graph graph_;
    TensorId current_ = kNoTensor;
};

/// Inputs of as many runs as the program makes.
std::vector<std::vector<Bytes>> noisy_inputs(const Graph &graph, uint32_t seed) {
    std::vector<std::vector<Bytes>> runs(kRunsPerModel);
    for (std::vector<Bytes> &inputs : runs) {
        seed += 1000;
        for (const TensorId id : graph.inputs) {
            auto values = noise(element_count(graph.tensor(id).type.shape), seed);
            for (float &value : values) value *= 3.0f;
            inputs.push_back(to_bytes(values));
        }
    }
    return runs;
}

std::string describe(const Graph &graph) {
    std::string text = graph.name;
    for (const Node &node : graph.nodes) {
        text += "\n  " + node.name + " " + to_string(graph.tensor(node.inputs[0]).type.shape) +
                " -> " + to_string(graph.tensor(node.outputs[0]).type.shape);
    }
    return text;
}

}  // namespace

TEST(GeneratedCode, GivesTheReferencesBytesForRandomNetworks) {
    const Board board = find_board("stm32l4r9i-disco").value();
    ModelProgram program;
    std::vector<std::string> labels;  // by model
    std::vector<Graph> graphs;
    std::set<std::string> used;
    int chains = 0, in_rows = 0;
    for (uint32_t seed = 1; seed <= kNetworks; ++seed) {
        const Graph graph = RandomNetwork(seed).build();
        for (const Node &node : graph.nodes) used.insert(node.op);
        for (const Objective objective : kObjectives) {
            PrepareOptions options;
            options.plan.objective = objective;
            options.plan.fuse = objective != Objective::kTime || seed % 4 != 0;
            options.name = "m" + std::to_string(seed) + "_" + std::string(to_string(objective));
            const auto model = prepare_model(graph, board, options);
            ASSERT_TRUE(model.ok()) << to_string(model.error()) << "\n" << describe(graph);
            labels.push_back(options.name + ": " + describe(model->graph));
            graphs.push_back(model->graph);
            program.add(*model, noisy_inputs(model->graph, seed));
            for (const Segment &segment : model->plan.segments) {
                if (segment.step_count > 1) {
                    ++chains;
                } else if (model->plan.steps[static_cast<size_t>(segment.first_step)].row_by_row) {
                    ++in_rows;
                }
            }
        }
    }
    for (const KernelDefinition &kernel : all_kernels()) {
        EXPECT_TRUE(kernel.op.empty() || used.contains(std::string(kernel.op)))
            << kernel.op << " is in no network";
    }
    EXPECT_GE(chains, 10) << "too few plans stream rows";
    EXPECT_GE(in_rows, 10) << "too few outputs grow over their own input";
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
