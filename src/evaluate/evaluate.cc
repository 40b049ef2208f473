#include "evaluate/evaluate.h"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>
#include <thread>

#include "base/bytes.h"
#include "evaluate/npz.h"

namespace embark {

namespace {

/// What the threads share. Images are claimed in order, so that those done after a stop are the
/// first ones.
struct Work {
    const Graph &graph;
    const Dataset &dataset;
    const EvaluateOptions &options;
    int64_t total;
    std::vector<std::vector<Bytes>> raw;
    std::atomic<int64_t> next = 0;
    std::mutex mutex;  // guards what follows
    int64_t done = 0;
    std::optional<Error> error;
};

Expected<std::vector<Bytes>> evaluate_image(const Work &work, int64_t index) {
    const TensorType &input = work.graph.tensor(work.graph.inputs[0]).type;
    EMBARK_ASSIGN(Bytes bytes, make_input(work.dataset, index, input, work.options.scaling));
    return evaluate(work.graph, std::span(&bytes, 1));
}

void run_worker(Work &work) {
    while (work.options.stop == nullptr || !work.options.stop->load()) {
        const int64_t index = work.next.fetch_add(1);
        if (index >= work.total) return;
        auto outputs = evaluate_image(work, index);
        const std::lock_guard lock(work.mutex);
        if (!outputs.ok()) {
            if (!work.error) work.error = std::move(outputs).error();
            work.next = work.total;
            return;
        }
        work.raw[static_cast<size_t>(index)] = std::move(outputs).value();
        ++work.done;
        if (work.options.progress) work.options.progress(work.done, work.total);
    }
}

void run_threads(Work &work) {
    const auto processors = static_cast<int64_t>(std::thread::hardware_concurrency());
    const int64_t wanted = work.options.threads > 0 ? work.options.threads : processors;
    std::vector<std::thread> helpers;
    for (int64_t i = 1; i < std::min(wanted, work.total); ++i) {
        helpers.emplace_back(run_worker, std::ref(work));
    }
    run_worker(work);
    for (std::thread &helper : helpers) helper.join();
}

Error no_class_for_label(const Dataset &dataset, int64_t image, int64_t classes) {
    return make_error(ErrorCode::kInvalid, Location{dataset.name, ""},
                      fmt::format("label {} of image {} is out of range, the network has {} "
                                  "classes",
                                  dataset.labels[static_cast<size_t>(image)], image, classes));
}

}  // namespace

std::span<const float> Predictions::row(int64_t image) const {
    EMBARK_ASSERT(image >= 0 && image < count);
    return std::span(values).subspan(static_cast<size_t>(image * size), static_cast<size_t>(size));
}

void Predictions::append(std::span<const float> values_of_one_image) {
    EMBARK_ASSERT(count == 0 || static_cast<size_t>(size) == values_of_one_image.size());
    size = static_cast<int64_t>(values_of_one_image.size());
    values.insert(values.end(), values_of_one_image.begin(), values_of_one_image.end());
    ++count;
}

Expected<Evaluation> evaluate_reference(const Graph &graph, const Dataset &dataset,
                                        const EvaluateOptions &options) {
    if (graph.inputs.size() != 1) {
        return make_error(ErrorCode::kUnsupported, Location{graph.source.file_name, ""},
                          fmt::format("the network has {} inputs, expected 1 to evaluate it on "
                                      "images",
                                      graph.inputs.size()));
    }
    EMBARK_RETURN_IF_ERROR(check_input(dataset, graph.tensor(graph.inputs[0])));
    Work work{.graph = graph,
              .dataset = dataset,
              .options = options,
              .total = options.count > 0 ? std::min(options.count, dataset.count) : dataset.count};
    work.raw.resize(static_cast<size_t>(work.total));
    run_threads(work);
    if (work.error) return std::move(*work.error);

    Evaluation result;
    result.images = work.done;
    result.stopped = work.done < work.total;
    result.raw = std::move(work.raw);
    result.raw.resize(static_cast<size_t>(work.done));
    result.outputs.resize(graph.outputs.size());
    for (const std::vector<Bytes> &image : result.raw) {
        for (size_t i = 0; i < image.size(); ++i) {
            result.outputs[i].append(real_values(graph.tensor(graph.outputs[i]).type, image[i]));
        }
    }
    if (result.images == 0 || result.outputs.empty()) return result;
    EMBARK_ASSIGN(result.classification, classify(result.outputs[0], dataset));
    return result;
}

Expected<std::optional<Classification>> classify(const Predictions &outputs,
                                                 const Dataset &dataset) {
    if (dataset.labels.empty() || outputs.size == 0) return std::optional<Classification>{};
    EMBARK_ASSERT(outputs.count <= dataset.count);
    Classification classification(outputs.size);
    for (int64_t i = 0; i < outputs.count; ++i) {
        const int32_t label = dataset.labels[static_cast<size_t>(i)];
        if (label >= classification.classes()) {
            return no_class_for_label(dataset, i, classification.classes());
        }
        classification.add(outputs.row(i), label);
    }
    return std::optional(std::move(classification));
}

Expected<Predictions> load_reference_outputs(const std::filesystem::path &path) {
    EMBARK_ASSIGN(const NpzFile file, NpzFile::open(path));
    EMBARK_ASSIGN(const NpyArray array, file.read("outputs"));
    const Shape &shape = array.header.shape;
    const bool real =
        array.header.type == NpyType::kFloat32 || array.header.type == NpyType::kFloat64;
    if (!real || shape.size() < 2 || array.count() == 0) {
        return make_error(ErrorCode::kInvalid, Location{path.string(), "array outputs"},
                          fmt::format("is {} {}, expected float32 [images,values]",
                                      to_string(array.header.type), to_string(shape)));
    }
    Predictions predictions;
    predictions.count = shape[0];
    predictions.size = array.count() / shape[0];
    predictions.values.reserve(static_cast<size_t>(array.count()));
    for (size_t i = 0; i < static_cast<size_t>(array.count()); ++i) {
        predictions.values.push_back(static_cast<float>(array.at(i)));
    }
    return predictions;
}

Expected<std::optional<bool>> is_reference_of(const std::filesystem::path &path,
                                              const Dataset &dataset) {
    EMBARK_ASSIGN(const NpzFile file, NpzFile::open(path));
    if (!file.contains("crc32")) return std::optional<bool>();
    EMBARK_ASSIGN(const NpyArray checksums, file.read("crc32"));
    const int64_t count = std::min(checksums.count(), dataset.count);
    for (int64_t i = 0; i < count; ++i) {
        if (checksums.at(static_cast<size_t>(i)) != crc32(dataset.image(i))) {
            return std::optional(false);
        }
    }
    return std::optional(true);
}

Expected<Differences> compare(const Predictions &outputs, const Predictions &reference) {
    const int64_t count = std::min(outputs.count, reference.count);
    if (count == 0 || outputs.size != reference.size) {
        return make_error(
            ErrorCode::kInvalid,
            fmt::format("cannot compare {} images of {} values with {} of {}", outputs.count,
                        outputs.size, reference.count, reference.size));
    }
    Differences differences;
    for (int64_t i = 0; i < count; ++i) differences.add(outputs.row(i), reference.row(i));
    return differences;
}

}  // namespace embark
