#include <fmt/format.h>

#include "base/files.h"
#include "cli/command.h"
#include "cli/common.h"

namespace embark {

namespace {

struct ReportCommand {
    std::string results, markdown, html, language = "en";
};

Expected<Json> read_results(const std::string &file) {
    EMBARK_ASSIGN(const std::string text, read_text_file(file));
    try {
        return Json::parse(text);
    } catch (const Json::exception &error) {
        return make_error(ErrorCode::kInvalid, Location{file, ""},
                          fmt::format("is no JSON document: {}", error.what()));
    }
}

Expected<int> run(const ReportCommand &options) {
    EMBARK_ASSIGN(const Language language, parse_language(options.language));
    EMBARK_ASSIGN(const Json results, read_results(options.results));
    CheckOptions check;
    check.file = options.results;
    EMBARK_RETURN_IF_ERROR(check_results(results, check));
    if (results["command"] != "deploy") {
        return make_error(
            ErrorCode::kInvalid, Location{options.results, "/command"},
            fmt::format("found '{}', expected 'deploy'", results["command"].get<std::string>()));
    }
    if (options.markdown.empty() && options.html.empty()) {
        fmt::print("{}", render_report_markdown(results, {language}));
        return 0;
    }
    if (!options.markdown.empty()) {
        EMBARK_RETURN_IF_ERROR(
            write_file(options.markdown, render_report_markdown(results, {language})));
    }
    if (!options.html.empty()) {
        EMBARK_RETURN_IF_ERROR(write_file(options.html, render_report_html(results, {language})));
    }
    return 0;
}

}  // namespace

void add_report(CLI::App &app, Invocation &invocation) {
    auto options = std::make_shared<ReportCommand>();
    app.add_option("results", options->results, "results.json of 'embark deploy'")->required();
    app.add_option("--markdown", options->markdown, "write Markdown")->type_name("FILE");
    app.add_option("--html", options->html, "write a self-contained page")->type_name("FILE");
    app.add_option("--lang", options->language, "en or fr")->capture_default_str();
    app.footer("Without --markdown and --html, Markdown goes to standard output.");
    app.callback([options, &invocation] {
        invocation.run = [options] { return guarded([&] { return run(*options); }); };
    });
}

}  // namespace embark
