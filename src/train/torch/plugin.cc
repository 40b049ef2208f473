// The plug-in's entry. Exceptions of libtorch end here.
#include <algorithm>

#include "train/batches.h"
#include "train/torch/losses.h"
#include "train/torch/trainer.h"

namespace embark::training {

namespace {

Error torch_error(const std::exception &exception) {
    // The first line; what follows is a list of addresses.
    std::string text = exception.what();
    text = text.substr(0, text.find('\n'));
    return make_error(ErrorCode::kInternal, "libtorch: " + text);
}

template <typename Function>
auto guarded(Function function) -> decltype(function()) {
    try {
        return function();
    } catch (const std::exception &exception) {
        return torch_error(exception);
    }
}

void set_threads(int threads) {
    if (threads > 0 && threads != torch::get_num_threads()) torch::set_num_threads(threads);
}

/// Per output: the square of the sum over what belongs to it.
void add_squares(std::vector<double> &sums, const torch::Tensor &product, bool outputs_first) {
    const torch::Tensor rows = outputs_first ? product.flatten(1).sum(1) : product;
    const torch::Tensor squares = rows.to(torch::kFloat64).square().contiguous();
    sums.resize(static_cast<size_t>(squares.numel()));
    for (size_t i = 0; i < sums.size(); ++i) sums[i] += squares.data_ptr<double>()[i];
}

Expected<Importance> measure_importance(const TrainJob &job, int64_t batches) {
    EMBARK_RETURN_IF_ERROR(check_job(job, *job.train));
    EMBARK_ASSIGN(Module module, Module::create(job.network));
    const Loss loss = loss_for(job.options, *job.train);
    BatchOptions options;
    options.batch = job.options.batch;
    options.seed = job.options.seed;
    options.scaling = job.scaling;
    options.shuffle = true;
    BatchReader reader(*job.train, job.network.spec.layers.front().shape, options, 0);
    Importance importance;
    for (int64_t step = 0; step < std::min(batches, reader.steps()); ++step) {
        const Batch batch = reader.next();
        const torch::Tensor output = module.forward(inputs_of(batch), Mode::kEvaluate);
        loss_of(output, {}, batch, loss, job.options).backward();
        const torch::NoGradGuard no_gradient;
        for (auto &[name, parameter] : module.parameters()) {
            torch::Tensor &gradient = parameter.mutable_grad();
            if (!gradient.defined()) continue;
            const size_t slash = name.rfind('/');
            if (name.substr(slash) == "/kernel" || name.substr(slash) == "/gamma") {
                add_squares(importance[name.substr(0, slash)], parameter * gradient,
                            name.ends_with("/kernel"));
            }
            gradient = torch::Tensor();
        }
    }
    return importance;
}

class TorchBackend : public TrainBackend {
  public:
    Expected<TrainResult> train(const TrainJob &job) override {
        return guarded([&]() -> Expected<TrainResult> {
            set_threads(job.options.threads);
            EMBARK_ASSIGN(const auto trainer, Trainer::create(job));
            return trainer->run();
        });
    }

    Expected<std::vector<float>> predict(const Network &network, const Dataset &data,
                                         const InputScaling &scaling, int64_t count) override {
        return guarded([&]() -> Expected<std::vector<float>> {
            EMBARK_RETURN_IF_ERROR(check_weights(network));
            EMBARK_ASSIGN(Module module, Module::create(network));
            const torch::NoGradGuard no_gradient;
            BatchOptions options;
            options.scaling = scaling;
            BatchReader reader(data, network.spec.layers.front().shape, options, 0, 0, count);
            std::vector<float> answers;
            for (int64_t step = 0; step < reader.steps(); ++step) {
                const Batch batch = reader.next();
                torch::Tensor output = module.forward(inputs_of(batch), Mode::kEvaluate);
                if (module.ends_in_softmax()) output = torch::softmax(output, 1);
                output = output.contiguous();
                const float *values = output.data_ptr<float>();
                answers.insert(answers.end(), values, values + output.numel());
            }
            return answers;
        });
    }

    Expected<Score> score(const TrainJob &job, const Dataset &data) override {
        return guarded([&]() -> Expected<Score> {
            set_threads(job.options.threads);
            EMBARK_RETURN_IF_ERROR(check_job(job, data));
            EMBARK_ASSIGN(Module module, Module::create(job.network));
            return score_of(module, job, data);
        });
    }

    Expected<Importance> importance(const TrainJob &job, int64_t batches) override {
        return guarded([&] {
            set_threads(job.options.threads);
            return measure_importance(job, batches);
        });
    }
};

}  // namespace

}  // namespace embark::training

extern "C" __attribute__((visibility("default"))) embark::TrainBackend *embark_train_backend() {
    static embark::training::TorchBackend backend;
    return &backend;
}
