#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <mutex>
#include <thread>

#include "base/bytes.h"
#include "base/process.h"
#include "cli/command.h"
#include "cli/common.h"
#include "export/exporter.h"
#include "quantize/parallel.h"
#include "report/text_table.h"
#include "search/log.h"
#include "search/measure.h"
#include "train/network.h"
#include "workflow/bench.h"
#include "workflow/session.h"
#include "workflow/validate.h"

namespace embark {

namespace {

namespace fs = std::filesystem;

constexpr int64_t kStageCalibration = 200, kStageImages = 2000;  // of a candidate between stages
constexpr int64_t kFinalCalibration = 500;
constexpr int64_t kDeployedImages = 20;

struct ShrinkCommand {
    std::string model, board, data, validation, output, objective = "balanced";
    std::vector<fs::path> board_paths;
    Limits limits;
    double max_drop = 0;
    int64_t candidates = 8, epochs = 16, count = 0, batch = 128, crop = 0, threads = 0;
    double rate = 2e-3;
    int jobs = 1;
    uint64_t seed = 1;
    bool flip = false, dry_run = false;
    InputScaling scaling;
    ImportArguments inputs;
};

std::string percent(double share) {
    return fmt::format("{:.2f} %", share * 100);
}

std::string milliseconds(const Prediction &prediction) {
    return prediction.latency_ms ? fmt::format("{:.1f}", *prediction.latency_ms) : "-";
}

/// The search from the original to the network that is written.
class Shrinker {
  public:
    explicit Shrinker(const ShrinkCommand &command) : command_(command) {}

    Expected<int> run() {
        EMBARK_RETURN_IF_ERROR(load());
        EMBARK_RETURN_IF_ERROR(predict_all());
        const auto chosen = choose_candidates(changes_, predictions_, command_.limits,
                                              static_cast<size_t>(command_.candidates));
        if (chosen.empty()) return nothing_fits();
        print_candidates(chosen);
        if (command_.dry_run) return 0;
        EMBARK_ASSIGN(const bool finished, train_stages(chosen));
        if (!finished) {
            fmt::print("stopped; the same command goes on from {}\n", log_file());
            return 1;
        }
        return write_best();
    }

  private:
    std::string log_file() const { return command_.output + ".search.jsonl"; }
    fs::path folder() const { return command_.output + ".search"; }
    fs::path network_file(const Change &change, int64_t epochs) const {
        return folder() / fmt::format("{}-e{}.graph", to_string(change), epochs);
    }

    Status load() {
        EMBARK_ASSIGN(board_, find_board(command_.board, command_.board_paths));
        EMBARK_ASSIGN(objective_, parse_objective(command_.objective));
        EMBARK_ASSIGN(const ImportOptions import_options, command_.inputs.options());
        EMBARK_ASSIGN(original_, read_graph(command_.model, import_options));
        EMBARK_ASSIGN(const Network network, network_of(original_));
        spec_ = network.spec;
        EMBARK_ASSIGN(Dataset data, load_dataset(command_.data, command_.count));
        if (data.labels.empty()) {
            return make_error(ErrorCode::kInvalid, Location{command_.data, ""},
                              "has no labels, expected a class for each example");
        }
        EMBARK_RETURN_IF_ERROR(check_input(data, original_.tensor(original_.inputs[0])));
        if (command_.validation.empty()) {
            const int64_t held = std::max<int64_t>(data.count / 10, 1);
            held_out_ = slice_of(data, data.count - held, held);
            train_ = slice_of(data, 0, data.count - held);
        } else {
            EMBARK_ASSIGN(held_out_, load_dataset(command_.validation));
            train_ = std::move(data);
        }
        if (train_.count < 1) {
            return make_error(ErrorCode::kInvalid, Location{command_.data, ""},
                              "has one example, expected more");
        }
        EMBARK_ASSIGN(original_accuracy_, accuracy_of(original_, held_out_, command_.scaling));
        const nlohmann::json subject = {{"search", "embark shrink 1"},
                                        {"model", hex64(original_.source.file_hash)},
                                        {"board", board_.id},
                                        {"objective", command_.objective},
                                        {"train_examples", train_.count},
                                        {"held_out_examples", held_out_.count},
                                        {"rate", command_.rate},
                                        {"batch", command_.batch},
                                        {"seed", command_.seed}};
        std::error_code fault;
        fs::create_directories(folder(), fault);
        if (fault) {
            return make_error(ErrorCode::kIo, Location{folder().string(), ""},
                              "cannot create: " + fault.message());
        }
        EMBARK_ASSIGN(log_, SearchLog::open(log_file(), subject));
        fmt::print("{}: {} on {} held-out examples (measured)\n", command_.model,
                   percent(original_accuracy_), held_out_.count);
        return Ok{};
    }

