// Networks of others with what TensorFlow Lite Micro's reference kernels compute for them, every
// intermediate tensor included (tests/data/golden/README.md): the reference arithmetic, generated C
// on the host and firmware on a virtual board give the same bytes.

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <map>
#include <set>

#include "evaluate/npz.h"
#include "import/importer.h"
#include "import/tflite/tflite_importer.h"
#include "ops/registry.h"
#include "plan/footprint.h"
#include "workflow/run.h"

namespace embark {
namespace {

/// Bytes of the arena under `ram`, at most.
const std::map<std::string, int64_t> kMostRam = {
    {"kws_int8", 9'500}, {"ad_int8", 800}, {"ic_int8", 39'600}, {"vww_int8", 31'000}};

constexpr const char *kTargets[] = {"host", "virtual:stm32l4r9i-disco"};

std::filesystem::path data(const std::string &file) {
    return std::filesystem::path(EMBARK_SOURCE_DIR) / "tests" / "data" / file;
}

class Golden {
  public:
    explicit Golden(const std::string &name)
        : file_(NpzFile::open(data("golden/" + name + ".npz")).value()) {}

    bool contains(const std::string &name) const { return file_.contains(name); }
    Bytes operator[](const std::string &name) const { return file_.read(name).value().data; }
    std::vector<std::string> names() const { return file_.names(); }

    /// Every array NAME0, NAME1 …
    std::vector<Bytes> all(const std::string &name) const {
        std::vector<Bytes> arrays;
        while (contains(name + std::to_string(arrays.size()))) {
            arrays.push_back((*this)[name + std::to_string(arrays.size())]);
        }
        return arrays;
    }

  private:
    NpzFile file_;
};

Expected<Session> open_session(const PreparedModel &model, const std::string &target, bool trace) {
    SessionOptions options;
    options.trace = trace;
    return Session::open(model, parse_target(target).value(), options);
}

PreparedModel prepare(const Graph &graph, bool fuse, Objective objective = Objective::kBalanced) {
    PrepareOptions options;
    options.plan.fuse = options.plan.stream = fuse;
    options.plan.objective = objective;
    return prepare_model(graph, find_board("stm32l4r9i-disco").value(), options).value();
}

// The int8 networks of MLPerf Tiny.
class GoldenNetwork : public testing::TestWithParam<std::string> {
  protected:
    const Golden golden_{GetParam()};
    const Graph graph_ = import_model(data("tflite/" + GetParam() + ".tflite")).value();

    /// The golden tensor of that name in a dump. Activations that TensorFlow Lite fuses are nodes
    /// here, so that the tensor before them has none.
    std::optional<Bytes> find(const std::string &dump, const std::string &tensor) const {
        const std::string fused = "/relu";
        if (tensor.ends_with(fused)) {
            const std::string base = tensor.substr(0, tensor.size() - fused.size());
            if (golden_.contains(dump + "/" + base)) return golden_[dump + "/" + base];
        }
        if (is_fused_away(tensor) || !golden_.contains(dump + "/" + tensor)) return std::nullopt;
        return golden_[dump + "/" + tensor];
    }

    size_t count(const std::string &dump) const {
        const auto names = golden_.names();
        return static_cast<size_t>(
            std::count_if(names.begin(), names.end(),
                          [&](const std::string &name) { return name.starts_with(dump + "/"); }));
    }

  private:
    bool is_fused_away(const std::string &tensor) const {
        return std::any_of(graph_.tensors.begin(), graph_.tensors.end(),
                           [&](const Tensor &other) { return other.name == tensor + "/relu"; });
    }
};

TEST_P(GoldenNetwork, HasTheReferencesBytesInEveryTensor) {
    for (const auto &[dump, run] : {std::pair("dump0", "in0"), std::pair("dump5", "in5")}) {
        std::vector<Bytes> tensors;
        ASSERT_TRUE(evaluate(graph_, std::vector<Bytes>{golden_[run]}, &tensors).ok());
        tensors[static_cast<size_t>(graph_.inputs[0])] = golden_[run];
        size_t compared = 0;
        for (size_t id = 0; id < tensors.size(); ++id) {
            const std::string &name = graph_.tensors[id].name;
            if (graph_.tensors[id].is_constant()) continue;
            const auto expected = find(dump, name);
            if (!expected) continue;
            EXPECT_EQ(tensors[id], *expected) << dump << " " << name;
            ++compared;
        }
        EXPECT_EQ(compared, count(dump)) << "not every golden tensor has a counterpart";
    }
}

TEST_P(GoldenNetwork, HasTheReferencesBytesInEveryTensorOfGeneratedCode) {
    // Neither the input nor a reshape is the output of a step.
    size_t expected_count = count("dump0") - 1;
    for (const Node &node : graph_.nodes) expected_count -= op_of(node).has(kView) ? 1 : 0;
    const PreparedModel model = prepare(graph_, false);
    for (const std::string target : kTargets) {
        auto session = open_session(model, target, true);
        ASSERT_TRUE(session.ok()) << to_string(session.error());
        const auto outcome = run_once(model, *session, {golden_["in0"]}, true);
        ASSERT_TRUE(outcome.ok()) << to_string(outcome.error());
        std::set<std::string> compared;
        for (const NamedTensor &tensor : outcome->tensors) {
            const auto expected = find("dump0", tensor.name);
            if (!expected) continue;
            EXPECT_EQ(tensor.data, *expected) << target << " " << tensor.name;
            compared.insert(tensor.name);
        }
        EXPECT_EQ(compared.size(), expected_count) << target;
    }
}

TEST_P(GoldenNetwork, AnswersAsTheReferenceEverywhere) {
    const auto inputs = golden_.all("in"), outputs = golden_.all("out");
    ASSERT_EQ(inputs.size(), 8u);
    ASSERT_EQ(outputs.size(), 8u);
    for (size_t i = 0; i < inputs.size(); ++i) {
        EXPECT_EQ(evaluate(graph_, std::vector<Bytes>{inputs[i]}).value().front(), outputs[i]) << i;
    }
    const PreparedModel model = prepare(graph_, true);
    for (const std::string target : kTargets) {
        auto session = open_session(model, target, false);
        ASSERT_TRUE(session.ok()) << to_string(session.error());
        for (size_t i = 0; i < inputs.size(); ++i) {
            const auto result = session->client().run({inputs[i]});
            ASSERT_TRUE(result.ok()) << to_string(result.error());
            EXPECT_EQ(result->outputs.front(), outputs[i]) << target << " " << i;
        }
    }
}

TEST_P(GoldenNetwork, AnswersAsTheReferenceWithTheLeastRam) {
    const PreparedModel model = prepare(graph_, true, Objective::kRam);
    EXPECT_LE(model.plan.arena_bytes, kMostRam.at(GetParam()));
    for (const std::string target : kTargets) {
        auto session = open_session(model, target, false);
        ASSERT_TRUE(session.ok()) << to_string(session.error());
        // The second time on memory that the first one left behind.
        for (const char *number : {"0", "5"}) {
            const auto result = session->client().run({golden_[std::string("in") + number]});
            ASSERT_TRUE(result.ok()) << to_string(result.error());
            EXPECT_EQ(result->outputs.front(), golden_[std::string("out") + number]) << target;
        }
    }
}

TEST_P(GoldenNetwork, TakesLittleFlashWithoutBecomingAbsurdlySlow) {
    const Board board = find_board("stm32l4r9i-disco").value();
    const auto prepared = [&](Objective objective, bool portable, int64_t ram = 0) {
        PrepareOptions options;
        options.plan.objective = objective;
        options.plan.portable = portable;
        options.plan.ram_budget = ram;
        return prepare_model(graph_, board, options).value();
    };
    const auto flash = [&](const PreparedModel &model) {
        return predict_footprint(model.graph, model.plan, board, "net").value().flash.total();
    };
    const PreparedModel smallest = prepared(Objective::kFlash, false);
    const PreparedModel fastest = prepared(Objective::kTime, false);
    const PreparedModel portable = prepared(Objective::kTime, true);
    EXPECT_LE(smallest.plan.cycles, 8 * fastest.plan.cycles);
    EXPECT_LE(flash(smallest), flash(fastest));
    EXPECT_LE(flash(smallest), flash(portable));
    const int64_t least_ram = prepared(Objective::kTime, false, 1).plan.arena_bytes;
    EXPECT_LE(prepared(Objective::kFlash, false, least_ram).plan.arena_bytes, least_ram);

    auto session = open_session(smallest, "virtual:stm32l4r9i-disco", false);
    ASSERT_TRUE(session.ok()) << to_string(session.error());
    const auto result = session->client().run({golden_["in0"]});
    ASSERT_TRUE(result.ok()) << to_string(result.error());
    EXPECT_EQ(result->outputs.front(), golden_["out0"]);
}

INSTANTIATE_TEST_SUITE_P(MlperfTiny, GoldenNetwork,
                         testing::Values("kws_int8", "ad_int8", "ic_int8", "vww_int8"),
                         [](const auto &info) { return info.param; });

// Single operators with int16 activations. Several make one network, since building a firmware
// takes longer than running all of them.
class OperatorGroup {
  public:
    bool empty() const { return inputs_.empty(); }
    size_t bytes() const { return bytes_; }
    const Graph &graph() const { return graph_; }
    const std::vector<Bytes> &inputs() const { return inputs_; }
    const std::vector<Bytes> &outputs() const { return outputs_; }
    const std::string &name(size_t output) const { return names_[output]; }

    void add(const std::string &name, const Graph &graph, const std::vector<Bytes> &inputs,
             const std::vector<Bytes> &outputs) {
        const auto base = static_cast<TensorId>(graph_.tensors.size());
        const auto moved = [&](std::vector<TensorId> ids) {
            for (TensorId &id : ids) id = id == kNoTensor ? id : id + base;
            return ids;
        };
        for (Tensor tensor : graph.tensors) {
            tensor.name.insert(0, name + "/");
            if (!tensor.is_constant()) bytes_ += tensor.type.bytes();
            graph_.tensors.push_back(std::move(tensor));
        }
        for (Node node : graph.nodes) {
            node.name.insert(0, name + "/");
            node.inputs = moved(node.inputs);
            node.outputs = moved(node.outputs);
            graph_.nodes.push_back(std::move(node));
        }
        const auto append = [](auto &to, const auto &from) {
            to.insert(to.end(), from.begin(), from.end());
        };
        append(graph_.inputs, moved(graph.inputs));
        append(graph_.outputs, moved(graph.outputs));
        append(inputs_, inputs);
        append(outputs_, outputs);
        names_.resize(outputs_.size(), name);
        graph_.name = "operators";
    }

  private:
    Graph graph_;
    size_t bytes_ = 0;
    std::vector<Bytes> inputs_, outputs_;
    std::vector<std::string> names_;
};

std::vector<OperatorGroup> seanet_operators() {
    constexpr size_t kMostBytes = 300 << 10;  // of RAM, were no two tensors to share any
    const Golden golden("seanet");
    std::vector<OperatorGroup> groups(1);
    size_t models = 0;
    for (const std::string &entry : golden.names()) {
        if (!entry.ends_with("/model")) continue;
        const std::string name = entry.substr(0, entry.find('/'));
        const auto graph = tflite::build_graph(golden[entry], name + ".tflite");
        EXPECT_TRUE(graph.ok()) << to_string(graph.error());
        if (groups.back().bytes() > kMostBytes) groups.emplace_back();
        groups.back().add(name, *graph, golden.all(name + "/in"), golden.all(name + "/out"));
        ++models;
    }
    EXPECT_EQ(models, 66u);
    return groups;
}

TEST(GoldenOperators, AnswerAsTheReferenceEverywhere) {
    for (const OperatorGroup &group : seanet_operators()) {
        const auto check = [&](const std::string &where, const std::vector<Bytes> &found) {
            ASSERT_EQ(found.size(), group.outputs().size());
            for (size_t i = 0; i < found.size(); ++i) {
                EXPECT_EQ(found[i], group.outputs()[i]) << where << " " << group.name(i);
            }
        };
        check("reference", evaluate(group.graph(), group.inputs()).value());
        const PreparedModel model = prepare(group.graph(), true);
        for (const std::string target : kTargets) {
            auto session = open_session(model, target, false);
            ASSERT_TRUE(session.ok()) << to_string(session.error());
            const auto result = session->client().run(group.inputs());
            ASSERT_TRUE(result.ok()) << to_string(result.error());
            check(target, result->outputs);
        }
    }
}

// Float networks, where TensorFlow Lite adds in another order.
std::vector<float> floats(const Bytes &bytes) {
    std::vector<float> values(bytes.size() / sizeof(float));
    std::memcpy(values.data(), bytes.data(), bytes.size());
    return values;
}

/// The largest difference, relative to the largest value.
double relative_difference(const Bytes &left, const Bytes &right) {
    const auto a = floats(left), b = floats(right);
    if (a.size() != b.size()) return INFINITY;
    double difference = 0, largest = 0;
    for (size_t i = 0; i < a.size(); ++i) {
        difference = std::fmax(difference, std::fabs(double(a[i]) - double(b[i])));
        largest = std::fmax(largest, std::fabs(double(b[i])));
    }
    return difference / largest;
}

constexpr double kTolerance = 1e-5;

void check_float_network(const Graph &graph, const std::vector<Bytes> &inputs,
                         const std::vector<Bytes> &outputs) {
    const PreparedModel model = prepare(graph, true);
    std::vector<Session> sessions;
    for (const std::string target : kTargets) {
        auto session = open_session(model, target, false);
        ASSERT_TRUE(session.ok()) << to_string(session.error());
        sessions.push_back(std::move(session).value());
    }
    for (size_t i = 0; i < inputs.size(); ++i) {
        const auto reference = evaluate(graph, std::vector<Bytes>{inputs[i]});
        ASSERT_TRUE(reference.ok()) << to_string(reference.error());
        EXPECT_LE(relative_difference(reference->front(), outputs[i]), kTolerance) << i;
        for (Session &session : sessions) {
            const auto result = session.client().run({inputs[i]});
            ASSERT_TRUE(result.ok()) << to_string(result.error());
            EXPECT_LE(relative_difference(result->outputs.front(), outputs[i]), kTolerance)
                << session.spec().text() << " " << i;
        }
    }
}

TEST(GoldenFloatNetwork, AnswersWithinRoundingFromTensorFlowLiteAndKerasFiles) {
    const Golden golden("ic_float");
    const auto inputs = golden.all("in"), outputs = golden.all("out");
    ASSERT_EQ(inputs.size(), 4u);
    for (const char *file : {"ic_float.tflite", "ic_float.h5"}) {
        SCOPED_TRACE(file);
        check_float_network(import_model(data(std::string("golden/") + file)).value(), inputs,
                            outputs);
    }
}

/// MLPerf Tiny's ad.h5 is not what its float .tflite was made of: computed from it in double
/// precision, the outputs differ by 1 % from those of the .tflite.
constexpr const char *kOtherWeights = "ad.h5";

/// Files NAME0.bin, NAME1.bin … of a folder.
std::vector<Bytes> numbered_files(const std::filesystem::path &folder, const std::string &name) {
    std::vector<Bytes> files;
    while (true) {
        auto file = read_file(folder / (name + std::to_string(files.size()) + ".bin"));
        if (!file.ok()) return files;
        files.push_back(std::move(file).value());
    }
}

TEST(GoldenFloatNetwork, OthersAnswerWithinRoundingToo) {
    const char *folder = std::getenv("EMBARK_GOLDEN_DIR");
    if (folder == nullptr) GTEST_SKIP() << "EMBARK_GOLDEN_DIR names no folder of networks";
    const std::filesystem::path models = std::filesystem::path(folder) / "models";
    const std::filesystem::path golden = std::filesystem::path(folder) / "golden";
    for (const auto &entry : std::filesystem::directory_iterator(golden)) {
        const std::string name = entry.path().filename().string();
        if (!name.ends_with("_float")) continue;
        const auto inputs = numbered_files(entry.path(), "in");
        const auto outputs = numbered_files(entry.path(), "out");
        ASSERT_EQ(inputs.size(), outputs.size()) << name;
        const std::string stem = name.substr(0, name.rfind('_'));
        for (const auto &file : {models / (name + ".tflite"), models / (stem + ".h5")}) {
            if (!std::filesystem::exists(file) || file.filename() == kOtherWeights) continue;
            SCOPED_TRACE(file.string());
            check_float_network(import_model(file).value(), inputs, outputs);
        }
    }
}

}  // namespace
}  // namespace embark
