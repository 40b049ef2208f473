#include "workflow/compress.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "quantize/weights_only.h"
#include "workflow/prepare.h"

namespace embark {

namespace {

constexpr size_t kSensitivityImages = 64;

std::vector<int> choices_of(Compression level) {
    if (level == Compression::kMedium) return {4};
    if (level == Compression::kHigh) return {4, 3, 2};
    return {};
}

double default_drop(Compression level) {
    return level == Compression::kHigh ? 1.0 : 0.5;
}

class Compressor {
  public:
    Compressor(const Graph &original, const Dataset &data, const CompressOptions &options)
        : original_(original), data_(data), options_(options) {}

    Expected<CompressedModel> run() {
        EMBARK_ASSIGN(result_.calibrated, calibrate(original_, data_, options_.quantize));
        EMBARK_RETURN_IF_ERROR(measure_sensitivity());
        find_front();
        EMBARK_RETURN_IF_ERROR(predict_flash());
        EMBARK_RETURN_IF_ERROR(watch_float());
        EMBARK_RETURN_IF_ERROR(choose());
        return std::move(result_);
    }

  private:
    void stage(const std::string &text) const {
        if (options_.quantize.on_stage) options_.quantize.on_stage(text);
    }

    /// Each weight rounded by itself: quick.
    Expected<QuantizedNetwork> plain_network(const std::map<std::string, int> &bits) const {
        QuantizeModelOptions plain = options_.quantize;
        plain.adapt = false;
        plain.on_stage = nullptr;
        return quantize_calibrated(result_.calibrated, plain, bits);
    }

    Status measure_sensitivity() {
        const std::vector<int> choices = choices_of(options_.level);
        if (choices.empty()) return Ok{};
        stage("measure sensitivity");
        const Samples &all = result_.calibrated.samples;
        const Samples some(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(std::min(
                                                          kSensitivityImages, all.size())));
        EMBARK_ASSIGN(const auto expected, scores_of(result_.calibrated.graph, some));
        EMBARK_ASSIGN(const QuantizedNetwork base, plain_network({}));
        EMBARK_ASSIGN(const auto base_scores, scores_of(base.graph, some));
        const double base_error = score_error(expected, base_scores);
        for (const LayerReport &layer : base.layers) {
            if (layer.weights < kLeastCompressedWeights || is_depthwise(layer.name)) continue;
            result_.report.sensitivity.push_back({layer.name, 8, layer.weights, 0});
            for (const int bits : choices) {
                EMBARK_ASSIGN(const QuantizedNetwork network, plain_network({{layer.name, bits}}));
                EMBARK_ASSIGN(const auto found, scores_of(network.graph, some));
                const double error = std::max(score_error(expected, found) - base_error, 0.0);
                result_.report.sensitivity.push_back({layer.name, bits, layer.weights, error});
            }
        }
        return Ok{};
    }

    bool is_depthwise(const std::string &layer) const {
        const auto &nodes = result_.calibrated.graph.nodes;
        return std::any_of(nodes.begin(), nodes.end(), [&](const Node &node) {
            return node.name == layer && node.op == "depthwise_conv2d";
        });
    }

    static int64_t bytes_at(const Sensitivity &choice) { return choice.weights * choice.bits / 8; }

    /// The choices with the least error + price * bytes, for prices from none to any.
    void find_front() {
        result_.report.front.push_back(best_for(0));
        for (double price = 1e-12; price < 1; price *= 1.3) {
            FrontPoint point = best_for(price);
            if (point.bits != result_.report.front.back().bits)
                result_.report.front.push_back(std::move(point));
        }
    }

    FrontPoint best_for(double price) const {
        std::map<std::string, const Sensitivity *> best;
        for (const Sensitivity &choice : result_.report.sensitivity) {
            const Sensitivity *&found = best[choice.layer];
            const auto cost = [&](const Sensitivity &c) {
                return c.error + price * static_cast<double>(bytes_at(c));
            };
            if (found == nullptr || cost(choice) < cost(*found)) found = &choice;
        }
        FrontPoint point;
        for (const auto &[layer, choice] : best) {
            point.error += choice->error;
            point.weight_bytes += bytes_at(*choice);
            if (choice->bits < 8) point.bits[layer] = choice->bits;
        }
        return point;
    }

    Status predict_flash() {
        for (FrontPoint &point : result_.report.front) {
            PrepareOptions prepare;
            EMBARK_ASSIGN(QuantizedNetwork network, plain_network(point.bits));
            prepare.compressed = std::move(network.graph);
            prepare.plan.stream = false;  // flash is what counts here
            EMBARK_ASSIGN(const PreparedModel model,
                          prepare_model(original_, options_.board, prepare));
            point.flash_bytes = model.footprint.flash.total();
        }
        return Ok{};
    }

