#include "workflow/supported_ops.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <sstream>

#include "import/importer.h"
#include "ops/samples/samples.h"
#include "plan/kernel.h"
#include "workflow/documents.h"
#include "workflow/prepare.h"

namespace embark {

namespace {

/// By embark's operator: the types in which it runs, as records `operator_type`.
using TypesOfOperators = std::map<std::string, Json, std::less<>>;

/// How the operator runs on operands of this type; null when it does not.
Json type_record(const OpSample &sample, const SampleType &type, const Board &board) {
    if (!supports(sample, type)) return nullptr;
    const Graph graph = sample_graph(sample, type).value();
    const Node &node = graph.nodes.front();
    Json record = {{"type", type.name}, {"kernel", nullptr}, {"tuned", false}, {"isa", ""}};
    if (op_of(node).has(kView)) return record;  // the same bytes: nothing has to run
    const auto kernels = candidate_kernels(graph, node, board);
    const KernelDefinition *kernel = kernels.empty() ? nullptr : kernels.front();
    if (kernel == nullptr) return nullptr;
    const auto tuned = all_kernels();
    record["kernel"] = kernel->name;
    record["tuned"] = kernel >= tuned.data() && kernel < tuned.data() + tuned.size();
    record["isa"] = kernel->isa;
    return record;
}

TypesOfOperators try_out(const Board &board) {
    TypesOfOperators types;
    for (const OpDefinition &op : all_ops()) types[std::string(op.name)] = Json::array();
    for (const SampleType &type : sample_types()) {
        for (const OpSample &sample : op_samples()) {
            Json &list = types[std::string(sample.op)];
            const bool known = !list.empty() && list.back()["type"].get<std::string>() == type.name;
            if (known) continue;  // by another sample of the operator
            if (Json record = type_record(sample, type, board); !record.is_null()) {
                list.push_back(std::move(record));
            }
        }
    }
    return types;
}

Json operators_of(const ImporterDefinition &importer, const TypesOfOperators &types) {
    Json list = Json::array();
    for (const SourceOperator &source : importer.operators()) {
        Json becomes = Json::array(), names = Json::array();
        std::istringstream words{std::string(source.becomes)};
        for (std::string word; words >> word;) becomes.push_back(word);
        if (!becomes.empty()) {
            for (const Json &type : types.at(becomes[0].get<std::string>())) {
                names.push_back(type["type"]);
            }
        }
        list.push_back({{"name", source.name}, {"becomes", becomes}, {"types", names}});
    }
    std::sort(list.begin(), list.end(), [](const Json &a, const Json &b) {
        return a["name"].get<std::string>() < b["name"].get<std::string>();
    });
    return list;
}

Json formats_document(const std::string &wanted, const TypesOfOperators &types) {
    Json formats = Json::array();
    for (const ImporterDefinition &importer : all_importers()) {
        if (!wanted.empty() && importer.format != wanted) continue;
        const bool again = !formats.empty() && formats.back()["format"] == importer.format;
        if (again) {
            Json &name = formats.back()["name"];
            name = fmt::format("{}, {}", name.get<std::string>(), importer.name);
            continue;
        }
        formats.push_back({{"format", importer.format},
                           {"name", importer.name},
                           {"operators", operators_of(importer, types)}});
    }
    return formats;
}

Status check_format(const std::string &wanted) {
    std::string known;
    for (const ImporterDefinition &importer : all_importers()) {
        if (importer.format == wanted) return Ok{};
        if (known.find(importer.format) == std::string::npos) {
            known += std::string(importer.format) + ", ";
        }
    }
    if (wanted.empty() || wanted == "ir") return Ok{};
    return make_error(ErrorCode::kUsage,
                      fmt::format("found format '{}', expected one of: {}ir", wanted, known));
}

}  // namespace

Expected<Json> supported_ops_document(const std::string &format,
                                      const std::optional<Board> &board) {
    EMBARK_RETURN_IF_ERROR(check_format(format));
    const TypesOfOperators types = try_out(board ? *board : generic_board());
    Json document = new_document("supported-ops");
    document["target"] = board ? board->id : "host";
    document["types"] = Json::array();
    for (const SampleType &type : sample_types()) document["types"].push_back(type.name);
    document["formats"] = format == "ir" ? Json::array() : formats_document(format, types);
    document["operators"] = Json::array();
    if (!format.empty() && format != "ir") return document;
    for (const auto &[name, records] : types) {
        document["operators"].push_back({{"name", name}, {"types", records}});
    }
    return document;
}

}  // namespace embark
