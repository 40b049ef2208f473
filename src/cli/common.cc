#include "cli/common.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "base/files.h"
#include "export/exporter.h"
#include "ir/text.h"
#include "ops/registry.h"
#include "workflow/tune.h"

namespace embark {

namespace {

size_t terminal_width(int fd) {
    winsize size{};
    if (ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
    return 100;
}

}  // namespace

CLI::Validator positive_number() {
    return CLI::Validator(
        [](std::string &text) {
            double value = 0;
            if (CLI::detail::lexical_cast(text, value) && value > 0) return std::string();
            return "found " + text + ", expected a number above zero";
        },
        "POSITIVE");
}

int fail(const Error &error) {
    std::fflush(stdout);
    fmt::print(stderr, "embark: {}\n", to_string(error));
    return exit_status(error.code);
}

Expected<Graph> read_graph(const std::string &file, const ImportOptions &options) {
    if (std::filesystem::path(file).extension() != ".graph") return import_model(file, options);
    EMBARK_ASSIGN(const std::string text, read_text_file(file));
    auto graph = parse(text);
    if (!graph.ok()) {
        graph.error().location.file = file;
        return graph;
    }
    if (Status status = verify(*graph); !status.ok()) {
        status.error().code = ErrorCode::kInvalid;
        status.error().location.file = file;
        return std::move(status).error();
    }
    return graph;
}

void CompressionArguments::add_to(CLI::App &app) {
    std::vector<std::string> levels;
    for (const Compression known : kCompressions) levels.emplace_back(to_string(known));
    if (allow_all) levels.emplace_back("all");
    app.add_option("--compression", level, "what is taken out of the network")
        ->check(CLI::IsMember(levels))
        ->capture_default_str();
    app.add_option("--compat", compat,
                   "cube-ai: the codebooks of STM32Cube.AI's low, medium or high instead, for "
                   "comparison; activations stay float32")
        ->check(CLI::IsMember({"cube-ai"}));
    app.add_option("--calibrate", data,
                   "data to quantise with, as --data; medium and high need it, low without it "
                   "leaves activations float32")
        ->type_name("DATA");
    app.add_option("--calibration-count", count, "quantise with the first so many images")
        ->check(positive_number())
        ->capture_default_str();
    app.add_option("--max-accuracy-drop", max_drop,
                   "points of accuracy that may go (default: 0.5 for medium, 1 for high)")
        ->check(CLI::Range(0.0, 100.0));
    app.add_option("--flash-budget", flash_budget, "bytes of flash that the firmware may take")
        ->check(positive_number());
}

Expected<CompressOptions> CompressionArguments::options(const InputScaling &scaling) const {
    CompressOptions options;
    EMBARK_ASSIGN(options.level, parse_compression(level));
    if (!compat.empty() && options.level <= Compression::kLossless) {
        return make_error(ErrorCode::kUsage,
                          fmt::format("--compat {} is about --compression low, medium or high, "
                                      "not {}",
                                      compat, level));
    }
    options.quantize.calibration_count = count;
    options.quantize.scaling = scaling;
    options.max_accuracy_drop = max_drop;
    options.flash_budget = flash_budget;
    return options;
}

Expected<size_t> write_network(const Graph &graph, const std::string &file,
                               const std::string &source) {
    EMBARK_ASSIGN(const Exporter *exporter, exporter_for(file));
    auto bytes = exporter->write(graph);
    if (!bytes.ok()) {
        bytes.error().location.file = source;
        return std::move(bytes).error();
    }
    EMBARK_RETURN_IF_ERROR(write_file(file, *bytes));
    return bytes->size();
}

Expected<CompressedModel> CompressionArguments::compress(const Graph &original,
                                                         const CompressOptions &options) const {
    if (!compat.empty()) return compress_weights(original, options.level, WeightForm::kCubeAi);
    if (data.empty() && options.level == Compression::kLow) {
        return compress_weights(original, options.level, WeightForm::kInt8);
    }
    if (data.empty()) {
        return make_error(ErrorCode::kUsage,
                          fmt::format("--compression {} needs --calibrate DATA: images like those "
                                      "that the network will see",
                                      level));
    }
    EMBARK_ASSIGN(const Dataset dataset, load_dataset(data, count + options.watch_count));
    CompressOptions shown = options;
    ProgressBar bar;
    int64_t stages = 0;
    shown.quantize.on_stage = [&](const std::string &stage) {
        ++stages;
        bar.show(stage, stages, stages + 1);
    };
    return compress_model(original, dataset, shown);
}

void ModelOptions::add_to(CLI::App &app, bool board_required) {
    app.add_option("model", model, kModelHelp)->required();
    auto *option = app.add_option("-b,--board", board, "board (see 'embark boards')");
    if (board_required) option->required();
    app.add_option("--board-path", board_paths, "folder with more boards, one folder each")
        ->type_name("DIR")
        ->allow_extra_args(false);
    app.add_option("--objective", objective, "what to plan for")
        ->check(CLI::IsMember({"balanced", "time", "ram", "flash"}))
        ->capture_default_str();
    app.add_option("--ram", ram_budget, "bytes of RAM for the arena (default: what the board has)")
        ->check(positive_number());
    compression.add_to(app);
    if (board_required) {
        auto *flag = app.add_flag("--tune", tune,
                                  "count the cycles of every kernel that could run a layer on the "
                                  "virtual board, and plan with those");
        app.add_option("--tune-cache", tune_cache,
                       "file that keeps the counts (default: in the user's cache folder)")
            ->type_name("FILE")
            ->needs(flag);
    }
    app.add_flag("--portable", portable, "use kernels in plain C only, whatever the core has");
    app.add_option("--disable-pass", disabled_passes, "leave out a rewriting pass (repeatable)")
        ->allow_extra_args(false);
    app.add_option("--name", name, "name of the network in C (default: the file's)");
    inputs.add_to(app);
}

Expected<PreparedModel> ModelOptions::prepare(const std::string &board_id, bool fuse) const {
    std::optional<Board> found;
    if (!board_id.empty()) {
        EMBARK_ASSIGN(found, find_board(board_id, board_paths));
    }
    EMBARK_ASSIGN(const ImportOptions import_options, inputs.options());
    EMBARK_ASSIGN(Graph graph, import_model(model, import_options));
    PrepareOptions options;
    EMBARK_ASSIGN(options.plan.objective, parse_objective(objective));
    options.plan.ram_budget = ram_budget;
    options.plan.portable = portable;
    options.plan.fuse = options.plan.stream = fuse;
    options.disabled_passes.insert(disabled_passes.begin(), disabled_passes.end());
    options.name = name;
    EMBARK_ASSIGN(CompressOptions compress,
                  compression.options(scaling ? *scaling : InputScaling{}));
    options.level = compress.level;
    if (compress.level > Compression::kLossless) {
        compress.board = found;
        EMBARK_ASSIGN(CompressedModel compressed, compression.compress(graph, compress));
        options.compressed = std::move(compressed.network.graph);
        options.compression = std::move(compressed.report);
    }
    EMBARK_ASSIGN(PreparedModel model, prepare_model(std::move(graph), found, options));
    if (!tune) return model;
    ProgressBar bar;
    TuneOptions tune_options;
    tune_options.cache = tune_cache;
    tune_options.progress = [&](int64_t done, int64_t total) { bar.show("tuning", done, total); };
    EMBARK_RETURN_IF_ERROR(tune_model(model, options.plan, tune_options));
    return model;
}

void DataOptions::add_to(CLI::App &app, bool required) {
    auto *option = app.add_option(
        "-d,--data", data,
        "examples: .npz, .csv, CIFAR-10 binary file or folder, folders of pictures by class, "
        "folder of raw files");
    if (required) option->required();
    app.add_option("--count", count, "use the first so many images (default: all)")
        ->check(positive_number());
    app.add_option("--divide", scaling.divisor,
                   "divide 8-bit pixels by this to get what the network was trained on (default: "
                   "what a quantised input's range tells, else 255)")
        ->check(positive_number());
    app.add_option("--offset", scaling.offset, "then add this")->capture_default_str();
}

void TargetOptions::add_to(CLI::App &app, const std::string &fallback) {
    target = fallback;
    app.add_option("-t,--target", target, "host, virtual:BOARD or serial:PORT")
        ->capture_default_str();
    app.add_option("--baud", baud, "speed of a serial port")
        ->check(positive_number())
        ->capture_default_str();
}

void JsonOption::add_to(CLI::App &app) {
    app.add_option("--json", file, "write all figures to FILE; - for standard output, without text")
        ->type_name("FILE");
}

Status JsonOption::check() const {
    if (file.empty() || file == "-") return Ok{};
    const std::filesystem::path path = std::filesystem::path(file).parent_path();
    const std::string folder = path.empty() ? "." : path.string();
    if (access(folder.c_str(), W_OK) == 0) return Ok{};
    return make_error(ErrorCode::kIo, Location{file, ""},
                      std::string("cannot create: ") + std::strerror(errno));
}

Status JsonOption::write(const nlohmann::json &document) const {
    if (file.empty()) return Ok{};
    CheckOptions check;
    check.reject_unknown_keys = true;
    if (Status status = check_results(document, check); !status.ok()) {
        Error error = status.error();
        error.code = ErrorCode::kInternal;
        return error;
    }
    const std::string text =
        document.dump(1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
    if (file != "-") return write_file(file, text);
    if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() ||
        std::fflush(stdout) != 0) {
        return make_error(ErrorCode::kIo, "cannot write to standard output");
    }
    return Ok{};
}

TextOptions text_options() {
    TextOptions options;
    const bool terminal = isatty(STDOUT_FILENO) != 0;
    if (terminal) options.width = std::clamp<size_t>(terminal_width(STDOUT_FILENO), 60, 160);
    const char *term = std::getenv("TERM");
    options.color = terminal && std::getenv("NO_COLOR") == nullptr && term != nullptr &&
                    std::string(term) != "dumb";
    return options;
}

void ProgressBar::show(const std::string &stage, int64_t done, int64_t total) {
    if (isatty(STDERR_FILENO) == 0 || total <= 0) return;
    const auto now = std::chrono::steady_clock::now();
    if (stage != stage_) {
        stage_ = stage;
        start_ = now;
        shown_ = {};
    }
    if (done < total && now - shown_ < std::chrono::milliseconds(100)) return;
    shown_ = now;
    constexpr int64_t kWidth = 30;
    const int64_t filled = std::clamp<int64_t>(done * kWidth / total, 0, kWidth);
    std::string bar(static_cast<size_t>(filled), '#');
    bar.resize(kWidth, '.');
    const double seconds = std::chrono::duration<double>(now - start_).count();
    std::string rate;
    if (seconds > 0.2 && done > 0) {
        const double per_second = static_cast<double>(done) / seconds;
        rate = fmt::format("  {:.1f}/s, {:.0f} s left", per_second,
                           static_cast<double>(total - done) / per_second);
    }
    fmt::print(stderr, "\r\033[K{:<10} [{}] {}/{}{}", stage, bar, done, total, rate);
    std::fflush(stderr);
    visible_ = true;
}

void ProgressBar::finish() {
    if (visible_) fmt::print(stderr, "\r\033[K");
    visible_ = false;
}

}  // namespace embark
