#pragma once
// Batches of a data set for training: shuffled, augmented, made ahead by helper threads.

#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

#include "train/backend.h"

namespace embark {

struct Batch {
    int64_t count = 0;
    std::vector<float> inputs;    ///< [count][values of one input], channels last
    std::vector<int32_t> labels;  ///< [count], for classes
    std::vector<int32_t> others;  ///< [count], the label of what was mixed in; empty without mixup
    std::vector<float> shares;    ///< [count], of `labels` against `others`
    std::vector<float> targets;   ///< [count][values of one target], for regression
};

/// A number that depends on all of its arguments (SplitMix64, Steele et al. 2014).
uint64_t mixed_bits(uint64_t a, uint64_t b = 0, uint64_t c = 0);

struct BatchOptions {
    int64_t batch = 128;
    Augmentation augmentation;
    bool shuffle = false;
    uint64_t seed = 1;
    InputScaling scaling;
    int threads = 1;
};

/// Batches in order. What a batch holds depends on the options, epoch and step alone: not on
/// threads, nor on what was read before. At most a few batches are in memory at a time.
class BatchReader {
  public:
    /// \param input  shape of the network's input without the batch
    /// \param step  the first one, from 0
    BatchReader(const Dataset &data, Shape input, BatchOptions options, int64_t epoch,
                int64_t step = 0, int64_t most = 0);
    ~BatchReader();
    BatchReader(const BatchReader &) = delete;
    BatchReader &operator=(const BatchReader &) = delete;

    int64_t steps() const { return steps_; }
    /// Call steps() - first step times at most.
    Batch next();

  private:
    void work();
    Batch make(int64_t step) const;
    void add_example(Batch &batch, int64_t position) const;
    void augment(std::vector<float> &image, uint64_t seed) const;
    std::vector<float> load(int64_t image) const;

    const Dataset &data_;
    const Shape input_;
    const BatchOptions options_;
    const InputScaling scaling_;
    const int64_t epoch_;
    std::vector<int64_t> order_;
    int64_t steps_ = 0, next_made_ = 0, next_read_ = 0;
    bool done_ = false;
    std::map<int64_t, Batch> ready_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<std::thread> threads_;
};

}  // namespace embark
