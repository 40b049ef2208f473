#include "workflow/bench.h"

#include <algorithm>
#include <random>

#include "base/bytes.h"
#include "ops/registry.h"
#include "plan/kernel.h"
#include "workflow/elf_sections.h"

namespace embark {

namespace {

Json bench_steps(const PreparedModel &model, const std::vector<uint32_t> &cycles) {
    Json rows = Json::array();
    for (size_t i = 0; i < model.plan.steps.size(); ++i) {
        const Step &step = model.plan.steps[i];
        int64_t macc = 0;
        for (const int index : step.nodes) {
            const Node &node = model.graph.nodes[static_cast<size_t>(index)];
            macc += op_of(node).macc(model.graph, node);
        }
        rows.push_back({{"name", step.name},
                        {"kernel", std::string(step.kernel->name)},
                        {"macc", macc},
                        {"cycles", i < cycles.size() ? cycles[i] : 0},
                        {"planned_cycles", step.cycles}});
    }
    return rows;
}

}  // namespace

std::vector<Bytes> random_inputs(const Graph &graph) {
    std::mt19937 random(1);
    std::vector<Bytes> inputs;
    for (const TensorId id : graph.inputs) {
        const TensorType &type = graph.tensor(id).type;
        Bytes bytes;
        for (int64_t i = 0; i < element_count(type.shape); ++i) {
            if (type.type == DataType::kFloat32) {
                append_le(bytes, static_cast<float>(random() >> 8) / 16777216.0f);
            } else {
                for (size_t k = 0; k < size_of(type.type); ++k) {
                    bytes.push_back(static_cast<uint8_t>(random()));
                }
            }
        }
        inputs.push_back(std::move(bytes));
    }
    return inputs;
}

Expected<Json> firmware_document(const PreparedModel &model, const std::filesystem::path &elf,
                                 int64_t stack_high_water) {
    EMBARK_ASSIGN(auto measured, firmware_sections(elf));
    measured["stack"] = stack_high_water;
    const FlashUse &flash = model.footprint.flash;
    const RamUse &ram = model.footprint.ram;
    const std::pair<const char *, int64_t> predicted[] = {
        {"vectors", flash.vectors}, {"text", flash.text}, {"rodata", flash.rodata},
        {"weights", flash.weights}, {"data", flash.data}, {"bss", ram.bss},
        {"arena", ram.arena},       {"stack", ram.stack},
    };
    Json document;
    document["file"] = elf.filename().string();
    document["toolchain"] = model.footprint.compiler;
    document["sections"] = Json::array();
    for (const auto &[name, bytes] : predicted) {
        document["sections"].push_back(
            {{"name", name}, {"bytes", measured[name]}, {"predicted_bytes", bytes}});
    }
    document["flash_bytes"] = measured["vectors"] + measured["text"] + measured["rodata"] +
                              measured["weights"] + measured["data"];
    document["ram_bytes"] =
        measured["data"] + measured["bss"] + measured["arena"] + measured["stack"];
    document["predicted_flash_bytes"] = flash.total();
    document["predicted_ram_bytes"] = ram.total();
    return document;
}

Expected<Json> bench_on_board(const PreparedModel &model, const std::string &file,
                              const std::string &command_line) {
    SessionOptions options;
    options.command_line = command_line;
    const TargetSpec spec{TargetSpec::Kind::kVirtual, model.board.id};
    EMBARK_ASSIGN(Session session, Session::open(model, spec, options));
    EMBARK_ASSIGN(const TargetResult result, session.client().run(random_inputs(model.graph)));
    EMBARK_ASSIGN(const std::vector<uint32_t> cycles, session.client().profile());
    const auto stats = session.emulation();
    const int64_t stack = stats ? stats->stack_high_water : 0;
    EMBARK_ASSIGN(const Json firmware, firmware_document(model, session.elf(), stack));

    Json document = new_document("bench");
    document["target"] = spec.text();
    document["model"] = model_document(model.original, file);
    document["board"] = board_document(model.board);
    document["objective"] = std::string(to_string(model.plan.objective));
    document["bench_steps"] = bench_steps(model, cycles);
    int64_t macc = 0;
    for (const Json &step : document["bench_steps"]) macc += step["macc"].get<int64_t>();
    document["macc"] = macc;
    set_figure(document, "cycles", result.cycles, "modelled");
    set_figure(document, "planned_cycles", model.plan.cycles, "modelled");
    set_figure(document, "latency_ms", result.cycles * 1e3 / model.board.clock_hz, "modelled");
    set_figure(document, "energy_uj", energy_uj(model.board, result.cycles), "modelled");
    set_figure(document, "arena_bytes", model.plan.arena_bytes, "measured");
    set_figure(document, "stack_bytes", stack, "measured");
    set_figure(document, "predicted_stack_bytes", model.footprint.ram.stack, "predicted");
    set_figure(document, "flash_bytes", firmware["flash_bytes"], "measured");
    set_figure(document, "ram_bytes", firmware["ram_bytes"], "measured");
    set_figure(document, "predicted_flash_bytes", firmware["predicted_flash_bytes"], "predicted");
    set_figure(document, "predicted_ram_bytes", firmware["predicted_ram_bytes"], "predicted");
    document["firmware"] = firmware;
    return document;
}

}  // namespace embark
