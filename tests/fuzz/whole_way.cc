#include "fuzz/whole_way.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "codegen/codegen.h"
#include "ops/registry.h"
#include "passes/passes.h"
#include "plan/plan.h"

namespace embark {

namespace {

// What a fuzzer can afford for each input.
constexpr size_t kMostConstants = 64 << 10;
constexpr size_t kMostTensors = 8 << 20;
constexpr int64_t kMostMacc = 2'000'000;

[[noreturn]] void fail(const char *what, const Error &error) {
    std::fprintf(stderr, "%s: %s\n", what, error.message.c_str());
    std::abort();
}

template <typename Result>
bool succeeds(const char *what, const Result &result) {
    if (result.ok()) return true;
    if (result.error().code == ErrorCode::kInternal) fail(what, result.error());
    return false;
}

/// A board without limits: what does not fit is planned too.
Board any_board() {
    Board board;
    board.core = "cortex-m4";
    board.fpu = "sp";
    board.dsp = true;
    MemoryRegion flash, ram;
    flash.kind = MemoryRegion::Kind::kFlash;
    flash.bytes = ram.bytes = 0x7fffffff;
    board.memory = {flash, ram};
    return board;
}

struct Size {
    size_t constants = 0;
    size_t tensors = 0;
    int64_t macc = 0;
};

Size size_of(const Graph &graph) {
    Size size;
    for (const Tensor &tensor : graph.tensors) {
        size_t &sum = tensor.is_constant() ? size.constants : size.tensors;
        sum += std::min(tensor.type.bytes(), kMostTensors);
    }
    for (const Node &node : graph.nodes) {
        size.macc += std::min(op_of(node).macc(graph, node), kMostMacc);
    }
    return size;
}

void compute(const Graph &graph) {
    std::vector<Bytes> inputs;
    for (const TensorId id : graph.inputs) {
        Bytes bytes(graph.tensor(id).type.bytes());
        const bool is_bool = graph.tensor(id).type.type == DataType::kBool;
        for (size_t i = 0; i < bytes.size(); ++i) {
            bytes[i] = static_cast<uint8_t>(is_bool ? i & 1 : i * 37 + 11);
        }
        inputs.push_back(std::move(bytes));
    }
    succeeds("evaluation", evaluate(graph, inputs));
}

}  // namespace

void expect_whole_way(const Expected<Graph> &imported) {
    if (!succeeds("import", imported)) return;
    Graph graph = *imported;
    if (const Status status = verify(graph); !status.ok()) fail("verification", status.error());
    if (const auto passes = run_passes(graph); !passes.ok()) fail("passes", passes.error());
    const Size size = size_of(graph);
    const auto plan = make_plan(graph, any_board());
    if (succeeds("plan", plan) && size.constants <= kMostConstants) {
        generate_model(graph, *plan, {});
    }
    if (size.tensors < kMostTensors && size.macc < kMostMacc) compute(graph);
}

}  // namespace embark
