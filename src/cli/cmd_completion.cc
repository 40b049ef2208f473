#include <fmt/format.h>

#include "cli/command.h"
#include "cli/common.h"
#include "cli/completion_scripts.h"

namespace embark {

void add_completion(CLI::App &app, Invocation &invocation) {
    auto shell = std::make_shared<std::string>();
    app.add_option("shell", *shell, "bash or zsh")
        ->required()
        ->check(CLI::IsMember({"bash", "zsh"}));
    app.footer("Load it with:  source <(embark completion bash)");
    app.callback([shell, &invocation] {
        invocation.run = [shell] {
            fmt::print("{}", *shell == "zsh" ? kZshCompletion : kBashCompletion);
            return 0;
        };
    });
}

}  // namespace embark
