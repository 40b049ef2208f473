#include "train/torch/optimizer.h"

#include <cmath>
#include <numbers>

namespace embark::training {

namespace {

constexpr double kBeta1 = 0.9, kBeta2 = 0.999, kEpsilon = 1e-8;
constexpr double kWarmUp = 0.3, kFirstShare = 1.0 / 25;  // of one-cycle (arXiv:1708.07120)

double half_cosine(double share) {
    return 0.5 * (1 + std::cos(std::numbers::pi * share));
}

}  // namespace

Stepper::Stepper(std::map<std::string, torch::Tensor> &parameters, const TrainOptions &options,
                 int64_t total_steps)
    : parameters_(parameters), options_(options), total_(std::max<int64_t>(total_steps, 1)) {
    for (const auto &[name, parameter] : parameters_) {
        state_["m/" + name] = torch::zeros_like(parameter);
        if (options.optimizer != Optimizer::kSgd)
            state_["v/" + name] = torch::zeros_like(parameter);
    }
}

double Stepper::rate_at(int64_t step) const {
    const double share = static_cast<double>(step) / static_cast<double>(total_);
    switch (options_.schedule) {
        case RateSchedule::kConstant:
            return options_.rate;
        case RateSchedule::kCosine:
            return options_.rate * half_cosine(share);
        case RateSchedule::kOneCycle:
            break;
    }
    if (share < kWarmUp) {
        return options_.rate *
               (kFirstShare + (1 - kFirstShare) * (1 - half_cosine(share / kWarmUp)));
    }
    return options_.rate * half_cosine((share - kWarmUp) / (1 - kWarmUp));
}

void Stepper::step(int64_t step) {
    const torch::NoGradGuard no_gradient;
    for (auto &[name, parameter] : parameters_) {
        torch::Tensor &gradient = parameter.mutable_grad();
        if (!gradient.defined()) continue;
        if (options_.optimizer == Optimizer::kSgd) {
            sgd(name, parameter, gradient, step);
        } else {
            adam(name, parameter, gradient, step);
        }
        gradient = torch::Tensor();
    }
}

void Stepper::adam(const std::string &name, torch::Tensor &parameter, torch::Tensor gradient,
                   int64_t step) {
    const double rate = rate_at(step);
    const double decay = name.ends_with("/kernel") ? options_.weight_decay : 0;
    if (options_.optimizer == Optimizer::kAdamW) {
        parameter.mul_(1 - rate * decay);
    } else if (decay > 0) {
        gradient = gradient + decay * parameter;
    }
    torch::Tensor &m = state_.at("m/" + name), &v = state_.at("v/" + name);
    m.mul_(kBeta1).add_(gradient, 1 - kBeta1);
    v.mul_(kBeta2).addcmul_(gradient, gradient, 1 - kBeta2);
    const auto t = static_cast<double>(step + 1);
    const double m_share = 1 - std::pow(kBeta1, t), v_share = 1 - std::pow(kBeta2, t);
    parameter.addcdiv_(m, v.sqrt().div_(std::sqrt(v_share)).add_(kEpsilon), -rate / m_share);
}

void Stepper::sgd(const std::string &name, torch::Tensor &parameter, const torch::Tensor &gradient,
                  int64_t step) {
    const double decay = name.ends_with("/kernel") ? options_.weight_decay : 0;
    const torch::Tensor slope = gradient + decay * parameter;
    torch::Tensor &m = state_.at("m/" + name);
    m.mul_(options_.momentum).add_(slope);
    parameter.add_(slope + options_.momentum * m, -rate_at(step));
}

}  // namespace embark::training
