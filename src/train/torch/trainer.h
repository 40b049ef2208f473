#pragma once

#include <memory>

#include "train/torch/checkpoint.h"
#include "train/torch/module.h"
#include "train/torch/optimizer.h"

namespace embark::training {

/// One training, from the network or a checkpoint to the end or an interruption.
class Trainer {
  public:
    /// It stays where it is: what steps along the gradient refers to the module in it.
    static Expected<std::unique_ptr<Trainer>> create(const TrainJob &job);
    Trainer(const Trainer &) = delete;
    Trainer &operator=(const Trainer &) = delete;
    Expected<TrainResult> run();

  private:
    Trainer(const TrainJob &job, Module module, std::optional<Module> teacher);

    Status restore();
    Status save();
    Status measure_statistics();
    Status run_epoch();
    Status finish_epoch(double started);
    bool is_interrupted() const { return job_.stop != nullptr && *job_.stop; }
    void report(double images, double seconds) const;
    Network best_network() const;
    bool is_out_of_patience() const;

    const TrainJob &job_;
    Module module_;
    std::optional<Module> teacher_;
    int64_t steps_per_epoch_;
    Stepper stepper_;
    Checkpoint state_;
    Weights best_;
    std::string training_;
    bool continued_ = false;
    double train_seconds_ = 0, train_images_ = 0;
};

/// Loss and accuracy on all of \p data.
Expected<Score> score_of(Module &module, const TrainJob &job, const Dataset &data);

/// Whether network and data belong together. \error kInvalid
Status check_job(const TrainJob &job, const Dataset &data);

}  // namespace embark::training
