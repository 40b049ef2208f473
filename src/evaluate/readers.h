#pragma once
// The forms of data that load_dataset chooses from; see README.md. \p most as there.

#include <filesystem>
#include <vector>

#include "evaluate/dataset.h"

namespace embark {

Expected<Dataset> load_npz(const std::filesystem::path &path, int64_t most);

/// CIFAR-10 batches in the given order. \p name is what messages about the whole set call it.
Expected<Dataset> load_cifar10(const std::vector<std::filesystem::path> &files,
                               const std::filesystem::path &name, int64_t most);

/// A table of numbers, a line an example, with a column of classes.
Expected<Dataset> load_csv(const std::filesystem::path &path, int64_t most);

/// A folder of pictures for each class; the classes in turn.
Expected<Dataset> load_pictures(const std::filesystem::path &path, int64_t most);

/// A directory of CIFAR-10 batches, of raw tensors, or of folders of pictures.
Expected<Dataset> load_directory(const std::filesystem::path &path, int64_t most);

}  // namespace embark
