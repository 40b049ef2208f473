#pragma once
// Runs a graph's reference arithmetic over a data set.

#include <atomic>
#include <filesystem>
#include <functional>
#include <optional>
#include <vector>

#include "evaluate/dataset.h"
#include "evaluate/metrics.h"
#include "ops/registry.h"

namespace embark {

struct EvaluateOptions {
    int64_t count = 0;  ///< the first so many images; 0 or more than there are: all
    int threads = 0;    ///< 0: one per processor
    InputScaling scaling;
    /// Called after each image, from one thread at a time, but not always from the same one.
    std::function<void(int64_t done, int64_t total)> progress;
    /// When it becomes true, no further image is begun.
    const std::atomic<bool> *stop = nullptr;
};

/// One output of a network for many images, as real numbers.
struct Predictions {
    int64_t count = 0;          ///< images
    int64_t size = 0;           ///< values per image
    std::vector<float> values;  ///< [count][size]

    /// \p image in [0, count)
    std::span<const float> row(int64_t image) const;
    void append(std::span<const float> values_of_one_image);
};

struct Evaluation {
    int64_t images = 0;    ///< evaluated: the first so many of the data set
    bool stopped = false;  ///< by `stop`, before all were done
    /// [image][output]: raw bytes in the network's types.
    std::vector<std::vector<Bytes>> raw;
    std::vector<Predictions> outputs;  ///< one per output of the network
    /// Of the first output; set when the data has labels and the output one score per class.
    std::optional<Classification> classification;
};

/// Evaluates \p graph, which has one input, on the first images of \p dataset.
///
/// The result does not depend on the number of threads.
///
/// \error kInvalid      the images do not fit the input; a label that the output has no class for
/// \error kUnsupported  more than one input, or a type without reference arithmetic
Expected<Evaluation> evaluate_reference(const Graph &graph, const Dataset &dataset,
                                        const EvaluateOptions &options = {});

/// Accuracy and the like of \p outputs against the labels of \p dataset (image i is the i-th).
/// Empty when there are no labels. \error kInvalid  a label that has no output
Expected<std::optional<Classification>> classify(const Predictions &outputs,
                                                 const Dataset &dataset);

/// Reads outputs that another tool computed: array `outputs` [images, values] of float32 or
/// float64 in an .npz file. \error as NpzFile::read
Expected<Predictions> load_reference_outputs(const std::filesystem::path &path);

/// Whether the outputs in \p path are those of the images of \p dataset: its array `crc32` holds
/// the CRC-32 of each image's bytes. Empty when it has no such array. \error as NpzFile::read
Expected<std::optional<bool>> is_reference_of(const std::filesystem::path &path,
                                              const Dataset &dataset);

/// Compares the first min(count) images. \error kInvalid  the sizes per image differ, or no images
Expected<Differences> compare(const Predictions &outputs, const Predictions &reference);

}  // namespace embark
