#pragma once
// The search's diary: a line of JSON for each stage that a candidate was trained for.

#include <filesystem>
#include <nlohmann/json.hpp>

#include "search/predict.h"

namespace embark {

/// A candidate after a stage.
struct Trial {
    Change change;
    Prediction prediction;
    int64_t epochs = 0;   ///< in all
    double accuracy = 0;  ///< of its quantised form, on held-out examples, in [0,1]
    double seconds = 0;   ///< of training, this stage
};

class SearchLog {
  public:
    /// Reads \p file, if it is there, and goes on with it; a last line that was cut off is dropped.
    /// \param subject  what the search is about; its keys must be those of the file's first line
    /// \error kInvalid  a log of another search, or no log, with the line; kIo
    static Expected<SearchLog> open(const std::filesystem::path &file,
                                    const nlohmann::json &subject);

    const std::vector<Trial> &trials() const { return trials_; }
    /// The one of \p change trained for \p epochs in all, or null.
    const Trial *find(const Change &change, int64_t epochs) const;
    /// \error kIo
    Status add(const Trial &trial);

  private:
    std::filesystem::path file_;
    std::vector<Trial> trials_;
};

/// Of the last stage of each candidate, those that no other beats in both flash and accuracy, the
/// smallest first.
std::vector<Trial> pareto_front(const std::vector<Trial> &trials);

}  // namespace embark
