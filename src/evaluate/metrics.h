#pragma once
// How good answers are. All figures are gathered image by image; none keeps the images.

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace embark {

/// Index of the greatest value, the first of equals; a single value is the probability of class 1
/// of two, so that it gives 1 above 0.5, else 0. \p scores is not empty.
int predicted_class(std::span<const float> scores);

/// Classes found against classes given.
class Classification {
  public:
    /// \param classes  outputs of the network; 1 counts as two classes
    explicit Classification(int64_t classes);

    int64_t classes() const { return classes_; }
    /// \param scores  the network's output; \p label in [0, classes())
    void add(std::span<const float> scores, int32_t label);

    int64_t images() const { return images_; }
    int64_t correct() const { return correct_; }
    /// Share of images whose predicted class is the label, in [0,1]; 0 without images.
    double accuracy() const;
    /// Mean of -ln p(label), natural logarithm, as Keras' categorical_crossentropy: scores are
    /// divided by their sum and clipped to [1e-7, 1 - 1e-7]. Empty without images, and when some
    /// output was no distribution (a negative score, or a sum further than 0.1 from 1).
    std::optional<double> loss() const;
    /// [label][prediction] -> images, row by row: classes() x classes().
    const std::vector<int64_t> &confusion() const { return confusion_; }

  private:
    int64_t classes_ = 0;
    int64_t images_ = 0;
    int64_t correct_ = 0;
    double loss_sum_ = 0;
    bool distributions_ = true;
    std::vector<int64_t> confusion_;
};

/// Differences e = value - reference between two networks' outputs, over all elements of all
/// images; the figures of ST Edge AI's validation report, in double.
class Differences {
  public:
    /// Both of the same length: one image's output.
    void add(std::span<const float> values, std::span<const float> reference);

    int64_t images() const { return images_; }
    int64_t elements() const { return elements_; }
    double rmse() const;           ///< sqrt(mean(e^2))
    double mae() const;            ///< mean(|e|)
    double l2r() const;            ///< ||e|| / ||reference||; 0 when both are 0
    double mean() const;           ///< mean(e)
    double stddev() const;         ///< sqrt(mean((e - mean(e))^2)), of the population
    double nse() const;            ///< Nash-Sutcliffe: 1 - sum(e^2) / sum((ref - mean(ref))^2);
                                   ///< 1 is perfect, and given when both sums are 0
    double cos() const;            ///< cosine of the angle; 1 when both are 0, 0 when one is
    double max_abs_error() const;  ///< max(|e|); NaN once an element was NaN in one of both only
    /// Share of images with the same predicted class, in [0,1]; 0 without images.
    double agreement() const;
    /// Whether every element had the same bits.
    bool bit_equal() const { return bit_equal_; }

  private:
    int64_t images_ = 0, elements_ = 0, same_class_ = 0;
    double error_sum_ = 0, error_abs_ = 0, error_square_ = 0, error_max_ = 0;
    double reference_sum_ = 0, reference_square_ = 0, value_square_ = 0, product_ = 0;
    bool bit_equal_ = true;
};

}  // namespace embark
