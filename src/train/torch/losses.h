#pragma once

#include "train/batches.h"
#include "train/torch/module.h"

namespace embark::training {

/// What kAuto means for the data.
Loss loss_for(const TrainOptions &options, const Dataset &data);

/// A batch as libtorch sees it.
torch::Tensor inputs_of(const Batch &batch);

/// The mean over the batch. \param teacher  the teacher's output; undefined without one
torch::Tensor loss_of(const torch::Tensor &output, const torch::Tensor &teacher, const Batch &batch,
                      Loss loss, const TrainOptions &options);

/// How many of the batch have their greatest output at the label; 0 for regression.
double correct_of(const torch::Tensor &output, const Batch &batch);

}  // namespace embark::training
