#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <string>

#include "workflow/validate.h"

namespace embark {

struct DeployOptions {
    std::string model_file;  ///< as given
    std::string data_file;   ///< as given
    ValidateOptions validate;
    std::string command_line;
    /// The model as given, planned for the board, where another stands for it.
    std::optional<PreparedModel> original;
    /// What is under way, for people: "build the firmware" …
    std::function<void(const std::string &stage)> on_stage;
};

/// What deploy made, to be written to its folder.
struct Deployment {
    Json results;  ///< the document of `deploy`
    bool fits = false;
    std::map<std::string, std::string> files;  ///< by path relative to the folder: firmware/…
};

/// The whole way for one model, board and data set: analysis, C, host run, firmware, run on the
/// virtual board. A network that does not fit gets its analysis and host run only.
Expected<Deployment> deploy(const PreparedModel &model, const Dataset &dataset,
                            const DeployOptions &options);

}  // namespace embark
