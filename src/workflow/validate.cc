#include "workflow/validate.h"

#include <fmt/format.h>

#include <algorithm>

namespace embark {
namespace fs = std::filesystem;

namespace {

/// Outputs of the first images, and what the target measured.
struct TargetRun {
    std::vector<std::vector<Bytes>> raw;  ///< [image][output]
    Predictions first_output;
    std::vector<uint32_t> cycles;
    std::vector<uint64_t> step_cycles;  ///< sums over the images
};

Expected<TargetRun> run_images(const PreparedModel &model, Session &session, const Dataset &dataset,
                               int64_t count, const ValidateOptions &options) {
    TargetRun run;
    const TensorType &input = model.graph.tensor(model.graph.inputs.front()).type;
    const TensorType &output = model.graph.tensor(model.graph.outputs.front()).type;
    for (int64_t image = 0; image < count; ++image) {
        if (options.stop != nullptr && options.stop->load()) break;
        EMBARK_ASSIGN(Bytes bytes, make_input(dataset, image, input, options.scaling));
        EMBARK_ASSIGN(TargetResult result, session.client().run({std::move(bytes)}));
        EMBARK_ASSIGN(const std::vector<uint32_t> steps, session.client().profile());
        run.step_cycles.resize(steps.size());
        for (size_t i = 0; i < steps.size(); ++i) run.step_cycles[i] += steps[i];
        run.first_output.append(real_values(output, result.outputs.front()));
        run.cycles.push_back(result.cycles);
        run.raw.push_back(std::move(result.outputs));
        if (options.progress) options.progress("target", image + 1, count);
    }
    return run;
}

Expected<Evaluation> run_reference(const Graph &graph, const Dataset &dataset, int64_t count,
                                   const ValidateOptions &options, const std::string &stage) {
    EvaluateOptions evaluate;
    evaluate.count = count;
    evaluate.scaling = options.scaling;
    evaluate.stop = options.stop;
    evaluate.progress = [&](int64_t done, int64_t total) {
        if (options.progress) options.progress(stage, done, total);
    };
    return evaluate_reference(graph, dataset, evaluate);
}

Json optional_number(const std::optional<double> &value) {
    return value ? Json(*value) : Json(nullptr);
}

void add_classification(Json &document, const std::optional<Classification> &classes) {
    document["confusion_matrix"] = Json::array();
    set_figure(document, "accuracy", classes ? Json(classes->accuracy()) : Json(nullptr),
               "measured");
    set_figure(document, "loss", classes ? optional_number(classes->loss()) : Json(nullptr),
               "measured");
    if (!classes) return;
    const int64_t n = classes->classes();
    for (int64_t row = 0; row < n; ++row) {
        const auto begin = classes->confusion().begin() + row * n;
        document["confusion_matrix"].push_back(std::vector<int64_t>(begin, begin + n));
    }
}

void add_differences(Json &document, const Differences &differences) {
    document["agreement"] = differences.agreement();
    document["rmse"] = differences.rmse();
    document["mae"] = differences.mae();
    document["l2r"] = differences.l2r();
    document["cosine"] = differences.cos();
    document["max_abs_error"] = differences.max_abs_error();
    document["mean_error"] = differences.mean();
    document["std_error"] = differences.stddev();
    document["nse"] = differences.nse();
}

void add_cycles(Json &document, const TargetRun &run, const Session &session, const Board &board) {
    const bool cycles_known = !session.on_host() && !run.cycles.empty();
    const std::string kind =
        session.spec().kind == TargetSpec::Kind::kVirtual ? "modelled" : "measured";
    for (const char *key : {"cycles_mean", "cycles_min", "cycles_max"}) document[key] = nullptr;
    document["latency_ms"] = document["energy_uj"] = nullptr;
    document["layers"] = Json::array();
    if (run.cycles.empty()) return;
    double sum = 0;
    for (const uint32_t cycles : run.cycles) sum += cycles;
    const double mean = sum / static_cast<double>(run.cycles.size());
    // The host counts nanoseconds; they are a latency, but no cycles.
    const double hz = session.info().clock_hz > 0 ? session.info().clock_hz : 1e9;
    set_figure(document, "latency_ms", mean * 1e3 / hz, kind);
    if (!cycles_known) return;
    const auto [min, max] = std::minmax_element(run.cycles.begin(), run.cycles.end());
    set_figure(document, "cycles_mean", mean, kind);
    document["cycles_min"] = *min;
    document["cycles_max"] = *max;
    set_figure(document, "energy_uj", energy_uj(board, mean), "modelled");
    const auto images = static_cast<double>(run.cycles.size());
    for (size_t i = 0; i < run.step_cycles.size() && i < session.info().step_names.size(); ++i) {
        document["layers"].push_back(
            {{"name", session.info().step_names[i]},
             {"cycles", static_cast<double>(run.step_cycles[i]) / images}});
    }
}

Status add_memory(Json &document, Session &session, const PreparedModel &model) {
    document["stack_bytes"] = document["ram_bytes"] = nullptr;
    if (session.on_host()) return Ok{};
    EMBARK_ASSIGN(const TargetMemory memory, session.client().memory());
    int64_t stack = memory.stack_high_water;
    // The emulator sees every push; the firmware sees the paint that is gone.
    if (const auto stats = session.emulation())
        stack = std::max<int64_t>(stack, stats->stack_high_water);
    set_figure(document, "stack_bytes", stack, "measured");
    const RamUse &ram = model.footprint.ram;
    set_figure(document, "ram_bytes", ram.arena + ram.data + ram.bss + stack, "measured");
    return Ok{};
}

/// The file of reference outputs to use, or an empty path: the one asked for, else the one that
/// lies beside the model, if it is of these images.
Expected<fs::path> reference_file(const ValidateOptions &options, const std::string &model_file,
                                  const Dataset &dataset) {
    if (!options.reference.empty()) {
        EMBARK_ASSIGN(const auto matches, is_reference_of(options.reference, dataset));
        if (matches.value_or(true)) return options.reference;
        return make_error(
            ErrorCode::kInvalid, Location{options.reference.string(), "array crc32"},
            fmt::format("these are not the outputs for the images of {}", dataset.name));
    }
    const fs::path beside = fs::path(model_file).replace_extension(".reference.npz");
    std::error_code ignored;
    if (!fs::exists(beside, ignored)) return fs::path();
    EMBARK_ASSIGN(const auto matches, is_reference_of(beside, dataset));
    return matches.value_or(false) ? beside : fs::path();
}

Status add_reference_vectors(Json &document, const TargetRun &run, const fs::path &reference) {
    document["reference_vectors"] = nullptr;
    if (reference.empty()) return Ok{};
    EMBARK_ASSIGN(const Predictions outputs, load_reference_outputs(reference));
    EMBARK_ASSIGN(const Differences differences, compare(run.first_output, outputs));
    document["reference_vectors"] = {{"file", reference.string()},
                                     {"count", differences.images()},
                                     {"rmse", differences.rmse()},
                                     {"max_abs_error", differences.max_abs_error()}};
    return Ok{};
}

Json predictions(const TargetRun &run, const Dataset &dataset) {
    Json rows = Json::array();
    for (int64_t image = 0; image < run.first_output.count; ++image) {
        const auto scores = run.first_output.row(image);
        const int predicted = predicted_class(scores);
        const auto index = std::min<size_t>(static_cast<size_t>(predicted), scores.size() - 1);
        rows.push_back(
            {{"index", image},
             {"label", dataset.labels.empty() ? Json(nullptr)
                                              : Json(dataset.labels[static_cast<size_t>(image)])},
             {"predicted", predicted},
             {"probability", scores[index]}});
    }
    return rows;
}

}  // namespace

std::vector<std::string> class_names_beside(const fs::path &data) {
    std::error_code ignored;
    const fs::path folder = fs::is_directory(data, ignored) ? data : data.parent_path();
    for (const char *name : {"labels.txt", "classes.txt"}) {
        const auto text = read_text_file(folder / name);
        if (!text.ok()) continue;
        std::vector<std::string> names;
        std::string line;
        for (const char c : *text + "\n") {
            if (c != '\n' && c != '\r') line += c;
            if (c == '\n' && !line.empty()) names.push_back(std::exchange(line, {}));
        }
        return names;
    }
    if (!fs::is_directory(data, ignored)) return {};
    auto classes = picture_classes(data);
    return classes.ok() ? std::move(classes).value() : std::vector<std::string>();
}

Expected<Json> validate_on_target(const PreparedModel &model, Session &session,
                                  const Dataset &dataset, const std::string &file,
                                  const ValidateOptions &options) {
    if (model.graph.inputs.size() != 1) {
        return make_error(ErrorCode::kUnsupported, Location{model.graph.source.file_name, ""},
                          fmt::format("the network has {} inputs, a data set feeds one",
                                      model.graph.inputs.size()));
    }
    EMBARK_RETURN_IF_ERROR(check_input(dataset, model.graph.tensor(model.graph.inputs.front())));
    EMBARK_ASSIGN(const fs::path reference_path, reference_file(options, file, dataset));
    const int64_t wanted =
        options.count > 0 ? std::min(options.count, dataset.count) : dataset.count;
    EMBARK_ASSIGN(const TargetRun run, run_images(model, session, dataset, wanted, options));
    const int64_t images = run.first_output.count;
    if (images == 0) return make_error(ErrorCode::kInvalid, "interrupted before the first image");
    // What the target has done is compared even when the user has pressed Ctrl-C.
    ValidateOptions rest = options;
    rest.stop = nullptr;
    EMBARK_ASSIGN(const Evaluation reference,
                  run_reference(model.graph, dataset, images, rest, "reference"));
    std::optional<Evaluation> original;
    if (model.rewritten()) {
        EMBARK_ASSIGN(original, run_reference(model.original, dataset, images, rest, "original"));
    }
    const Evaluation &source = original ? *original : reference;

    Json document = new_document("validate");
    document["target"] = session.spec().text();
    document["model"] = model_document(model.original, file);
    document["board"] = session.on_host() ? Json(nullptr) : board_document(model.board);
    document["data"] = {{"file", dataset.name}, {"count", images}};
    document["images"] = images;
    EMBARK_ASSIGN(const auto classes, classify(run.first_output, dataset));
    add_classification(document, classes);
    document["class_names"] = class_names_beside(dataset.name);
    if (classes && document["class_names"].size() != static_cast<size_t>(classes->classes())) {
        document["class_names"] = Json::array();
    }
    EMBARK_ASSIGN(const Differences differences, compare(run.first_output, source.outputs.front()));
    add_differences(document, differences);
    document["byte_equal"] = run.raw == reference.raw;
    add_cycles(document, run, session, model.board);
    EMBARK_RETURN_IF_ERROR(add_memory(document, session, model));
    document["original"] = nullptr;
    if (source.classification) {
        document["original"] = {{"accuracy", source.classification->accuracy()},
                                {"loss", optional_number(source.classification->loss())}};
    }
    EMBARK_RETURN_IF_ERROR(add_reference_vectors(document, run, reference_path));
    if (options.predictions) document["predictions"] = predictions(run, dataset);
    return document;
}

}  // namespace embark