    Status predict_all() {
        changes_ = search_space(spec_);
        predictions_.resize(changes_.size());
        std::vector<std::optional<Error>> faults(changes_.size());
        const PlanOptions plan = plan_options(command_.limits, objective_);
        std::mutex lock;
        int64_t done = 0;
        ProgressBar bar;
        parallel_for(static_cast<int64_t>(changes_.size()), [&](int64_t index) {
            const auto i = static_cast<size_t>(index);
            auto spec = changed(spec_, changes_[i]);
            auto found = spec.ok() ? predict(*spec, changes_[i].bits, board_, plan)
                                   : Expected<Prediction>(spec.error());
            const std::lock_guard guard(lock);
            if (found.ok()) {
                predictions_[i] = *found;
            } else {
                faults[i] = found.error();
            }
            bar.show("predict", ++done, static_cast<int64_t>(changes_.size()));
        });
        for (std::optional<Error> &fault : faults) {
            if (fault) return std::move(*fault);
        }
        return Ok{};
    }

    Expected<int> nothing_fits() const {
        const auto least = [&](auto figure) {
            return figure(*std::min_element(
                predictions_.begin(), predictions_.end(),
                [&](const Prediction &a, const Prediction &b) { return figure(a) < figure(b); }));
        };
        Error error = make_error(
            ErrorCode::kDoesNotFit, Location{command_.model, ""},
            fmt::format("none of {} smaller networks keeps the limits", changes_.size()));
        error.notes.push_back(
            fmt::format("least of all, each by itself: flash {} B, RAM {} B, latency {:.1f} ms",
                        least([](const Prediction &p) { return p.flash_bytes; }),
                        least([](const Prediction &p) { return p.ram_bytes; }),
                        least([](const Prediction &p) { return p.latency_ms.value_or(0); })));
        return error;
    }

    void print_candidates(const std::vector<size_t> &chosen) const {
        const auto fitting = std::count_if(
            predictions_.begin(), predictions_.end(),
            [&](const Prediction &prediction) { return prediction.within(command_.limits); });
        fmt::print("{} of {} smaller networks keep the limits on {}; {} are trained\n", fitting,
                   changes_.size(), board_.id, chosen.size());
        TextTable table{{{"candidate"},
                         {"parameters", true},
                         {"MACC", true},
                         {"flash B", true},
                         {"RAM B", true},
                         {"ms", true}},
                        {}};
        for (const size_t i : chosen) {
            const Prediction &p = predictions_[i];
            table.rows.push_back({to_string(changes_[i]), fmt::format("{}", p.parameters),
                                  fmt::format("{}", p.macc), fmt::format("{}", p.flash_bytes),
                                  fmt::format("{}", p.ram_bytes), milliseconds(p)});
        }
        print_table("Candidates (predicted)", table);
    }

    static void print_table(std::string_view title, const TextTable &table) {
        const TextOptions options = text_options();
        const Ink ink{options.color};
        fmt::print("{}{}", text_heading(title, ink), render_text_table(table, options.width, ink));
        std::fflush(stdout);
    }

    /// Successive halving (Jamieson & Talwalkar 2016, arXiv:1502.07943): after each stage the
    /// better half goes on for twice the epochs. False when it was interrupted.
    Expected<bool> train_stages(std::vector<size_t> alive) {
        std::vector<int64_t> stages = {command_.epochs};
        for (size_t left = alive.size(); left > 1 && stages.front() > 1; left = (left + 1) / 2) {
            stages.insert(stages.begin(), stages.front() / 2);
        }
        int64_t before = 0;
        for (const int64_t epochs : stages) {
            EMBARK_ASSIGN(const bool finished, train_stage(alive, before, epochs));
            if (!finished) return false;
            std::stable_sort(alive.begin(), alive.end(), [&](size_t a, size_t b) {
                return log_.find(changes_[a], epochs)->accuracy >
                       log_.find(changes_[b], epochs)->accuracy;
            });
            if (epochs != stages.back()) alive.resize((alive.size() + 1) / 2);
            before = epochs;
        }
        return true;
    }

