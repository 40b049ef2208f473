// The document of `analyze`.

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "ops/packed_weights.h"
#include "ops/registry.h"
#include "plan/kernel.h"
#include "workflow/documents.h"
#include "workflow/rank_boards.h"

namespace embark {

namespace {

/// Constants that a node reads: count of elements and bytes.
struct Constants {
    int64_t parameters = 0, bytes = 0;
};

Constants constants_of(const Graph &graph, const Node &node) {
    Constants sum;
    for (const TensorId id : node.inputs) {
        if (id == kNoTensor || !graph.tensor(id).is_constant()) continue;
        sum.parameters += element_count(graph.tensor(id).type.shape);
        sum.bytes += static_cast<int64_t>(graph.tensor(id).type.bytes());
    }
    if (node.attributes.contains(kWeightBits)) {
        sum.bytes += stored_weight_bytes(graph, node) -
                     static_cast<int64_t>(graph.tensor(node.inputs[1]).type.bytes());
    }
    return sum;
}

std::string short_type(DataType type) {
    switch (type) {
        case DataType::kFloat32:
            return "f32";
        case DataType::kFloat16:
            return "f16";
        case DataType::kInt8:
            return "s8";
        case DataType::kUint8:
            return "u8";
        case DataType::kInt16:
            return "s16";
        default:
            return std::string(to_string(type));
    }
}

double percent(int64_t part, int64_t whole) {
    return whole > 0 ? 100.0 * static_cast<double>(part) / static_cast<double>(whole) : 0.0;
}

struct LayerWork {
    std::vector<int64_t> macc;
    int64_t total = 0;
};

LayerWork work_of(const Graph &graph) {
    LayerWork work;
    for (const Node &node : graph.nodes) {
        work.macc.push_back(op_of(node).macc(graph, node));
        work.total += work.macc.back();
    }
    return work;
}

Json input_names(const Graph &graph, const Node &node) {
    Json names = Json::array();
    for (const TensorId id : node.inputs) {
        if (id == kNoTensor || graph.tensor(id).is_constant()) continue;
        const int producer = graph.producer(id);
        names.push_back(producer >= 0 ? graph.nodes[static_cast<size_t>(producer)].name
                                      : graph.tensor(id).name);
    }
    return names;
}

Json layers(const PreparedModel &model, const LayerWork &work) {
    const Graph &graph = model.graph;
    std::vector<int> step_of(graph.nodes.size(), -1);
    for (size_t s = 0; s < model.plan.steps.size(); ++s) {
        for (const int node : model.plan.steps[s].nodes)
            step_of[static_cast<size_t>(node)] = static_cast<int>(s);
    }
    Json rows = Json::array();
    for (size_t i = 0; i < graph.nodes.size(); ++i) {
        const Node &node = graph.nodes[i];
        const Constants constants = constants_of(graph, node);
        Json row = {{"id", i},
                    {"name", node.name},
                    {"type", node.op},
                    {"source_type", node.source},
                    {"shape", graph.tensor(node.outputs[0]).type.shape},
                    {"parameters", constants.parameters},
                    {"weights_bytes", constants.bytes},
                    {"macc", work.macc[i]},
                    {"macc_percent", percent(work.macc[i], work.total)},
                    {"inputs", input_names(graph, node)},
                    {"kernel", nullptr},
                    {"step", nullptr},
                    {"cycles", nullptr}};
        if (step_of[i] >= 0) {
            const Step &step = model.plan.steps[static_cast<size_t>(step_of[i])];
            row["kernel"] = std::string(step.kernel->name);
            row["step"] = step_of[i];
            if (model.has_board && step.nodes.front() == static_cast<int>(i))
                row["cycles"] = step.cycles;
        }
        rows.push_back(std::move(row));
    }
    return rows;
}

Json macc_by_type(const Graph &graph, const LayerWork &work) {
    struct Sum {
        int64_t layers = 0, macc = 0;
    };
    std::map<std::string, Sum> sums;
    for (size_t i = 0; i < graph.nodes.size(); ++i) {
        if (work.macc[i] == 0) continue;
        const Node &node = graph.nodes[i];
        Sum &sum = sums[node.op + "_" + short_type(graph.tensor(node.outputs[0]).type.type)];
        ++sum.layers;
        sum.macc += work.macc[i];
    }
    std::vector<std::pair<std::string, Sum>> sorted(sums.begin(), sums.end());
    std::stable_sort(sorted.begin(), sorted.end(),
                     [](const auto &a, const auto &b) { return a.second.macc > b.second.macc; });
    Json rows = Json::array();
    for (const auto &[type, sum] : sorted) {
        rows.push_back({{"type", type},
                        {"layers", sum.layers},
                        {"macc", sum.macc},
                        {"macc_percent", percent(sum.macc, work.total)}});
    }
    return rows;
}

Json training_layers(const SourceInfo &source) {
    Json rows = Json::array();
    for (const TrainingLayer &layer : source.training_layers) {
        rows.push_back({{"name", layer.name},
                        {"source_type", layer.source},
                        {"rate", std::clamp(layer.rate, 0.0, 1.0)},
                        {"after", layer.after}});
    }
    return rows;
}

Json candidates(const Step &step) {
    Json rows = Json::array();
    for (const Candidate &candidate : step.candidates) {
        rows.push_back({{"kernel", candidate.kernel},
                        {"scratch_bytes", candidate.scratch_bytes},
                        {"row_by_row", candidate.row_by_row},
                        {"cycles", candidate.cycles},
                        {"verdict", candidate.verdict}});
    }
    return rows;
}

Json steps(const PreparedModel &model) {
    Json rows = Json::array();
    for (const Step &step : model.plan.steps) {
        Json nodes = Json::array();
        for (const int node : step.nodes)
            nodes.push_back(model.graph.nodes[static_cast<size_t>(node)].name);
        rows.push_back({{"name", step.name},
                        {"nodes", nodes},
                        {"kernel", std::string(step.kernel->name)},
                        {"scratch_bytes", step.scratch_bytes},
                        {"row_by_row", step.row_by_row},
                        {"weights_in_ram", step.weights_in_ram},
                        {"cycles", model.has_board ? Json(step.cycles) : Json(nullptr)},
                        {"candidates", model.has_board ? candidates(step) : Json::array()}});
    }
    return rows;
}

Json arena(const Plan &plan) {
    Json rows = Json::array();
    for (const Buffer &buffer : plan.buffers) {
        const Segment &first = plan.segments[static_cast<size_t>(buffer.first_segment)];
        const Segment &last = plan.segments[static_cast<size_t>(buffer.last_segment)];
        rows.push_back({{"tensor", buffer.kind == Buffer::Kind::kLines ? buffer.name + " (lines)"
                                                                       : buffer.name},
                        {"offset", buffer.offset},
                        {"bytes", buffer.bytes},
                        {"first_step", first.first_step},
                        {"last_step", last.first_step + last.step_count - 1}});
    }
    return rows;
}

void add_sections(Json &document, const Footprint &footprint) {
    const FlashUse &flash = footprint.flash;
    const RamUse &ram = footprint.ram;
    document["flash_sections"] = {{{"name", "vectors"}, {"bytes", flash.vectors}},
                                  {{"name", "text"}, {"bytes", flash.text}},
                                  {{"name", "rodata"}, {"bytes", flash.rodata}},
                                  {{"name", "weights"}, {"bytes", flash.weights}},
                                  {{"name", "data"}, {"bytes", flash.data}}};
    document["ram_sections"] = {{{"name", "data"}, {"bytes", ram.data}},
                                {{"name", "bss"}, {"bytes", ram.bss}},
                                {{"name", "arena"}, {"bytes", ram.arena}},
                                {{"name", "stack"}, {"bytes", ram.stack}}};
}

void add_regions(Json &document, const PreparedModel &model) {
    const auto row = [](const MemoryRegion &region, int64_t margin) -> Json {
        const auto bytes = static_cast<int64_t>(region.bytes);
        return {{"name", region.name},
                {"kind", region.kind == MemoryRegion::Kind::kFlash ? "flash" : "ram"},
                {"origin", region.origin},
                {"bytes", bytes},
                {"used", bytes - margin},
                {"margin", margin}};
    };
    document["regions"] = {row(model.board.main_flash(), flash_margin(model)),
                           row(model.board.main_ram(), ram_margin(model))};
}

void add_board_figures(Json &document, const PreparedModel &model) {
    const Footprint &footprint = model.footprint;
    const auto cycles = static_cast<double>(model.plan.cycles);
    set_figure(document, "flash_bytes", footprint.flash.total(), "predicted");
    set_figure(document, "ram_bytes", footprint.ram.total(), "predicted");
    set_figure(document, "code_bytes", footprint.flash.code(), "predicted");
    set_figure(document, "stack_bytes", footprint.ram.stack, "predicted");
    set_figure(document, "cycles", model.plan.cycles, "modelled");
    set_figure(document, "latency_ms", cycles * 1e3 / model.board.clock_hz, "modelled");
    set_figure(document, "energy_uj", energy_uj(model.board, cycles), "modelled");
    document["fits"] = fits(model);
    document["board"] = board_document(model.board);
    add_sections(document, footprint);
    add_regions(document, model);
}

void add_no_board(Json &document) {
    for (const char *key : {"flash_bytes", "ram_bytes", "code_bytes", "stack_bytes", "cycles",
                            "latency_ms", "energy_uj", "fits", "board"}) {
        document[key] = nullptr;
    }
    for (const char *key : {"flash_sections", "ram_sections", "regions"})
        document[key] = Json::array();
}

int64_t stored_parameters(const Graph &graph) {
    std::set<TensorId> seen;
    int64_t count = 0;
    for (const Node &node : graph.nodes) {
        for (const TensorId id : node.inputs) {
            if (id == kNoTensor || !graph.tensor(id).is_constant() || !seen.insert(id).second)
                continue;
            count += element_count(graph.tensor(id).type.shape);
        }
    }
    return count;
}

std::string kib(int64_t bytes) {
    return fmt::format("{:.1f} KiB", static_cast<double>(bytes) / 1024);
}

/// The layers that hold most weights, until together they hold nine tenths.
std::string heaviest_layers(const Graph &graph, int64_t total) {
    std::vector<std::pair<int64_t, std::string>> sizes;
    for (const Node &node : graph.nodes)
        sizes.emplace_back(constants_of(graph, node).bytes, node.name);
    std::sort(sizes.rbegin(), sizes.rend());
    std::string text;
    int64_t sum = 0;
    for (const auto &[bytes, name] : sizes) {
        if (sum * 10 >= total * 9 || bytes == 0) break;
        text += fmt::format("{}{} ({}, {:.0f} %)", text.empty() ? "" : ", ", name, kib(bytes),
                            percent(bytes, total));
        sum += bytes;
    }
    return text;
}

/// Boards of the database that hold the network as planned, the cheapest first; `embark boards`
/// plans for each.
std::vector<Board> boards_that_fit(const PreparedModel &model) {
    std::vector<Board> found;
    const auto boards = load_boards();
    if (!boards.ok()) return found;
    PreparedModel candidate = model;
    candidate.ram_budget = 0;
    for (const Board &board : *boards) {
        candidate.board = board;
        if (fits(candidate)) found.push_back(board);
    }
    std::stable_sort(found.begin(), found.end(), [](const Board &a, const Board &b) {
        return a.price_class.size() < b.price_class.size();
    });
    return found;
}

/// The least compression with which the network fits its board, and two boards that hold it as it
/// is.
void suggest_remedies(const PreparedModel &model, std::vector<std::string> &lines) {
    const Graph &network = model.compressed ? model.graph : model.original;
    const RankOptions options{model.plan.objective, 0, model.level};
    const auto ranking = rank_boards(network, model.original, std::span(&model.board, 1), options);
    if (ranking.ok() && !ranking->front().would_fit.empty()) {
        lines.push_back(
            fmt::format("{} makes it fit {}", ranking->front().would_fit, model.board.id));
    }
    const std::vector<Board> boards = boards_that_fit(model);
    if (boards.empty()) {
        lines.push_back("no board that embark knows holds this network as it is");
        return;
    }
    std::string names;
    for (size_t i = 0; i < std::min<size_t>(boards.size(), 2); ++i) {
        names += fmt::format("{}{} ({})", names.empty() ? "" : ", ", boards[i].id, boards[i].mcu);
    }
    lines.push_back("boards that hold it as it is: " + names +
                    "; 'embark boards --fits' ranks all");
}

}  // namespace

Status expect_fits(const PreparedModel &model) {
    if (!model.has_board || fits(model)) return Ok{};
    Error error = make_error(ErrorCode::kDoesNotFit, Location{model.original.source.file_name, ""},
                             "the network does not fit " + model.board.id);
    error.notes = suggestions(model);
    error.notes.push_back("'embark analyze' shows the whole picture");
    return error;
}

std::vector<std::string> suggestions(const PreparedModel &model) {
    if (!model.has_board || fits(model)) return {};
    std::vector<std::string> lines;
    const int64_t weights = model.footprint.flash.weights;
    if (const int64_t missing = -flash_margin(model); missing > 0) {
        lines.push_back(fmt::format("flash: {} too many; the weights take {}, most of them in {}",
                                    kib(missing), kib(weights),
                                    heaviest_layers(model.graph, weights)));
    }
    if (model.ram_budget > 0 && model.plan.arena_bytes > model.ram_budget) {
        lines.push_back(fmt::format("RAM: the arena takes {}, more than the {} of --ram",
                                    kib(model.plan.arena_bytes), kib(model.ram_budget)));
    } else if (const int64_t missing = -ram_margin(model); missing > 0) {
        lines.push_back(fmt::format("RAM: {} too many; the arena takes {}", kib(missing),
                                    kib(model.plan.arena_bytes)));
        if (model.plan.objective == Objective::kTime || model.plan.objective == Objective::kFlash) {
            lines.push_back("--objective ram plans for the smallest arena");
        }
    }
    suggest_remedies(model, lines);
    return lines;
}

Json analyze_document(const PreparedModel &model, const std::string &file,
                      const std::optional<AccuracyOnData> &data) {
    Json document = new_document("analyze");
    const Graph &graph = model.graph;
    const LayerWork work = work_of(graph);
    document["model"] = model_document(model.original, file);
    document["inputs"] = document["outputs"] = Json::array();
    for (const TensorId id : graph.inputs)
        document["inputs"].push_back(tensor_document(graph.tensor(id)));
    for (const TensorId id : graph.outputs)
        document["outputs"].push_back(tensor_document(graph.tensor(id)));
    document["parameters"] = stored_parameters(graph);
    document["parameters_framework"] = model.original.source.parameters;
    document["macc"] = work.total;
    document["weights_bytes"] = model.footprint.flash.weights + model.footprint.weights_in_ram;
    set_figure(document, "arena_bytes", model.plan.arena_bytes, "predicted");
    document["objective"] = std::string(to_string(model.plan.objective));
    document["compression"] = std::string(to_string(model.level));
    if (model.compression && model.compression->watched > 0) {
        document["compression_choice"] = compression_document(*model.compression);
    }
    if (model.has_board) {
        add_board_figures(document, model);
    } else {
        add_no_board(document);
    }
    const auto optional = [](const std::optional<double> &value) {
        return value ? Json(*value) : Json(nullptr);
    };
    set_figure(document, "accuracy", data ? optional(data->accuracy) : Json(nullptr), "measured");
    set_figure(document, "loss", data ? optional(data->loss) : Json(nullptr), "measured");
    document["data"] = data ? Json{{"file", data->file}, {"count", data->count}} : Json(nullptr);
    document["layers"] = layers(model, work);
    document["macc_by_type"] = macc_by_type(graph, work);
    document["training_layers"] = training_layers(model.original.source);
    document["steps"] = steps(model);
    document["arena"] = arena(model.plan);
    document["suggestions"] = suggestions(model);
    document["warnings"] = model.original.source.warnings;
    for (const PassResult &pass : model.passes) {
        if (pass.changes == 0) continue;
        document["warnings"].push_back(fmt::format(
            "the table shows the network after pass {} ({} changes)", pass.name, pass.changes));
    }
    return document;
}

}  // namespace embark
