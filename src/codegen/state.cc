#include "codegen/state.h"

#include <fmt/format.h>

#include "codegen/names.h"
#include "ops/registry.h"

namespace embark {

namespace {

constexpr const char *kSet =
    "static void set_state(uint32_t at, uint32_t bytes, uint8_t value)\n{\n"
    "    for (uint32_t i = 0; i < bytes; ++i) arena.bytes[at + i] = value;\n}\n\n";
constexpr const char *kKeep =
    "static void keep_state(uint32_t at, uint32_t from, uint32_t bytes)\n{\n"
    "    for (uint32_t i = 0; i < bytes; ++i) arena.bytes[at + i] = arena.bytes[from + i];\n}\n\n";

}  // namespace

StateCode state_code(const Graph &graph, const Plan &plan, const std::string &name) {
    StateCode code;
    if (graph.states.empty()) return code;
    code.declaration = fmt::format(
        "/* Forgets what earlier runs left: the next one starts as the first did. */\n"
        "void emk_{}_reset(void);\n\n",
        name);
    const StateBytes first = initial_state(graph);
    std::string reset;
    for (size_t i = 0; i < graph.states.size(); ++i) {
        const State &state = graph.states[i];
        const std::string comment = comment_text(graph.tensor(state.before).name);
        const size_t bytes = first[i].size();
        const int64_t at = plan.buffer_of(state.before)->offset;
        const int64_t from = plan.buffer_of(state.after)->offset;
        reset += fmt::format("    set_state({}u, {}u, {}u); /* {} */\n", at, bytes,
                             first[i].empty() ? 0 : first[i].front(), comment);
        if (at == from) continue;
        code.end +=
            fmt::format("    keep_state({}u, {}u, {}u); /* {} */\n", at, from, bytes, comment);
    }
    code.functions = "static uint8_t has_state; /* whether the states hold values */\n\n";
    code.functions += kSet;
    if (!code.end.empty()) code.functions += kKeep;
    code.functions +=
        fmt::format("void emk_{}_reset(void)\n{{\n{}    has_state = 1;\n}}\n\n", name, reset);
    code.begin = fmt::format("    if (has_state == 0) emk_{}_reset();\n", name);
    return code;
}

}  // namespace embark
