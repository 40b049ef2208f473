#include "workflow/documents.h"

#include "base/bytes.h"

namespace embark {

Json new_document(const std::string &command) {
    return {{"schema", "embark-results/1"},
            {"command", command},
            {"embark_version", EMBARK_VERSION},
            {"kinds", Json::object()}};
}

void set_figure(Json &document, const std::string &key, Json value, const std::string &kind) {
    if (!value.is_null()) document["kinds"][key] = kind;
    document[key] = std::move(value);
}

Json model_document(const Graph &graph, const std::string &file) {
    const SourceInfo &source = graph.source;
    const uint64_t known = source.weights_bytes + source.optimizer_bytes;
    return {{"name", graph.name},
            {"file", file},
            {"format", source.format},
            {"framework", source.framework},
            {"file_bytes", source.file_bytes},
            {"weights_file_bytes", source.weights_bytes},
            {"optimizer_bytes", source.optimizer_bytes},
            {"other_bytes", source.file_bytes > known ? source.file_bytes - known : 0},
            {"optimizer", source.optimizer},
            {"loss", source.loss},
            {"hash", hex64(source.file_hash)}};
}

Json board_document(const Board &board) {
    Json memory = Json::array();
    for (const MemoryRegion &region : board.memory) {
        memory.push_back({{"name", region.name},
                          {"kind", region.kind == MemoryRegion::Kind::kFlash ? "flash" : "ram"},
                          {"origin", region.origin},
                          {"bytes", region.bytes},
                          {"source", region.source}});
    }
    Json document = {{"id", board.id},
                     {"name", board.name},
                     {"mcu", board.mcu},
                     {"vendor", board.vendor},
                     {"core", board.core},
                     {"fpu", board.fpu},
                     {"dsp", board.dsp},
                     {"clock_hz", board.clock_hz},
                     {"flash_bytes", board.total_bytes(MemoryRegion::Kind::kFlash)},
                     {"ram_bytes", board.total_bytes(MemoryRegion::Kind::kRam)},
                     {"flash_wait_states", board.flash.wait_states},
                     {"price_class", board.price_class},
                     {"console_uart", board.console_uart},
                     {"console_baud", board.console_baud},
                     {"memory", memory},
                     {"unsourced", board.unsourced}};
    document["microamps_per_mhz"] =
        board.microamps_per_mhz > 0 ? Json(board.microamps_per_mhz) : Json(nullptr);
    document["supply_volts"] = board.supply_volts > 0 ? Json(board.supply_volts) : Json(nullptr);
    return document;
}

Json tensor_document(const Tensor &tensor) {
    return {{"name", tensor.name},
            {"type", std::string(to_string(tensor.type.type))},
            {"shape", tensor.type.shape},
            {"bytes", tensor.type.bytes()}};
}

Json energy_uj(const Board &board, double cycles) {
    if (board.microamps_per_mhz <= 0 || board.supply_volts <= 0) return nullptr;
    // uA/MHz x V is uJ per million cycles.
    return board.microamps_per_mhz * board.supply_volts * cycles / 1e6;
}

Json compression_document(const CompressionReport &report) {
    Json sensitivity = Json::array(), front = Json::array();
    for (const Sensitivity &choice : report.sensitivity) {
        sensitivity.push_back({{"layer", choice.layer},
                               {"bits", choice.bits},
                               {"weights", choice.weights},
                               {"error", choice.error}});
    }
    for (size_t i = 0; i < report.front.size(); ++i) {
        const FrontPoint &point = report.front[i];
        front.push_back({{"weights_bytes", point.weight_bytes},
                         {"flash_bytes", point.flash_bytes},
                         {"error", point.error},
                         {"accuracy", point.accuracy ? Json(*point.accuracy) : Json(nullptr)},
                         {"chosen", i == report.chosen}});
    }
    return {{"images", report.watched},          {"labelled", report.labelled},
            {"held_out", report.watched_is_new}, {"accuracy_before", report.float_accuracy},
            {"accuracy_after", report.accuracy}, {"sensitivity", std::move(sensitivity)},
            {"front", std::move(front)}};
}

}  // namespace embark