    Expected<bool> train_stage(const std::vector<size_t> &alive, int64_t before, int64_t epochs) {
        std::atomic<size_t> next = 0;
        std::mutex lock;
        std::optional<Error> fault;
        const auto work = [&] {
            for (size_t at = next++; at < alive.size(); at = next++) {
                {
                    const std::lock_guard guard(lock);
                    if (fault || stop_ || log_.find(changes_[alive[at]], epochs)) continue;
                }
                auto trial = train_candidate(alive[at], before, epochs);
                const std::lock_guard guard(lock);
                if (stop_) return;
                if (!trial.ok()) {
                    fault = trial.error();
                } else if (Status status = log_.add(*trial); !status.ok()) {
                    fault = status.error();
                } else {
                    fmt::print("{:<24} {:>3} epochs  {:>8}  {:.0f} s\n", to_string(trial->change),
                               epochs, percent(trial->accuracy), trial->seconds);
                    std::fflush(stdout);
                }
            }
        };
        std::vector<std::thread> threads;
        for (int i = 1; i < command_.jobs; ++i) threads.emplace_back(work);
        work();
        for (std::thread &thread : threads) thread.join();
        if (stop_) return false;
        if (fault) return std::move(*fault);
        return true;
    }

    /// `embark train` in a process of its own, which leaves a checkpoint when it is interrupted.
    std::vector<std::string> train_arguments(const Change &change, const fs::path &start,
                                             int64_t before, int64_t epochs) const {
        std::vector<std::string> argv = {fs::read_symlink("/proc/self/exe").string(), "train"};
        if (before > 0) argv.emplace_back("--from");
        const auto add = [&](const char *name, const auto &value) {
            argv.emplace_back(name);
            argv.push_back(fmt::format("{}", value));
        };
        argv.push_back(start.string());
        add("--data", command_.data);
        add("--count", train_.count);
        add("--teacher", command_.model);
        add("--epochs", epochs - before);
        add("--batch", command_.batch);
        // What goes on from a stage needs smaller steps than what begins.
        add("--rate", before > 0 ? command_.rate / 2 : command_.rate);
        add("--seed", command_.seed + static_cast<uint64_t>(epochs));
        const auto cores = static_cast<int64_t>(std::thread::hardware_concurrency());
        add("--threads",
            command_.threads > 0 ? command_.threads : std::max<int64_t>(cores / command_.jobs, 1));
        if (command_.flip) argv.emplace_back("--flip");
        if (command_.crop > 0) add("--crop", command_.crop);
        if (command_.scaling.divisor > 0) add("--divide", command_.scaling.divisor);
        add("-o", network_file(change, epochs).string());
        return argv;
    }

    Expected<Trial> train_candidate(size_t index, int64_t before, int64_t epochs) {
        const auto begin = std::chrono::steady_clock::now();
        Trial trial{changes_[index], predictions_[index], epochs, 0, 0};
        fs::path start = network_file(trial.change, before);
        if (before == 0) {
            start = folder() / (to_string(trial.change) + ".spec");
            EMBARK_ASSIGN(const Spec spec, changed(spec_, trial.change));
            EMBARK_RETURN_IF_ERROR(write_file(start, print_spec(spec)));
        }
        EMBARK_ASSIGN(const ProcessResult result,
                      run_process(train_arguments(trial.change, start, before, epochs)));
        if (result.exit_status != 0) {
            Error error =
                make_error(ErrorCode::kInternal, Location{start.string(), ""},
                           fmt::format("training ended with exit status {}", result.exit_status));
            error.notes.push_back(last_lines(result.output, 5));
            return error;
        }
        trial.seconds =
            std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
        EMBARK_ASSIGN(const Graph graph,
                      read_graph(network_file(trial.change, epochs).string(), {}));
        const Dataset some = slice_of(held_out_, 0, std::min(held_out_.count, kStageImages));
        EMBARK_ASSIGN(const Measured measured,
                      quantise_and_measure(graph, trial.change.bits, train_, kStageCalibration,
                                           some, command_.scaling));
        trial.accuracy = measured.accuracy;
        return trial;
    }

