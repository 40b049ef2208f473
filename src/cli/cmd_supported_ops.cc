#include <fmt/format.h>

#include "cli/command.h"
#include "cli/common.h"
#include "workflow/supported_ops.h"

namespace embark {

namespace {

struct SupportedOpsCommand {
    std::string format, target = "host";
    std::vector<std::filesystem::path> board_paths;
    bool markdown = false;
    JsonOption json;
};

Expected<int> run(const SupportedOpsCommand &options) {
    EMBARK_RETURN_IF_ERROR(options.json.check());
    constexpr std::string_view kVirtual = "virtual:";
    std::string id = options.target;
    if (id.starts_with(kVirtual)) id.erase(0, kVirtual.size());
    std::optional<Board> board;
    if (id != "host") {
        EMBARK_ASSIGN(board, find_board(id, options.board_paths));
    }
    EMBARK_ASSIGN(const Json document, supported_ops_document(options.format, board));
    EMBARK_RETURN_IF_ERROR(options.json.write(document));
    if (options.json.replaces_text()) return 0;
    fmt::print("{}", options.markdown ? render_supported_ops_markdown(document)
                                      : render_supported_ops_text(document, text_options()));
    return 0;
}

}  // namespace

void add_supported_ops(CLI::App &app, Invocation &invocation) {
    auto options = std::make_shared<SupportedOpsCommand>();
    app.add_option("--format", options->format,
                   "one format alone: keras, tflite, onnx; ir for embark's own operators");
    app.add_option("-t,--target", options->target, "host, a board or virtual:BOARD")
        ->capture_default_str();
    app.add_option("--board-path", options->board_paths, "folder with more boards")
        ->type_name("DIR")
        ->allow_extra_args(false);
    app.add_flag("--markdown", options->markdown, "as Markdown");
    options->json.add_to(app);
    app.callback([options, &invocation] {
        invocation.run = [options] { return guarded([&] { return run(*options); }); };
    });
}

}  // namespace embark
