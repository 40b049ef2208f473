#pragma once
// All that a training needs to go on as if it had not stopped.

#include <filesystem>
#include <optional>

#include "train/backend.h"

namespace embark::training {

struct Checkpoint {
    std::string
        training;  ///< what was trained how on what: another training must not go on with it
    int64_t epoch = 0, step = 0;  ///< the next ones, from 0
    double loss_sum = 0, correct = 0;
    int64_t seen = 0;
    double seconds = 0;
    std::vector<EpochRecord> history;
    int64_t best_epoch = 0;
    double best_loss = 0;
    Weights arrays;  ///< by "w/", "m/", "v/", "best/", "range/" and a name
};

/// Written whole or not at all. \error as write_file()
Status write_checkpoint(const std::filesystem::path &file, const Checkpoint &checkpoint);
/// None when there is no such file. \error kInvalid  not a checkpoint, damaged, or of another
/// training than \p training
Expected<std::optional<Checkpoint>> read_checkpoint(const std::filesystem::path &file,
                                                    const std::string &training);

}  // namespace embark::training
