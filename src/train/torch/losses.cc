#include "train/torch/losses.h"

namespace embark::training {

namespace {

torch::Tensor labels_of(const std::vector<int32_t> &labels) {
    return torch::tensor(std::vector<int64_t>(labels.begin(), labels.end()));
}

torch::Tensor cross_entropy(const torch::Tensor &output, const Batch &batch, double smoothing) {
    const torch::Tensor logarithms = torch::log_softmax(output, 1);
    torch::Tensor chosen = logarithms.gather(1, labels_of(batch.labels).unsqueeze(1)).squeeze(1);
    if (!batch.others.empty()) {
        const torch::Tensor shares = torch::tensor(batch.shares);
        const torch::Tensor other =
            logarithms.gather(1, labels_of(batch.others).unsqueeze(1)).squeeze(1);
        chosen = shares * chosen + (1 - shares) * other;
    }
    if (smoothing > 0) chosen = (1 - smoothing) * chosen + smoothing * logarithms.mean(1);
    return -chosen.mean();
}

torch::Tensor targets_of(const Batch &batch) {
    return torch::tensor(batch.targets).reshape({batch.count, -1});
}

torch::Tensor distance(const torch::Tensor &output, const torch::Tensor &target, Loss loss) {
    if (loss == Loss::kMae) return torch::l1_loss(output, target);
    if (loss == Loss::kHuber) return torch::huber_loss(output, target);
    return torch::mse_loss(output, target);
}

}  // namespace

Loss loss_for(const TrainOptions &options, const Dataset &data) {
    if (options.loss != Loss::kAuto) return options.loss;
    return data.targets.empty() ? Loss::kCrossEntropy : Loss::kMse;
}

torch::Tensor inputs_of(const Batch &batch) {
    return torch::from_blob(const_cast<float *>(batch.inputs.data()),
                            {batch.count, static_cast<int64_t>(batch.inputs.size()) / batch.count});
}

torch::Tensor loss_of(const torch::Tensor &output, const torch::Tensor &teacher, const Batch &batch,
                      Loss loss, const TrainOptions &options) {
    if (loss != Loss::kCrossEntropy) {
        const torch::Tensor own = distance(output, targets_of(batch), loss);
        if (!teacher.defined()) return own;
        return (1 - options.distill) * own + options.distill * distance(output, teacher, loss);
    }
    const torch::Tensor own = cross_entropy(output, batch, options.label_smoothing);
    if (!teacher.defined()) return own;
    const double t = options.temperature;
    const torch::Tensor soft =
        torch::kl_div(torch::log_softmax(output / t, 1), torch::log_softmax(teacher / t, 1),
                      at::Reduction::Sum, true) /
        batch.count;
    return (1 - options.distill) * own + options.distill * t * t * soft;
}

double correct_of(const torch::Tensor &output, const Batch &batch) {
    if (batch.labels.empty()) return 0;
    return output.detach().argmax(1).eq(labels_of(batch.labels)).sum().item<double>();
}

}  // namespace embark::training
