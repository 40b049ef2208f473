#include "train/torch/trainer.h"

#include <fmt/format.h>

#include <chrono>
#include <cmath>

#include "train/batches.h"
#include "train/torch/losses.h"

namespace embark::training {

namespace {

constexpr int64_t kMeasuredImages = 2048;  ///< for the statistics of imported batch normalisations
constexpr double kProgressSeconds = 0.2;

double now() {
    using Clock = std::chrono::steady_clock;
    return std::chrono::duration<double>(Clock::now().time_since_epoch()).count();
}

const Shape &input_shape(const TrainJob &job) {
    return job.network.spec.layers.front().shape;
}

BatchOptions batch_options(const TrainJob &job, bool training) {
    BatchOptions options;
    options.batch = job.options.batch;
    options.seed = job.options.seed;
    options.scaling = job.scaling;
    options.shuffle = training;
    if (training) options.augmentation = job.options.augmentation;
    return options;
}

uint64_t hash_bytes(uint64_t hash, const void *data, size_t size) {
    const auto *bytes = static_cast<const uint8_t *>(data);
    for (size_t i = 0; i < size; ++i) hash = (hash ^ bytes[i]) * 0x100000001b3ull;
    return hash;
}

/// Two trainings with the same text go the same way.
std::string fingerprint(const TrainJob &job) {
    uint64_t hash = 0xcbf29ce484222325ull;
    for (const auto &[name, array] : job.network.weights) {
        hash = hash_bytes(hash, array.values.data(), array.values.size() * sizeof(float));
    }
    const Dataset &data = *job.train;
    hash = hash_bytes(hash, data.data.data(), data.data.size());
    hash = hash_bytes(hash, data.labels.data(), data.labels.size() * sizeof(int32_t));
    const TrainOptions &o = job.options;
    const Augmentation &a = o.augmentation;
    std::string text = print_spec(job.network.spec);
    text += fmt::format("{:x} {} {} {} {} {} {} {} {} {} {} {} {} {} {} {} {} {} {}", hash,
                        o.epochs, o.batch, static_cast<int>(o.loss), static_cast<int>(o.optimizer),
                        static_cast<int>(o.schedule), o.rate, o.weight_decay, o.momentum,
                        o.label_smoothing, a.flip, a.crop, a.cutout, a.mixup, o.distill,
                        o.temperature, o.seed, o.fake_quantize, o.batch_statistics);
    for (const auto &[layer, bits] : o.bits) text += fmt::format(" {}:{}", layer, bits);
    return text;
}

}  // namespace

Status check_job(const TrainJob &job, const Dataset &data) {
    EMBARK_RETURN_IF_ERROR(check_weights(job.network));
    EMBARK_ASSIGN(const std::vector<Shape> shapes, infer_shapes(job.network.spec));
    Shape input = input_shape(job);
    input.insert(input.begin(), 1);
    EMBARK_RETURN_IF_ERROR(check_input(data, {"input", {DataType::kFloat32, input, {}}, nullptr}));
    const int64_t outputs = element_count(shapes.back());
    const Location where{data.name, ""};
    if (loss_for(job.options, data) == Loss::kCrossEntropy) {
        if (data.labels.empty()) {
            return make_error(ErrorCode::kInvalid, where, "has no labels, which training needs");
        }
        for (const int32_t label : data.labels) {
            if (label < outputs) continue;
            return make_error(ErrorCode::kInvalid, where,
                              fmt::format("label {}, expected less than {}: the network has {} "
                                          "outputs",
                                          label, outputs, outputs));
        }
        return Ok{};
    }
    if (!data.targets.empty() && data.target_size == outputs) return Ok{};
    return make_error(ErrorCode::kInvalid, where,
                      fmt::format("has targets of {} values, expected {} as the network's output",
                                  data.target_size, outputs));
}

Expected<Score> score_of(Module &module, const TrainJob &job, const Dataset &data) {
    const torch::NoGradGuard no_gradient;
    BatchReader reader(data, input_shape(job), batch_options(job, false), 0);
    TrainOptions plain = job.options;
    plain.label_smoothing = 0;
    const Loss loss = loss_for(job.options, data);
    Score score;
    for (int64_t step = 0; step < reader.steps(); ++step) {
        const Batch batch = reader.next();
        const torch::Tensor output = module.forward(inputs_of(batch), Mode::kEvaluate);
        const auto count = static_cast<double>(batch.count);
        score.loss += loss_of(output, {}, batch, loss, plain).item<double>() * count;
        score.accuracy += correct_of(output, batch);
    }
    score.loss /= static_cast<double>(data.count);
    score.accuracy /= static_cast<double>(data.count);
    return score;
}

Expected<std::unique_ptr<Trainer>> Trainer::create(const TrainJob &job) {
    EMBARK_RETURN_IF_ERROR(check_job(job, *job.train));
    if (job.validation != nullptr) EMBARK_RETURN_IF_ERROR(check_job(job, *job.validation));
    EMBARK_ASSIGN(Module module, Module::create(job.network));
    std::optional<Module> teacher;
    if (job.teacher != nullptr && job.options.distill > 0) {
        EMBARK_ASSIGN(teacher, Module::create(*job.teacher));
        if (teacher->output_size() != module.output_size()) {
            return make_error(ErrorCode::kInvalid,
                              fmt::format("the teacher has {} outputs, expected {} as the network",
                                          teacher->output_size(), module.output_size()));
        }
    }
    if (job.options.fake_quantize) module.set_fake_quantization(job.options.bits);
    module.set_batch_statistics(job.options.batch_statistics);
    return std::unique_ptr<Trainer>(new Trainer(job, std::move(module), std::move(teacher)));
}

Trainer::Trainer(const TrainJob &job, Module module, std::optional<Module> teacher)
    : job_(job),
      module_(std::move(module)),
      teacher_(std::move(teacher)),
      steps_per_epoch_((job.train->count + job.options.batch - 1) / job.options.batch),
      stepper_(module_.parameters(), job.options, steps_per_epoch_ * job.options.epochs),
      training_(fingerprint(job)) {
    state_.training = training_;
    state_.best_loss = 1e300;
}

Status Trainer::restore() {
    EMBARK_ASSIGN(auto found, read_checkpoint(job_.options.checkpoint, training_));
    if (!found) return Ok{};
    const torch::NoGradGuard no_gradient;
    for (auto &[key, array] : found->arrays) {
        const std::string name = key.substr(key.find('/') + 1);
        if (key.starts_with("best/")) {
            best_[name] = array;
            continue;
        }
        if (key.starts_with("range/")) {
            module_.ranges()[name] = {array.values.at(0), array.values.at(1), true};
            continue;
        }
        auto &tensors = key.starts_with("w/")   ? module_.parameters()
                        : key.starts_with("s/") ? module_.statistics()
                                                : stepper_.state();
        const auto tensor =
            tensors.find(key.starts_with("w/") || key.starts_with("s/") ? name : key);
        if (tensor == tensors.end()) continue;
        const size_t slash = name.rfind('/');
        const Layer *layer = module_.spec().find(name.substr(0, slash));
        if (layer != nullptr) tensor->second.copy_(to_tensor(name, *layer, array));
    }
    found->arrays.clear();
    state_ = std::move(*found);
    continued_ = true;
    return Ok{};
}

Status Trainer::save() {
    if (job_.options.checkpoint.empty()) return Ok{};
    Checkpoint whole = state_;
    const auto add = [&](const std::string &key, const std::string &name,
                         const torch::Tensor &tensor) {
        const Layer *layer = module_.spec().find(name.substr(0, name.rfind('/')));
        whole.arrays[key] = to_array(name, *layer, tensor);
    };
    for (const auto &[name, tensor] : module_.parameters()) add("w/" + name, name, tensor);
    for (const auto &[name, tensor] : module_.statistics()) add("s/" + name, name, tensor);
    for (const auto &[key, tensor] : stepper_.state()) add(key, key.substr(2), tensor);
    for (const auto &[name, range] : module_.ranges()) {
        whole.arrays["range/" + name] = {{2}, {range.low, range.high}};
    }
    for (const auto &[name, array] : best_) whole.arrays["best/" + name] = array;
    return write_checkpoint(job_.options.checkpoint, whole);
}

/// Imported batch normalisations are scale and shift alone.
Status Trainer::measure_statistics() {
    if (job_.network.has_statistics || continued_) return Ok{};
    const torch::NoGradGuard no_gradient;
    BatchReader reader(*job_.train, input_shape(job_), batch_options(job_, false), 0, 0,
                       kMeasuredImages);
    for (int64_t step = 0; step < reader.steps(); ++step) {
        const Batch batch = reader.next();
        module_.forward(inputs_of(batch), Mode::kMeasure);
    }
    module_.adopt_statistics();
    return Ok{};
}

void Trainer::report(double images, double seconds) const {
    if (!job_.on_progress) return;
    TrainProgress progress;
    progress.epoch = state_.epoch + 1;
    progress.epochs = job_.options.epochs;
    progress.step = state_.step;
    progress.steps = steps_per_epoch_;
    const double seen = std::max<double>(static_cast<double>(state_.seen), 1);
    progress.loss = state_.loss_sum / seen;
    progress.accuracy = state_.correct / seen;
    progress.images_per_second = images / std::max(seconds, 1e-9);
    const int64_t all = job_.options.epochs * steps_per_epoch_;
    const int64_t left = all - state_.epoch * steps_per_epoch_ - state_.step;
    progress.seconds_left =
        static_cast<double>(left * job_.options.batch) / std::max(progress.images_per_second, 1e-9);
    job_.on_progress(progress);
}

/// The rest of an epoch, up to its end or an interruption.
Status Trainer::run_epoch() {
    const double started = now();
    double saved = started, shown = started, images = 0;
    int64_t since_saved = 0;
    BatchReader reader(*job_.train, input_shape(job_), batch_options(job_, true), state_.epoch,
                       state_.step);
    const Loss loss = loss_for(job_.options, *job_.train);
    while (state_.step < steps_per_epoch_) {
        const Batch batch = reader.next();
        const int64_t step = state_.epoch * steps_per_epoch_ + state_.step;
        torch::manual_seed(mixed_bits(job_.options.seed, static_cast<uint64_t>(step), 5));
        const torch::Tensor inputs = inputs_of(batch);
        torch::Tensor taught;
        if (teacher_) {
            const torch::NoGradGuard no_gradient;
            taught = teacher_->forward(inputs, Mode::kEvaluate);
        }
        const torch::Tensor output = module_.forward(inputs, Mode::kTrain);
        const torch::Tensor mean = loss_of(output, taught, batch, loss, job_.options);
        const double value = mean.item<double>();
        if (!std::isfinite(value)) {
            return make_error(
                ErrorCode::kInvalid,
                fmt::format("the loss is {} in step {} of epoch {}: try a lower --rate", value,
                            state_.step + 1, state_.epoch + 1));
        }
        mean.backward();
        stepper_.step(step);
        ++state_.step;
        state_.seen += batch.count;
        state_.loss_sum += value * static_cast<double>(batch.count);
        state_.correct += correct_of(output, batch);
        images += static_cast<double>(batch.count);
        const double time = now();
        if (time - shown > kProgressSeconds || state_.step == steps_per_epoch_) {
            report(images, time - started);
            shown = time;
        }
        if (is_interrupted()) break;
        const int64_t every = job_.options.checkpoint_steps;
        if (time - saved > job_.options.checkpoint_seconds ||
            (every > 0 && ++since_saved >= every)) {
            EMBARK_RETURN_IF_ERROR(save());
            saved = now();
            since_saved = 0;
        }
    }
    train_seconds_ += now() - started;
    train_images_ += images;
    state_.seconds += now() - started;
    if (state_.step < steps_per_epoch_) return save();
    return finish_epoch(started);
}

Status Trainer::finish_epoch(double started) {
    EpochRecord record;
    record.epoch = state_.epoch + 1;
    record.loss = state_.loss_sum / static_cast<double>(state_.seen);
    record.accuracy = state_.correct / static_cast<double>(state_.seen);
    record.rate = stepper_.rate_at((state_.epoch + 1) * steps_per_epoch_);
    double watched = record.loss;
    if (job_.validation != nullptr) {
        EMBARK_ASSIGN(const Score score, score_of(module_, job_, *job_.validation));
        record.validation_loss = watched = score.loss;
        record.validation_accuracy = score.accuracy;
    }
    if (watched < state_.best_loss) {
        state_.best_loss = watched;
        state_.best_epoch = record.epoch;
        if (job_.options.patience > 0) best_ = module_.network().weights;
    }
    record.seconds = now() - started;
    state_.history.push_back(record);
    ++state_.epoch;
    state_.step = state_.seen = 0;
    state_.loss_sum = state_.correct = 0;
    if (job_.on_epoch) job_.on_epoch(record);
    return save();
}

bool Trainer::is_out_of_patience() const {
    return job_.options.patience > 0 && state_.best_epoch > 0 &&
           state_.epoch - state_.best_epoch >= job_.options.patience;
}

Network Trainer::best_network() const {
    Network network = module_.network();
    if (!best_.empty()) network.weights = best_;
    return network;
}

Expected<TrainResult> Trainer::run() {
    EMBARK_RETURN_IF_ERROR(restore());
    EMBARK_RETURN_IF_ERROR(measure_statistics());
    while (state_.epoch < job_.options.epochs && !is_interrupted() && !is_out_of_patience()) {
        EMBARK_RETURN_IF_ERROR(run_epoch());
    }
    TrainResult result;
    result.interrupted = is_interrupted() && state_.epoch < job_.options.epochs;
    result.network = best_network();
    result.history = state_.history;
    result.continued = continued_;
    result.best_epoch = state_.best_epoch;
    result.images_per_second = train_images_ / std::max(train_seconds_, 1e-9);
    return result;
}

}  // namespace embark::training
