#include <fmt/format.h>

#include <algorithm>

#include "base/files.h"
#include "cli/command.h"
#include "cli/common.h"
#include "export/exporter.h"
#include "ir/text.h"
#include "train/backend.h"

namespace embark {

namespace {

struct TrainCommand {
    std::string model, from, output, data, validation, teacher, loss = "auto", optimizer = "adamw",
                                                                schedule = "cosine";
    ImportArguments inputs;
    InputScaling scaling;
    TrainOptions options;
    int64_t count = 0;
    bool restart = false;
};

template <typename Value>
std::map<std::string, Value> names_of(std::initializer_list<std::pair<const char *, Value>> list) {
    std::map<std::string, Value> names;
    for (const auto &[name, value] : list) names.emplace(name, value);
    return names;
}

const auto kLosses = names_of<Loss>({{"auto", Loss::kAuto},
                                     {"cross-entropy", Loss::kCrossEntropy},
                                     {"mse", Loss::kMse},
                                     {"mae", Loss::kMae},
                                     {"huber", Loss::kHuber}});
const auto kOptimizers = names_of<Optimizer>(
    {{"adam", Optimizer::kAdam}, {"adamw", Optimizer::kAdamW}, {"sgd", Optimizer::kSgd}});
const auto kSchedules = names_of<RateSchedule>({{"cosine", RateSchedule::kCosine},
                                                {"one-cycle", RateSchedule::kOneCycle},
                                                {"constant", RateSchedule::kConstant}});

template <typename Value>
CLI::IsMember names_in(const std::map<std::string, Value> &names) {
    std::vector<std::string> list;
    for (const auto &[name, value] : names) list.push_back(name);
    return CLI::IsMember(list);
}

Expected<Network> network_from(const std::string &file, const ImportArguments &inputs) {
    EMBARK_ASSIGN(const ImportOptions options, inputs.options());
    EMBARK_ASSIGN(const Graph graph, read_graph(file, options));
    return network_of(graph);
}

/// The network that training begins with.
Expected<Network> first_network(const TrainCommand &command) {
    if (!command.from.empty()) return network_from(command.from, command.inputs);
    EMBARK_ASSIGN(const std::string text, read_text_file(command.model));
    Network network;
    EMBARK_ASSIGN(network.spec, parse_spec(text, command.model));
    EMBARK_ASSIGN(network.weights, initial_weights(network.spec, command.options.seed));
    return network;
}

Status write_trained(const Network &network, const std::string &file) {
    EMBARK_ASSIGN(const Graph graph, graph_of(network));
    EMBARK_RETURN_IF_ERROR(write_network(graph, file, file));
    return Ok{};
}

void print_epoch(const EpochRecord &record, int64_t epochs, bool validated, bool classes) {
    std::string line =
        fmt::format("epoch {:>3}/{}  loss {:.4f}", record.epoch, epochs, record.loss);
    if (classes) line += fmt::format("  accuracy {:.2f} %", record.accuracy * 100);
    if (validated) {
        line += fmt::format("  validation loss {:.4f}", record.validation_loss);
        if (classes) line += fmt::format("  accuracy {:.2f} %", record.validation_accuracy * 100);
    }
    fmt::print("{}  rate {:.2e}  {:.1f} s\n", line, record.rate, record.seconds);
    std::fflush(stdout);
}

Expected<int> train(TrainCommand command) {
    EMBARK_RETURN_IF_ERROR(exporter_for(command.output));
    if (command.model.empty() == command.from.empty()) {
        return make_error(ErrorCode::kUsage, "expected a .spec file, or --from MODEL");
    }
    EMBARK_ASSIGN(TrainBackend *const backend, train_backend());
    TrainJob job;
    EMBARK_ASSIGN(job.network, first_network(command));
    EMBARK_ASSIGN(const Dataset data, load_dataset(command.data, command.count));
    Dataset validation;
    Network teacher;
    job.train = &data;
    if (!command.validation.empty()) {
        EMBARK_ASSIGN(validation, load_dataset(command.validation));
        job.validation = &validation;
    }
    if (!command.teacher.empty()) {
        EMBARK_ASSIGN(teacher, network_from(command.teacher, command.inputs));
        job.teacher = &teacher;
        if (command.options.distill == 0) command.options.distill = 0.5;
    }
    job.scaling = command.scaling;
    job.options = command.options;
    job.options.loss = kLosses.at(command.loss);
    job.options.optimizer = kOptimizers.at(command.optimizer);
    job.options.schedule = kSchedules.at(command.schedule);
    job.options.checkpoint = command.output + ".checkpoint";
    if (command.restart) {
        std::error_code ignored;
        std::filesystem::remove(job.options.checkpoint, ignored);
    }
    const bool classes = !data.labels.empty();
    ProgressBar bar;
    job.on_progress = [&](const TrainProgress &p) {
        bar.show(fmt::format("epoch {}/{}, loss {:.3f}, {:.0f} s left", p.epoch, p.epochs, p.loss,
                             p.seconds_left),
                 p.step, p.steps);
    };
    job.on_epoch = [&](const EpochRecord &record) {
        print_epoch(record, job.options.epochs, job.validation != nullptr, classes);
    };
    job.stop = &catch_interrupt();
    EMBARK_ASSIGN(const TrainResult result, backend->train(job));
    if (result.interrupted) {
        fmt::print("stopped; the same command goes on from {}\n", job.options.checkpoint.string());
        return 1;
    }
    EMBARK_RETURN_IF_ERROR(write_trained(result.network, command.output));
    std::error_code ignored;
    std::filesystem::remove(job.options.checkpoint, ignored);
    fmt::print("{:.0f} images a second (measured); written: {}\n", result.images_per_second,
               command.output);
    return 0;
}

void add_network(CLI::App &app, TrainCommand &command) {
    app.add_option("spec", command.model, "layers as text, docs/training.md")->type_name("SPEC");
    app.add_option("--from", command.from, "start from a network's layers and weights instead")
        ->type_name("MODEL");
    app.add_option("-d,--data", command.data, "examples to train on")
        ->required()
        ->type_name("DATA");
    app.add_option("--validation", command.validation, "examples to measure each epoch on")
        ->type_name("DATA");
    app.add_option("-o,--output", command.output, "file to write: .onnx, .tflite or .graph")
        ->required()
        ->type_name("FILE");
    app.add_option("--count", command.count, "train on the first so many examples (default: all)")
        ->check(positive_number());
    app.add_option("--teacher", command.teacher, "network whose answers are learned, too")
        ->type_name("MODEL");
    app.add_flag("--restart", command.restart, "forget an interrupted training of this output");
}

void add_rates(CLI::App &app, TrainCommand &command) {
    TrainOptions &options = command.options;
    const auto number = [&](const char *name, auto &value, const char *help) {
        app.add_option(name, value, help)->check(CLI::NonNegativeNumber)->capture_default_str();
    };
    app.add_option("--loss", command.loss, "what is made small (auto: by the data)")
        ->check(names_in(kLosses))
        ->capture_default_str();
    app.add_option("--optimizer", command.optimizer, "how weights move")
        ->check(names_in(kOptimizers))
        ->capture_default_str();
    app.add_option("--schedule", command.schedule, "the rate over the epochs")
        ->check(names_in(kSchedules))
        ->capture_default_str();
    app.add_option("--epochs", options.epochs, "times that all examples are seen")
        ->check(positive_number())
        ->capture_default_str();
    app.add_option("--batch", options.batch, "examples a step")
        ->check(positive_number())
        ->capture_default_str();
    number("--rate", options.rate, "greatest learning rate");
    number("--weight-decay", options.weight_decay, "of kernels");
    number("--label-smoothing", options.label_smoothing, "share that other classes get");
    number("--patience", options.patience, "stop after so many epochs without a better validation");
    number("--distill", options.distill, "share of the teacher in the loss (with a teacher: 0.5)");
    number("--temperature", options.temperature, "of distillation");
    number("--threads", options.threads, "of the arithmetic (0: all cores); results depend on it");
    app.add_option("--seed", options.seed, "of weights and order")->capture_default_str();
    app.add_flag("--flip", options.augmentation.flip, "images left and right");
    number("--crop", options.augmentation.crop, "shift images by up to so many pixels");
    number("--cutout", options.augmentation.cutout, "side of a square of zeros");
    number("--mixup", options.augmentation.mixup, "alpha of mixed examples");
    number("--divide", command.scaling.divisor, "divide 8-bit pixels by this (0: by 255)");
}

}  // namespace

void add_train(CLI::App &app, Invocation &invocation) {
    auto command = std::make_shared<TrainCommand>();
    add_network(app, *command);
    add_rates(app, *command);
    command->inputs.add_to(app);
    app.callback([command, &invocation] {
        invocation.run = [command] { return guarded([&] { return train(*command); }); };
    });
}

}  // namespace embark