    /// Of the front, the smallest that keeps the accuracy, else the most accurate.
    const Trial &best_of(const std::vector<Trial> &front) const {
        for (const Trial &trial : front) {
            const bool fits = trial.prediction.within(command_.limits);
            if (fits && (original_accuracy_ - trial.accuracy) * 100 <= command_.max_drop) {
                return trial;
            }
        }
        return *std::max_element(front.begin(), front.end(), [](const Trial &a, const Trial &b) {
            return a.accuracy < b.accuracy;
        });
    }

    Expected<int> write_best() {
        std::vector<Trial> trials = log_.trials();
        std::erase_if(
            trials, [&](const Trial &trial) { return !trial.prediction.within(command_.limits); });
        const std::vector<Trial> front = pareto_front(trials);
        const Trial best = best_of(front);
        print_front(front, best);
        EMBARK_ASSIGN(const Graph graph,
                      read_graph(network_file(best.change, best.epochs).string(), {}));
        EMBARK_ASSIGN(const Measured measured,
                      quantise_and_measure(graph, best.change.bits, train_, kFinalCalibration,
                                           held_out_, command_.scaling));
        EMBARK_RETURN_IF_ERROR(write_network(measured.graph, command_.output, command_.output));
        fmt::print("\n{}: {} on {} held-out examples, the original {} (measured)\n",
                   command_.output, percent(measured.accuracy), held_out_.count,
                   percent(original_accuracy_));
        EMBARK_RETURN_IF_ERROR(deploy(graph, measured));
        const double lost = (original_accuracy_ - measured.accuracy) * 100;
        if (lost <= command_.max_drop) return 0;
        fmt::print(stderr,
                   "embark: it loses {:.2f} points, more than the {:.2f} of --max-accuracy-drop: "
                   "more --epochs, --candidates or room would help\n",
                   lost, command_.max_drop);
        return 1;
    }

    void print_front(const std::vector<Trial> &front, const Trial &best) const {
        TextTable table{{{"candidate"},
                         {"epochs", true},
                         {"flash B", true},
                         {"RAM B", true},
                         {"ms", true},
                         {"accuracy", true},
                         {""}},
                        {}};
        for (const Trial &trial : front) {
            const Prediction &p = trial.prediction;
            table.rows.push_back({to_string(trial.change), fmt::format("{}", trial.epochs),
                                  fmt::format("{}", p.flash_bytes), fmt::format("{}", p.ram_bytes),
                                  milliseconds(p), percent(trial.accuracy),
                                  trial.change == best.change ? "chosen" : ""});
        }
        print_table("No other is smaller and more accurate", table);
    }

    /// Builds the firmware and runs it on the virtual board, where there is one.
    Status deploy(const Graph &trained, const Measured &measured) {
        if (board_.emulator.empty()) {
            fmt::print("{} cannot be emulated yet: flash, RAM and latency stay predicted\n",
                       board_.id);
            return Ok{};
        }
        PrepareOptions options;
        options.plan = plan_options(command_.limits, objective_);
        options.compressed = measured.graph;
        EMBARK_ASSIGN(const PreparedModel model, prepare_model(trained, board_, options));
        EMBARK_ASSIGN(Session session,
                      Session::open(model, {TargetSpec::Kind::kVirtual, board_.id}, {}));
        ValidateOptions validate;
        validate.count = std::min(held_out_.count, kDeployedImages);
        validate.scaling = command_.scaling;
        EMBARK_ASSIGN(const Json document,
                      validate_on_target(model, session, held_out_, command_.output, validate));
        EMBARK_ASSIGN(const Json firmware,
                      firmware_document(model, session.elf(), document["stack_bytes"]));
        fmt::print(
            "on virtual:{}: flash {} B, RAM {} B (measured), {:.1f} ms (modelled), outputs {} "
            "the host's on {} examples\n",
            board_.id, firmware["flash_bytes"].get<int64_t>(), document["ram_bytes"].get<int64_t>(),
            document["latency_ms"].get<double>(),
            document["byte_equal"].get<bool>() ? "equal" : "DIFFER FROM", validate.count);
        return Ok{};
    }

