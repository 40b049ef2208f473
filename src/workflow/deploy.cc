#include "workflow/deploy.h"

#include <chrono>

#include "project/project.h"
#include "workflow/bench.h"
#include "workflow/example_images.h"
#include "workflow/rank_boards.h"

namespace embark {
namespace fs = std::filesystem;

namespace {

/// Runs the parts of deploy one after the other and notes how long each took.
class Deployer {
  public:
    Deployer(const PreparedModel &model, const Dataset &dataset, const DeployOptions &options)
        : model_(model), dataset_(dataset), options_(options) {}

    Expected<Deployment> run() {
        Json &results = deployment_.results;
        results = new_document("deploy");
        results["data"] = {{"file", options_.data_file}, {"count", dataset_.count}};
        results["board"] = board_document(model_.board);
        results["validate_host"] = results["validate_board"] = results["firmware"] = nullptr;
        results["stages"] = Json::array();
        deployment_.fits = fits(model_);

        stage("run on the host");
        EMBARK_ASSIGN(results["validate_host"], validate({TargetSpec::Kind::kHost, ""}, {}));
        stage("analyse");
        analyze();
        EMBARK_RETURN_IF_ERROR(rank());
        if (deployment_.fits) EMBARK_RETURN_IF_ERROR(run_on_board());
        stage("");
        return std::move(deployment_);
    }

  private:
    /// Ends the stage under way and begins another; an empty name ends the last one.
    void stage(const std::string &name) {
        const auto now = std::chrono::steady_clock::now();
        if (!stage_.empty()) {
            const double seconds = std::chrono::duration<double>(now - start_).count();
            deployment_.results["stages"].push_back({{"name", stage_}, {"seconds", seconds}});
        }
        stage_ = name;
        start_ = now;
        if (!name.empty() && options_.on_stage) options_.on_stage(name);
    }

    void analyze() {
        const Json &host = deployment_.results["validate_host"];
        AccuracyOnData data;
        data.file = options_.data_file;
        data.count = host["images"];
        Json &results = deployment_.results;
        results["analyze"] =
            analyze_document(model_, options_.model_file,
                             accuracy_of(options_.original ? host : host["original"], data));
        if (!options_.original) return;
        results["analyze_original"] = analyze_document(*options_.original, options_.model_file,
                                                       accuracy_of(host["original"], data));
    }

    Status rank() {
        EMBARK_ASSIGN(const std::vector<Board> boards, load_boards());
        const Graph &network = model_.compressed ? model_.graph : model_.original;
        const RankOptions options{model_.plan.objective, 0, model_.level};
        EMBARK_ASSIGN(const auto ranking, rank_boards(network, model_.original, boards, options));
        set_figure(deployment_.results, "boards", ranking_document(ranking), "predicted");
        return Ok{};
    }

    static AccuracyOnData accuracy_of(const Json &measured, AccuracyOnData data) {
        if (!measured.is_object()) return data;
        if (!measured["accuracy"].is_null()) data.accuracy = measured["accuracy"].get<double>();
        if (!measured["loss"].is_null()) data.loss = measured["loss"].get<double>();
        return data;
    }

    Expected<Json> validate(const TargetSpec &spec, const fs::path &directory) {
        SessionOptions session_options;
        session_options.directory = directory;
        session_options.command_line = options_.command_line;
        EMBARK_ASSIGN(Session session, Session::open(model_, spec, session_options));
        EMBARK_ASSIGN(Json document, validate_on_target(model_, session, dataset_,
                                                        options_.model_file, options_.validate));
        elf_ = session.elf();
        return document;
    }

    Status run_on_board() {
        stage("build the firmware and run it on the virtual board");
        EMBARK_ASSIGN(const TemporaryDirectory folder, TemporaryDirectory::create());
        Json &results = deployment_.results;
        EMBARK_ASSIGN(results["validate_board"],
                      validate({TargetSpec::Kind::kVirtual, model_.board.id}, folder.path()));
        const int64_t stack = results["validate_board"]["stack_bytes"];
        EMBARK_ASSIGN(results["firmware"], firmware_document(model_, elf_, stack));
        results["firmware"]["directory"] = "firmware";
        EMBARK_RETURN_IF_ERROR(keep_files(folder.path()));
        results["example_images"] = example_images(dataset_, results["validate_board"]);
        return Ok{};
    }

    /// The project's sources, and of its build the images that one flashes.
    Status keep_files(const fs::path &folder) {
        const GeneratedModel code = generate_code(model_, options_.command_line);
        EMBARK_ASSIGN(const ProjectFiles files, firmware_project(code, model_.board));
        Json &listed = deployment_.results["firmware"]["files"] = Json::array();
        const auto keep = [&](const std::string &name, std::string text) {
            listed.push_back({{"path", name}, {"bytes", text.size()}});
            deployment_.files["firmware/" + name] = std::move(text);
        };
        for (const auto &[name, text] : files) keep(name, text);
        for (const char *extension : {".elf", ".bin", ".map"}) {
            EMBARK_ASSIGN(std::string text,
                          read_text_file(folder / "build" / (model_.name + extension)));
            keep(model_.name + extension, std::move(text));
        }
        return Ok{};
    }

    const PreparedModel &model_;
    const Dataset &dataset_;
    const DeployOptions &options_;
    Deployment deployment_;
    fs::path elf_;
    std::string stage_;
    std::chrono::steady_clock::time_point start_;
};

}  // namespace

Expected<Deployment> deploy(const PreparedModel &model, const Dataset &dataset,
                            const DeployOptions &options) {
    return Deployer(model, dataset, options).run();
}

}  // namespace embark
