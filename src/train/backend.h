#pragma once
// What embark asks of libtorch. The library is large and optional, so it lies behind a plug-in that
// is loaded when a command trains; nothing else needs or waits for it.

#include <atomic>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "evaluate/dataset.h"
#include "train/network.h"

namespace embark {

enum class Loss { kAuto, kCrossEntropy, kMse, kMae, kHuber };
enum class Optimizer { kAdam, kAdamW, kSgd };
enum class RateSchedule { kCosine, kOneCycle, kConstant };

/// What is done to an image each time it is seen in training; only flips, crops and cut-outs where
/// the input has rows and columns.
struct Augmentation {
    bool flip = false;   ///< left and right, every other time
    int64_t crop = 0;    ///< shift by up to so many pixels, border repeated
    int64_t cutout = 0;  ///< side of a square of zeros, somewhere
    double mixup = 0;    ///< alpha of Zhang et al. 2018 (arXiv:1710.09412); 0: off
};

struct TrainOptions {
    int64_t epochs = 20;
    int64_t batch = 128;
    Loss loss = Loss::kAuto;  ///< by the data: cross-entropy for classes, squared error for targets
    Optimizer optimizer = Optimizer::kAdamW;
    RateSchedule schedule = RateSchedule::kCosine;
    double rate = 2e-3;
    double weight_decay = 1e-4;  ///< kernels only
    double momentum = 0.9;       ///< of SGD (Nesterov's)
    double label_smoothing = 0;
    Augmentation augmentation;
    double distill = 0;      ///< share of the teacher in the loss, [0,1]
    double temperature = 4;  ///< of distillation (Hinton et al. 2015, arXiv:1503.02531)
    int64_t patience = 0;    ///< stop after so many epochs without a better validation; 0: never
    uint64_t seed = 1;
    int threads = 0;  ///< of the arithmetic; 0: what libtorch takes. Results depend on it
    bool fake_quantize = false;       ///< train with int8 weights and activations
    std::map<std::string, int> bits;  ///< fake_quantize: of weights by layer; 8 for others
    bool batch_statistics = true;     ///< false: batch normalisation keeps its statistics

    std::filesystem::path checkpoint;  ///< file that training continues from; empty: none
    double checkpoint_seconds = 60;    ///< between checkpoints, besides the end of an epoch
    int64_t checkpoint_steps = 0;      ///< the same in steps; 0: by time alone
};

struct EpochRecord {
    int64_t epoch = 0;  ///< from 1
    double loss = 0;    ///< training loss, mean over the epoch
    double accuracy = 0;
    double validation_loss = 0, validation_accuracy = 0;  ///< accuracy: 0 for regression
    double rate = 0;                                      ///< at the epoch's end
    double seconds = 0;  ///< without what ran before an interruption
};

struct TrainProgress {
    int64_t epoch = 0, epochs = 0;  ///< epoch from 1
    int64_t step = 0, steps = 0;    ///< of the epoch
    double loss = 0, accuracy = 0;  ///< so far in this epoch
    double images_per_second = 0;
    double seconds_left = 0;
};

struct TrainJob {
    Network network;
    Dataset const *train = nullptr;
    Dataset const *validation = nullptr;  ///< null: none
    const Network *teacher = nullptr;
    InputScaling scaling;
    TrainOptions options;
    std::function<void(const TrainProgress &)> on_progress;
    std::function<void(const EpochRecord &)> on_epoch;
    const std::atomic<bool> *stop = nullptr;
};

struct TrainResult {
    Network network;  ///< of the best epoch by validation with patience, else the last
    std::vector<EpochRecord> history;
    bool interrupted = false;  ///< by `stop`; the checkpoint has what is needed to go on
    bool continued = false;    ///< from a checkpoint
    int64_t best_epoch = 0;
    double images_per_second = 0;  ///< measured, training alone
};

/// Loss and accuracy of a network on data, in evaluation mode.
struct Score {
    double loss = 0, accuracy = 0;
};

/// By layer with a kernel or batch normalisation: a value per output channel or neuron.
using Importance = std::map<std::string, std::vector<double>, std::less<>>;

class TrainBackend {
  public:
    virtual ~TrainBackend() = default;
    /// \error kInvalid  data that do not fit the network; a loss that is not finite; a checkpoint
    ///                  of another training. As loading and writing checkpoints
    virtual Expected<TrainResult> train(const TrainJob &job) = 0;
    /// Answers of the network to the first \p count images, [count][values].
    virtual Expected<std::vector<float>> predict(const Network &network, const Dataset &data,
                                                 const InputScaling &scaling, int64_t count) = 0;
    virtual Expected<Score> score(const TrainJob &job, const Dataset &data) = 0;
    /// How much the loss would change without a channel, to first order (Molchanov et al. 2019,
    /// arXiv:1906.10771): squared sums of weight times gradient, over \p batches batches.
    virtual Expected<Importance> importance(const TrainJob &job, int64_t batches) = 0;
};

/// Loads the plug-in once. \error kNotFound  in words what to install
Expected<TrainBackend *> train_backend();

}  // namespace embark