    const ShrinkCommand &command_;
    const std::atomic<bool> &stop_ = catch_interrupt();
    Board board_;
    Objective objective_ = Objective::kBalanced;
    Graph original_;
    Spec spec_;
    Dataset train_, held_out_;
    double original_accuracy_ = 0;
    std::vector<Change> changes_;
    std::vector<Prediction> predictions_;
    SearchLog log_;
};

Expected<int> shrink(const ShrinkCommand &command) {
    EMBARK_RETURN_IF_ERROR(exporter_for(command.output));
    return Shrinker(command).run();
}

void add_training(CLI::App &app, ShrinkCommand &command) {
    app.add_option("--candidates", command.candidates, "networks that are trained at first")
        ->check(positive_number())
        ->capture_default_str();
    app.add_option("--epochs", command.epochs, "of the best; the others get fewer")
        ->check(positive_number())
        ->capture_default_str();
    app.add_option("--count", command.count, "use the first so many examples (default: all)")
        ->check(positive_number());
    app.add_option("--jobs", command.jobs, "trainings at the same time")
        ->check(CLI::Range(1, 256))
        ->capture_default_str();
    app.add_option("--threads", command.threads, "of each training (default: cores by jobs)")
        ->check(positive_number());
    app.add_option("--batch", command.batch, "examples a step")
        ->check(positive_number())
        ->capture_default_str();
    app.add_option("--rate", command.rate, "greatest learning rate")
        ->check(CLI::PositiveNumber)
        ->capture_default_str();
    app.add_option("--seed", command.seed, "of weights and order")->capture_default_str();
    app.add_flag("--flip", command.flip, "images left and right");
    app.add_option("--crop", command.crop, "shift images by up to so many pixels")
        ->check(CLI::NonNegativeNumber);
    app.add_option("--divide", command.scaling.divisor,
                   "divide 8-bit pixels by this (default: 255)")
        ->check(positive_number());
}

}  // namespace

void add_shrink(CLI::App &app, Invocation &invocation) {
    auto command = std::make_shared<ShrinkCommand>();
    app.add_option("model", command->model,
                   "float network to start from; it teaches the smaller ones")
        ->required();
    app.add_option("-b,--board", command->board, "board (see 'embark boards')")->required();
    app.add_option("--board-path", command->board_paths, "folder with more boards")
        ->type_name("DIR")
        ->allow_extra_args(false);
    app.add_option("-d,--data", command->data, "labelled examples to train on")
        ->required()
        ->type_name("DATA");
    app.add_option("--validation", command->validation,
                   "examples to judge by (default: the last tenth of --data)")
        ->type_name("DATA");
    app.add_option("-o,--output", command->output,
                   "file for the quantised network: .tflite, .onnx or .graph; OUTPUT.search holds "
                   "candidates, OUTPUT.search.jsonl the log that the same command goes on from")
        ->required()
        ->type_name("FILE");
    app.add_option("--flash", command->limits.flash_bytes, "bytes of the firmware at most: 200k")
        ->transform(CLI::AsSizeValue(true));
    app.add_option("--ram", command->limits.ram_bytes, "bytes of RAM at most: 32k")
        ->transform(CLI::AsSizeValue(true));
    app.add_option("--latency", command->limits.latency_ms, "milliseconds of an inference at most")
        ->check(CLI::PositiveNumber);
    app.add_option("--max-accuracy-drop", command->max_drop,
                   "points of accuracy that the smallest network may lose")
        ->check(CLI::Range(0.0, 100.0))
        ->capture_default_str();
    app.add_option("--objective", command->objective, "what to plan for")
        ->check(CLI::IsMember({"balanced", "time", "ram", "flash"}))
        ->capture_default_str();
    add_training(app, *command);
    app.add_flag("--dry-run", command->dry_run, "predict and list the candidates, train none");
    command->inputs.add_to(app);
    app.footer(
        "Exit status 3 when no smaller network keeps the limits, 1 when the best one loses "
        "more accuracy than allowed; it is written then, too.");
    app.callback([command, &invocation] {
        invocation.run = [command] { return guarded([&] { return shrink(*command); }); };
    });
}

}  // namespace embark
