#pragma once
// Finds a layer's weights by the names that Keras gives them.

#include <set>
#include <span>
#include <string>
#include <string_view>

#include "base/diagnostics.h"
#include "import/keras/archive.h"

namespace embark::keras {

/// "cifar10/conv2d/kernel" and "conv2d/kernel:0" are both "kernel".
std::string_view weight_base_name(std::string_view name);

/// The weights of one layer. Remembers which were asked for.
class WeightLookup {
  public:
    /// \param weights  null when the file has no group for the layer
    WeightLookup(std::string_view layer, const LayerWeights *weights)
        : layer_(layer), weights_(weights) {}

    /// \param name  without path: "kernel", "moving_mean"
    /// \param shape  as the layer's configuration demands
    /// \error kInvalid  absent, of another shape, or not floating point
    Expected<std::span<const float>> find(std::string_view name, const Shape &shape);

    bool has(std::string_view name) const { return find_weight(name) != nullptr; }

    /// The rest is state of training.
    void ignore_rest() { weights_ = nullptr; }

    /// \error kUnsupported  the layer has weights that nobody asked for
    Status check_all_used() const;

  private:
    const Weight *find_weight(std::string_view name) const;
    std::string layer_;
    const LayerWeights *weights_;
    std::set<std::string, std::less<>> used_;
};

/// Reports every weight of \p layer that is damaged or has values that are not finite.
void check_weights(const LayerWeights &layer, Diagnostics &diagnostics);

}  // namespace embark::keras
