#pragma once

#include <atomic>
#include <filesystem>
#include <functional>

#include "evaluate/dataset.h"
#include "workflow/documents.h"
#include "workflow/session.h"

namespace embark {

struct ValidateOptions {
    int64_t count = 0;  ///< images; 0: all
    InputScaling scaling;
    /// The framework's outputs (.npz); empty: MODEL.reference.npz beside the model, if it is there
    /// and of these images.
    std::filesystem::path reference;
    bool predictions = true;  ///< list every image's answer
    /// Called with what is under way ("reference", "target"), images done and to do.
    std::function<void(const std::string &stage, int64_t done, int64_t total)> progress;
    const std::atomic<bool> *stop = nullptr;  ///< ends the run early; what is done counts
};

/// Runs the first images of \p dataset on the session's target, on the reference arithmetic of the
/// very network that it runs (byte_equal) and of the original (agreement, errors).
/// \returns the document of `validate`
Expected<Json> validate_on_target(const PreparedModel &model, Session &session,
                                  const Dataset &dataset, const std::string &file,
                                  const ValidateOptions &options = {});

/// The classes' names when a data set's are known (a file "labels.txt" or "classes.txt" beside it
/// with one name a line), or empty.
std::vector<std::string> class_names_beside(const std::filesystem::path &data);

}  // namespace embark
