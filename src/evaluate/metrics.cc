#include "evaluate/metrics.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "base/assert.h"

namespace embark {

namespace {

constexpr double kClip = 1e-7;
// A quantised softmax of ten classes with a step of 1/256 may miss 1 by a few hundredths.
constexpr double kSumTolerance = 0.1;

double ratio(double part, double whole) {
    if (whole != 0) return part / whole;
    return part == 0 ? 0 : std::numeric_limits<double>::infinity();
}

}  // namespace

int predicted_class(std::span<const float> scores) {
    EMBARK_ASSERT(!scores.empty());
    if (scores.size() == 1) return scores[0] > 0.5f ? 1 : 0;
    return static_cast<int>(std::max_element(scores.begin(), scores.end()) - scores.begin());
}

Classification::Classification(int64_t classes) : classes_(classes == 1 ? 2 : classes) {
    confusion_.resize(static_cast<size_t>(classes_ * classes_));
}

void Classification::add(std::span<const float> scores, int32_t label) {
    EMBARK_ASSERT(label >= 0 && label < classes_);
    const int found = predicted_class(scores);
    ++images_;
    if (found == label) ++correct_;
    ++confusion_[static_cast<size_t>(label * classes_ + found)];
    double sum = 0, probability = scores[0];
    if (scores.size() == 1) {
        sum = 1;
        if (label == 0) probability = 1 - probability;
        distributions_ &= probability >= 0 && probability <= 1;
    } else {
        probability = scores[static_cast<size_t>(label)];
        for (const float score : scores) {
            sum += score;
            distributions_ &= score >= 0;
        }
        distributions_ &= std::fabs(sum - 1) <= kSumTolerance;
    }
    if (!distributions_) return;
    loss_sum_ -= std::log(std::clamp(probability / sum, kClip, 1 - kClip));
}

double Classification::accuracy() const {
    return images_ == 0 ? 0 : static_cast<double>(correct_) / static_cast<double>(images_);
}

std::optional<double> Classification::loss() const {
    if (images_ == 0 || !distributions_) return std::nullopt;
    return loss_sum_ / static_cast<double>(images_);
}

void Differences::add(std::span<const float> values, std::span<const float> reference) {
    EMBARK_ASSERT(values.size() == reference.size() && !values.empty());
    ++images_;
    elements_ += static_cast<int64_t>(values.size());
    if (predicted_class(values) == predicted_class(reference)) ++same_class_;
    bit_equal_ &= std::memcmp(values.data(), reference.data(), values.size_bytes()) == 0;
    for (size_t i = 0; i < values.size(); ++i) {
        const double value = values[i], expected = reference[i], error = value - expected;
        error_sum_ += error;
        error_abs_ += std::fabs(error);
        error_square_ += error * error;
        if (std::fabs(error) > error_max_ || std::isnan(error)) error_max_ = std::fabs(error);
        reference_sum_ += expected;
        reference_square_ += expected * expected;
        value_square_ += value * value;
        product_ += value * expected;
    }
}

double Differences::rmse() const {
    return std::sqrt(ratio(error_square_, static_cast<double>(elements_)));
}

double Differences::mae() const {
    return ratio(error_abs_, static_cast<double>(elements_));
}

double Differences::l2r() const {
    return ratio(std::sqrt(error_square_), std::sqrt(reference_square_));
}

double Differences::mean() const {
    return ratio(error_sum_, static_cast<double>(elements_));
}

double Differences::stddev() const {
    const double square = ratio(error_square_, static_cast<double>(elements_));
    return std::sqrt(std::max(0.0, square - mean() * mean()));
}

double Differences::nse() const {
    const double mean = ratio(reference_sum_, static_cast<double>(elements_));
    return 1 - ratio(error_square_, std::max(0.0, reference_square_ - mean * reference_sum_));
}

double Differences::cos() const {
    if (value_square_ == 0 && reference_square_ == 0) return 1;
    if (value_square_ == 0 || reference_square_ == 0) return 0;
    return product_ / (std::sqrt(value_square_) * std::sqrt(reference_square_));
}

double Differences::max_abs_error() const {
    return error_max_;
}

double Differences::agreement() const {
    return ratio(static_cast<double>(same_class_), static_cast<double>(images_));
}

}  // namespace embark
