#pragma once
// Steps along the gradient, with a state that checkpoints can hold.

#include "train/backend.h"
#include "train/torch/module.h"

namespace embark::training {

class Stepper {
  public:
    Stepper(std::map<std::string, torch::Tensor> &parameters, const TrainOptions &options,
            int64_t total_steps);

    /// The rate of step \p step (from 0), of all steps of the training.
    double rate_at(int64_t step) const;
    /// Uses the gradients, and clears them.
    void step(int64_t step);
    /// "m/NAME" and "v/NAME" (SGD: "m/NAME" alone).
    std::map<std::string, torch::Tensor> &state() { return state_; }

  private:
    void adam(const std::string &name, torch::Tensor &parameter, torch::Tensor gradient,
              int64_t step);
    void sgd(const std::string &name, torch::Tensor &parameter, const torch::Tensor &gradient,
             int64_t step);

    std::map<std::string, torch::Tensor> &parameters_;
    const TrainOptions &options_;
    const int64_t total_;
    std::map<std::string, torch::Tensor> state_;
};

}  // namespace embark::training
