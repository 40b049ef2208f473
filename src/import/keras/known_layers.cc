// Tells a layer that embark lacks from one that somebody wrote.
#include <algorithm>
#include <iterator>

#include "import/keras/layers.h"

namespace embark::keras {

namespace {

constexpr std::string_view kOtherKerasLayers[] = {
    "AbstractRNNCell",
    "AdaptiveAveragePooling1D",
    "AdaptiveAveragePooling2D",
    "AdaptiveMaxPooling1D",
    "AdaptiveMaxPooling2D",
    "AdditiveAttention",
    "CategoryEncoding",
    "CenterCrop",
    "Conv3DTranspose",
    "ConvLSTM1D",
    "ConvLSTM2D",
    "ConvLSTM3D",
    "CuDNNGRU",
    "CuDNNLSTM",
    "Discretization",
    "EinsumDense",
    "GroupQueryAttention",
    "Hashing",
    "HashedCrossing",
    "IntegerLookup",
    "LocallyConnected1D",
    "LocallyConnected2D",
    "Masking",
    "MelSpectrogram",
    "RNN",
    "RandomCrop",
    "RandomHeight",
    "RandomWidth",
    "STFTSpectrogram",
    "StackedRNNCells",
    "StringLookup",
    "TensorFlowOpLayer",
    "TextVectorization",
    "UpSampling3D",
};

}  // namespace

bool is_known_to_keras(std::string_view class_name) {
    return std::find(std::begin(kOtherKerasLayers), std::end(kOtherKerasLayers), class_name) !=
           std::end(kOtherKerasLayers);
}

}  // namespace embark::keras
