#pragma once
// From float weights to integers.

#include <cstdint>
#include <span>
#include <vector>

namespace embark {

/// Sums of products of a layer's inputs: entry (i, j) of the symmetric matrix is the sum of
/// x[i] * x[j] over the rows added.
class Gram {
  public:
    explicit Gram(int64_t depth);

    int64_t depth() const { return depth_; }
    int64_t rows() const { return rows_; }
    /// \param rows  [count][depth]
    void add(std::span<const float> rows);
    double at(int64_t i, int64_t j) const {
        return i < j ? sums_[static_cast<size_t>(i * depth_ + j)]
                     : sums_[static_cast<size_t>(j * depth_ + i)];
    }

  private:
    int64_t depth_, rows_ = 0;
    std::vector<float> sums_;  ///< [depth][depth], the upper triangle
};

/// Weights as real numbers: \p values is [outs][depth].
struct WeightMatrix {
    int64_t outs = 0, depth = 0;
    std::vector<float> values;

    std::span<const float> row(int64_t out) const {
        return {values.data() + out * depth, static_cast<size_t>(depth)};
    }
};

/// Weights as scale[out] * level.
struct RoundedWeights {
    std::vector<float> scales;   ///< [outs], > 0
    std::vector<int8_t> levels;  ///< [outs][depth], in [-127, 127]
};

/// Where Lloyd's algorithm (1982, k-means in one dimension) puts \p count centroids, ascending but
/// for ties. \param sorted  ascending, not empty
std::vector<double> centroids_of(const std::vector<float> &sorted, size_t count);

/// The levels that weights of \p bits bits may take, ascending: all of [-127, 127] for 8; for fewer
/// 2^bits of them, the greatest in magnitude 127 or -127, placed by Lloyd's algorithm on the
/// weights divided by their row's root mean square, so that they fit this layer.
std::vector<int8_t> choose_levels(const WeightMatrix &weights, int bits);

/// The weights that, of the quantised network's inputs, come closest to what \p weights make of the
/// float network's: W + L (G + dI)^-1, least squares with a strong ridge d, since samples are few.
/// Rounding these instead keeps errors from adding up from layer to layer (as Li et al. 2025,
/// arXiv:2504.02692, who put it into the rounding itself).
///
/// \param gram     of the quantised inputs
/// \param lacking  L, [outs][depth] (LayerSamples::lacking)
WeightMatrix match_inputs(const WeightMatrix &weights, const Gram &gram,
                          std::span<const float> lacking);

/// Rounds each weight to a level, and chooses the scale of each row.
///
/// With \p gram, rounding errors compensate each other: what counts is the error of the layer's
/// output over the inputs that the matrix was made of. Weights are rounded one after the other,
/// those of the strongest inputs first, and what is lost is added to those still to be rounded
/// (Frantar et al. 2022, arXiv:2210.17323; written as Babai's nearest plane, which needs one
/// Cholesky factorisation and no inverse).
///
/// \param gram  of the layer's inputs, or null: each weight goes to the nearest level
RoundedWeights round_weights(const WeightMatrix &weights, const std::vector<int8_t> &levels,
                             const Gram *gram);

}  // namespace embark
