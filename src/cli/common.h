#pragma once
// Options and console manners that subcommands share.

#include <CLI/CLI.hpp>
#include <chrono>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "cli/interrupt.h"
#include "evaluate/dataset.h"
#include "import/importer.h"
#include "report/report.h"
#include "workflow/compress.h"
#include "workflow/session.h"
#include "workflow/validate.h"

namespace embark {

/// Accepts numbers above zero. CLI11's own PositiveNumber prints the largest double in its message.
CLI::Validator positive_number();

/// Prints "embark: …" with its notes to standard error. \returns the exit status
int fail(const Error &error);

/// Help of an argument that is a network.
constexpr const char *kModelHelp = "network file: .h5, .keras, .onnx or .tflite";

/// --shape and --constant: what a model file leaves open about its inputs.
struct ImportArguments {
    std::vector<std::string> shapes;     ///< NAME=1,3,32,32
    std::vector<std::string> constants;  ///< NAME=FILE.npy

    void add_to(CLI::App &app);
    /// \error kUsage  not of that form; as reading the file
    Expected<ImportOptions> options() const;
};

/// A network file of any format, or a graph's text form (.graph). \error as import_model()
Expected<Graph> read_graph(const std::string &file, const ImportOptions &options);

/// Writes a network that came from \p source in the format of \p file's ending.
/// \returns the number of bytes
/// \error kUsage  an ending that names no format; kUnsupported, located in \p source, when the
/// format
///                has no form of a node; as write_file()
Expected<size_t> write_network(const Graph &graph, const std::string &file,
                               const std::string &source);

/// --compression and what it needs: --calibrate, --calibration-count, --max-accuracy-drop,
/// --flash-budget.
struct CompressionArguments {
    std::string level = "none";
    std::string compat;  ///< "cube-ai", or empty
    std::string data;
    int64_t count = 500;
    std::optional<double> max_drop;
    int64_t flash_budget = 0;
    bool allow_all = false;  ///< the level may be "all"

    void add_to(CLI::App &app);
    Expected<CompressOptions> options(const InputScaling &scaling) const;
    /// Quantises at kLow or above and shows what is under way; without --calibrate only the weights
    /// at kLow. \error kUsage without --calibrate above that; as compress_model()
    Expected<CompressedModel> compress(const Graph &original, const CompressOptions &options) const;
};

/// Model, board, planning: the options of every command that prepares a model.
struct ModelOptions {
    std::string model;
    std::string board;
    std::vector<std::filesystem::path> board_paths;
    std::string objective = "balanced";
    int64_t ram_budget = 0;
    bool portable = false;
    bool tune = false;
    std::string tune_cache;
    std::vector<std::string> disabled_passes;
    std::string name;
    CompressionArguments compression;
    const InputScaling *scaling = nullptr;  ///< of calibration images; null: the default
    ImportArguments inputs;

    void add_to(CLI::App &app, bool board_required);
    /// \param fuse  false: a step per layer
    Expected<PreparedModel> prepare(const std::string &board_id, bool fuse = true) const;
    Expected<PreparedModel> prepare() const { return prepare(board); }
};

/// --data, --count, --divide, --offset.
struct DataOptions {
    std::string data;
    int64_t count = 0;
    InputScaling scaling;

    void add_to(CLI::App &app, bool required);
};

/// --target and --baud.
struct TargetOptions {
    std::string target = "host";
    int baud = 115200;

    void add_to(CLI::App &app, const std::string &fallback);
};

/// --json: a file, or "-" for standard output instead of the text.
struct JsonOption {
    std::string file;

    void add_to(CLI::App &app);
    bool replaces_text() const { return file == "-"; }
    /// Tells before the work whether the file can be created at all.
    Status check() const;
    /// Checks the document against the schema and writes it, when asked for.
    Status write(const nlohmann::json &document) const;
};

/// Options of terminal output: its width, colours when it is a terminal that wants them.
TextOptions text_options();

/// A bar on standard error with rate and time left; silent when that is no terminal.
class ProgressBar {
  public:
    ~ProgressBar() { finish(); }
    void show(const std::string &stage, int64_t done, int64_t total);
    /// Removes the bar.
    void finish();

  private:
    std::string stage_;
    std::chrono::steady_clock::time_point start_, shown_;
    bool visible_ = false;
};

/// Runs a function that gives a Status or an Expected<int> exit status; prints its error.
template <typename Function>
int guarded(Function function) {
    auto result = function();
    if (!result.ok()) return fail(result.error());
    if constexpr (std::is_same_v<decltype(result), Expected<int>>) return *result;
    return 0;
}

}  // namespace embark