    /// The watched images: those behind the calibration, or, when there are none, the same.
    Status watch_float() {
        const auto used = static_cast<int64_t>(result_.calibrated.samples.size());
        const int64_t first = data_.count > used ? used : 0;
        result_.report.watched_is_new = first > 0;
        watched_ = slice_of(data_, first, std::min(data_.count - first, options_.watch_count));
        stage("float accuracy");
        EMBARK_ASSIGN(const Evaluation evaluation, evaluate_watched(original_));
        result_.report.watched = evaluation.images;
        result_.report.labelled = evaluation.classification.has_value();
        reference_ = evaluation.outputs.front();
        result_.report.float_accuracy =
            result_.report.labelled ? evaluation.classification->accuracy() : 1.0;
        return Ok{};
    }

    Expected<Evaluation> evaluate_watched(const Graph &graph) const {
        EvaluateOptions evaluate;
        evaluate.scaling = options_.quantize.scaling;
        return evaluate_reference(graph, watched_, evaluate);
    }

    /// Only images whose class changes tell the accuracies apart, so their number gives the error.
    Status watch(const Graph &graph, FrontPoint &point) const {
        EMBARK_ASSIGN(const Evaluation evaluation, evaluate_watched(graph));
        EMBARK_ASSIGN(const Differences differences,
                      compare(evaluation.outputs.front(), reference_));
        const double same = differences.agreement();
        point.accuracy = evaluation.classification ? evaluation.classification->accuracy() : same;
        point.accuracy_error = std::sqrt((1 - same) / static_cast<double>(evaluation.images));
        return Ok{};
    }

    /// Quantises with the bits of point \p index and measures it.
    Status try_point(size_t index) {
        FrontPoint &point = result_.report.front[index];
        EMBARK_ASSIGN(QuantizedNetwork network,
                      quantize_calibrated(result_.calibrated, options_.quantize, point.bits));
        EMBARK_RETURN_IF_ERROR(watch(network.graph, point));
        networks_[index] = std::move(network);
        return Ok{};
    }

    bool is_within_limit(size_t index) const {
        const double drop = options_.max_accuracy_drop.value_or(default_drop(options_.level));
        const FrontPoint &point = result_.report.front[index];
        const double lost = result_.report.float_accuracy - *point.accuracy + point.accuracy_error;
        return lost * 100 <= drop + 1e-9;
    }

    Status choose() {
        const std::vector<FrontPoint> &front = result_.report.front;
        size_t first = 0, end = front.size();
        if (options_.flash_budget > 0) {
            while (first < end && front[first].flash_bytes > options_.flash_budget) ++first;
            if (first == end) {
                return make_error(
                    ErrorCode::kDoesNotFit,
                    fmt::format("the smallest choice takes {} B of flash, expected at most {}",
                                front.back().flash_bytes, options_.flash_budget));
            }
            // The least loss that the budget allows.
            if (!options_.max_accuracy_drop) end = first + 1;
        }
        EMBARK_RETURN_IF_ERROR(try_point(first));
        size_t good = first;
        for (size_t low = first + 1, high = end; low < high;) {
            const size_t middle = (low + high) / 2;
            EMBARK_RETURN_IF_ERROR(try_point(middle));
            if (is_within_limit(middle)) {
                good = middle;
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        result_.report.chosen = good;
        result_.report.accuracy = *front[good].accuracy;
        result_.network = std::move(networks_.at(good));
        return Ok{};
    }

    const Graph &original_;
    const Dataset &data_;
    const CompressOptions &options_;
    CompressedModel result_;
    Dataset watched_;
    Predictions reference_;
    std::map<size_t, QuantizedNetwork> networks_;
};

}  // namespace

Expected<CompressedModel> compress_model(const Graph &original, const Dataset &data,
                                         const CompressOptions &options) {
    return Compressor(original, data, options).run();
}

Expected<CompressedModel> compress_weights(const Graph &original, Compression level,
                                           WeightForm form) {
    CompressedModel model;
    Graph &graph = model.network.graph;
    graph = original;
    // What the passes multiply into weights afterwards would give them more values.
    EMBARK_RETURN_IF_ERROR(run_passes(graph, {}));
    model.network.layers = form == WeightForm::kCubeAi
                               ? share_dense_weights(graph, level == Compression::kLow ? 8 : 4)
                               : round_weights_to_int8(graph);
    if (model.network.layers.empty()) {
        return make_error(ErrorCode::kUnsupported,
                          "no float32 layer whose weights could be stored in fewer bits");
    }
    return model;
}

}  // namespace embark
