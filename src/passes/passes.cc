#include "passes/passes.h"

#include <fmt/format.h>

#include <chrono>

#include "ops/registry.h"

namespace embark {

#define PASS(name, summary) int name(Graph &graph);
#define PASS_ON_REQUEST(name, summary) int name(Graph &graph);
#include "passes/passes.def"
#undef PASS
#undef PASS_ON_REQUEST

namespace {

constexpr PassDefinition kPasses[] = {
#define PASS(name, summary) {#name, summary, name, false},
#define PASS_ON_REQUEST(name, summary) {#name, summary, name, true},
#include "passes/passes.def"
#undef PASS
#undef PASS_ON_REQUEST
};

Expected<const PassDefinition *> find_pass(const std::string &name) {
    std::string names;
    for (const PassDefinition &pass : kPasses) {
        if (pass.name == name) return &pass;
        names += (names.empty() ? "" : ", ") + std::string(pass.name);
    }
    return make_error(ErrorCode::kUsage,
                      fmt::format("unknown pass '{}', expected one of {}", name, names));
}

Expected<PassResult> run_pass(Graph &graph, const PassDefinition &pass) {
    const auto start = std::chrono::steady_clock::now();
    const int changes = pass.run(graph);
    const std::chrono::duration<double, std::milli> elapsed =
        std::chrono::steady_clock::now() - start;
    if (Status status = verify(graph); !status.ok()) {
        Error error = status.error();
        error.code = ErrorCode::kInternal;
        error.notes.push_back(
            fmt::format("found after pass {}; --disable-pass {} avoids it", pass.name, pass.name));
        return error;
    }
    return PassResult{std::string(pass.name), changes, elapsed.count()};
}

}  // namespace

std::span<const PassDefinition> all_passes() {
    return kPasses;
}

Expected<std::vector<PassResult>> run_passes(Graph &graph, const std::set<std::string> &disabled) {
    for (const std::string &name : disabled) EMBARK_RETURN_IF_ERROR(find_pass(name));
    std::vector<PassResult> results;
    for (const PassDefinition &pass : kPasses) {
        if (pass.on_request || disabled.contains(std::string(pass.name))) continue;
        EMBARK_ASSIGN(PassResult result, run_pass(graph, pass));
        results.push_back(std::move(result));
    }
    return results;
}

Expected<std::vector<PassResult>> run_named_passes(Graph &graph,
                                                   const std::vector<std::string> &names) {
    std::vector<PassResult> results;
    for (const std::string &name : names) {
        EMBARK_ASSIGN(const PassDefinition *pass, find_pass(name));
        EMBARK_ASSIGN(PassResult result, run_pass(graph, *pass));
        results.push_back(std::move(result));
    }
    return results;
}

}  // namespace embark
