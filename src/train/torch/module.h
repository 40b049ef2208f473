#pragma once
// A spec as a libtorch computation. Included by the files of this folder only.

#include <torch/torch.h>

#include <map>
#include <string>
#include <vector>

#include "train/network.h"

namespace embark::training {

/// In channels-last memory: maps [N,C,H,W] (steps: H is 1), features [N,F].
using Values = std::map<std::string, torch::Tensor>;

/// Values that an activation had in training, for its int8 scale.
struct SeenRange {
    float low = 0, high = 0;
    bool any = false;
};

enum class Mode {
    kTrain,
    kEvaluate,
    kMeasure,  ///< as kEvaluate, and collects the statistics of batch normalisations' inputs
};

class Module {
  public:
    /// \p network passed check_weights(). \error kUnsupported  a layer libtorch cannot do
    static Expected<Module> create(const Network &network);

    /// \param inputs  [N, values of one input], channels last
    /// \returns the output [N,F…] flattened, before a softmax that makes it
    torch::Tensor forward(const torch::Tensor &inputs, Mode mode);

    /// Batch normalisations get the statistics that kMeasure saw, and gamma and beta with which
    /// they compute what they did before.
    void adopt_statistics();

    /// Rounds weights and activations as the int8 network will (docs/training.md).
    void set_fake_quantization(const std::map<std::string, int> &bits);
    void set_batch_statistics(bool on) { batch_statistics_ = on; }

    Network network() const;
    /// Trained by gradient, by "layer/part".
    std::map<std::string, torch::Tensor> &parameters() { return parameters_; }
    /// Means and variances.
    std::map<std::string, torch::Tensor> &statistics() { return statistics_; }
    std::map<std::string, SeenRange> &ranges() { return ranges_; }
    const Spec &spec() const { return spec_; }
    /// Values per image that forward() gives.
    int64_t output_size() const { return element_count(shapes_.back()); }
    bool ends_in_softmax() const { return spec_.layers.back().kind == LayerKind::kSoftmax; }

  private:
    struct Sums {
        torch::Tensor sum, squares;
        int64_t count = 0;
    };

    torch::Tensor layer(const Layer &layer, const std::vector<torch::Tensor> &in, Mode mode);
    torch::Tensor window(const Layer &layer, torch::Tensor x);
    torch::Tensor pool(const Layer &layer, torch::Tensor x);
    torch::Tensor batch_norm(const Layer &layer, const torch::Tensor &x, Mode mode);
    torch::Tensor kernel_of(const Layer &layer);
    torch::Tensor bias_of(const Layer &layer);
    torch::Tensor rounded_weights(const Layer &layer, const torch::Tensor &weights);
    torch::Tensor rounded_values(const Layer &layer, const torch::Tensor &values, Mode mode);
    bool is_rounded(const Layer &layer) const;
    const Shape &shape_of(const std::string &layer) const;

    Spec spec_;
    std::vector<Shape> shapes_;
    std::map<std::string, torch::Tensor> parameters_, statistics_;
    std::map<std::string, Sums> sums_;
    std::map<std::string, SeenRange> ranges_;
    std::map<std::string, int> bits_;
    std::map<std::string, std::vector<int8_t>> levels_;
    std::map<std::string, int> readers_;
    bool fake_quantize_ = false, batch_statistics_ = true;
};

/// An array in the layout that libtorch wants, and back.
torch::Tensor to_tensor(const std::string &name, const Layer &layer, const Array &array);
Array to_array(const std::string &name, const Layer &layer, const torch::Tensor &tensor);

}  // namespace embark::training
