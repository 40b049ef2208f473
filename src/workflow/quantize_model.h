#pragma once

#include <functional>
#include <optional>

#include "evaluate/evaluate.h"
#include "quantize/quantize.h"

namespace embark {

struct QuantizeModelOptions {
    int64_t calibration_count = 500;  ///< the first so many images; 0: all
    InputScaling scaling;
    std::optional<RangeMethod> ranges;  ///< none: the one with the least error of the scores
    bool adapt = true;
    std::set<std::string> keep_float;
    bool float_interface = false;
    /// What is under way, for people.
    std::function<void(const std::string &stage)> on_stage;
};

/// A float network ready for quantisation, and what the calibration data show.
struct Calibrated {
    Graph graph;  ///< in normal form
    Samples samples;
    std::vector<Observation> seen;
    RangeMethod ranges = RangeMethod::kMinMax;
    std::vector<std::pair<RangeMethod, double>> tried;  ///< with the error of the scores
    std::vector<std::string> warnings;
};

/// Runs the passes on \p original, brings it into normal form, observes it on the data and chooses
/// how ranges are taken: of all methods the one whose network, each weight rounded by itself, has
/// the least error of the scores on the first images.
/// \error kInvalid  the data do not fit the network's input, hold values that are not finite, or
///                  are one constant; kUnsupported  the network has several inputs, none of
///                  float32, or is quantised already
Expected<Calibrated> calibrate(const Graph &original, const Dataset &data,
                               const QuantizeModelOptions &options);

/// Quantises what was calibrated, with \p bits for some layers (QuantizeOptions::bits).
Expected<QuantizedNetwork> quantize_calibrated(const Calibrated &calibrated,
                                               const QuantizeModelOptions &options,
                                               const std::map<std::string, int> &bits = {});

}  // namespace embark
