#pragma once

#include "boards/board.h"
#include "quantize/level.h"
#include "workflow/compression_report.h"
#include "workflow/quantize_model.h"

namespace embark {

/// Layers of fewer weights stay at 8 bits.
constexpr int64_t kLeastCompressedWeights = 2048;

struct CompressOptions {
    Compression level = Compression::kMedium;  ///< kLow or above
    QuantizeModelOptions quantize;
    /// Points of accuracy that may be lost; none: 0.5 for medium, 1 for high.
    std::optional<double> max_accuracy_drop;
    int64_t flash_budget = 0;  ///< bytes of total flash; 0: as small as the accuracy allows
    /// Images behind those for calibration on which the accuracy is watched.
    int64_t watch_count = 2000;
    std::optional<Board> board;
};

/// What `compress_weights` does.
enum class WeightForm {
    kInt8,    ///< int8 with a scale per output channel, in conv2d and dense layers
    kCubeAi,  ///< the codebooks of STM32Cube.AI's level of that name, in dense layers but the last
};

struct CompressedModel {
    QuantizedNetwork network;
    Calibrated calibrated;
    CompressionReport report;
};

/// Quantises a float network at a level of compression. Layers get fewer bits where that costs the
/// scores least for each byte saved; of the choices on the front between size and error, the
/// smallest is taken whose loss of accuracy on images that calibration has not seen, and one
/// standard error of that on top, stay within the limit. \error as calibrate and quantize_network;
/// kDoesNotFit  no choice meets the budget of flash
Expected<CompressedModel> compress_model(const Graph &original, const Dataset &data,
                                         const CompressOptions &options);

/// Makes the weights of a float network smaller, its activations stay float32: needs no data, and
/// says nothing of accuracy. \param level  kLow; with kCubeAi also kMedium and kHigh
/// \error kUnsupported  the network has no float layers with weights; as run_passes
Expected<CompressedModel> compress_weights(const Graph &original, Compression level,
                                           WeightForm form);

}  // namespace embark
