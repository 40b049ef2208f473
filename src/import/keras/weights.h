#pragma once
// Finds a layer's weights: by the names that Keras gives them in .h5 files, or by the layer's place
// in the model and Keras' order in archives, where weights have no names.

#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostics.h"
#include "import/keras/archive.h"

namespace embark::keras {

/// "cifar10/conv2d/kernel" and "conv2d/kernel:0" are both "kernel".
std::string_view weight_base_name(std::string_view name);

/// True for the state of a random generator, which dropout and noise keep and nothing computes
/// with.
bool is_random_state(const LayerWeights &layer);

/// "conv2d_transpose" for "Conv2DTranspose": what archives call a layer, apart from a number.
std::string snake_case(std::string_view class_name);

/// All weights of a file, and which of them were asked for.
class WeightIndex {
  public:
    explicit WeightIndex(const Archive &archive);

    bool by_place() const { return by_place_; }
    /// The group's weights; null when the file has no such group.
    const LayerWeights *find_group(std::string_view name) const;
    /// True when there are weights in the group of this name, or below it.
    bool has_place(std::string_view path) const;
    std::vector<const Weight *> below(std::string_view path) const;

    void use(const Weight &weight) { used_.insert(&weight); }
    bool is_used(const Weight &weight) const { return used_.contains(&weight); }
    /// What an earlier call of the same layer took for this weight, or a null reference to be set.
    const Weight *&choice(std::string key) { return choices_[std::move(key)]; }

  private:
    bool by_place_;
    std::map<std::string, const LayerWeights *, std::less<>> groups_;
    std::set<const Weight *> used_;
    std::map<std::string, const Weight *> choices_;
};

/// The weights of one layer, or of a part of it.
///
/// In archives find() hands out a part's weights one after the other, whatever their names: ask in
/// the order in which Keras creates them (those that train before those that do not).
class WeightLookup {
  public:
    /// \param place  of the layer, for messages: "outer/conv"
    /// \param group  the name of the layer's group: "conv", or "layers/conv2d" in archives
    WeightLookup(WeightIndex &index, std::string place, std::string group);

    /// \param name  without path: "kernel", "moving_mean"
    /// \param shape  as the layer's configuration demands
    /// \error kInvalid  absent, of another shape, not floating point, or with values not finite
    Expected<std::span<const float>> find(std::string_view name, const Shape &shape);

    /// Only in .h5 files: whether there is a weight of this name.
    bool has(std::string_view name) const { return !matches(name).empty(); }
    /// How many weights the layer has.
    size_t count() const { return weights_.size(); }

    /// A layer inside of this one.
    /// \param place  for messages
    /// \param attributes  what Keras' Python object calls it, in the order of preference: "cell"
    /// \param component  of the weights' paths in .h5 files, "query"; where none has it, all count
    WeightLookup part(std::string place, std::initializer_list<std::string_view> attributes,
                      std::string_view component) const;

    /// The rest is state of training.
    void ignore_rest();

    /// For a whole layer. \error kUnsupported  it has weights that nobody asked for
    Status check_all_used() const;

    const std::string &place() const { return place_; }

  private:
    WeightLookup(WeightIndex &index, std::string place)
        : index_(&index), place_(std::move(place)) {}
    std::vector<const Weight *> matches(std::string_view name) const;
    const Weight *choose(std::string_view name, const Shape &shape);

    WeightIndex *index_;
    std::string place_;
    std::string group_;
    std::vector<const Weight *> weights_;  ///< of the group itself, or narrowed by part()
    size_t next_ = 0;                      ///< in archives
    bool is_exact_ = true;                 ///< weights_ belong to this layer and to no other
};

/// Reports every weight of \p layer that is damaged or has values that are not finite. Only of use
/// where the layer's name tells where it is, in .h5 files.
void check_weights(const LayerWeights &layer, Diagnostics &diagnostics);

}  // namespace embark::keras
