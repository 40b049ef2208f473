#pragma once
// What compression found out about a network, for people.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace embark {

/// What one layer costs at fewer bits, the others at 8 and each weight rounded by itself.
struct Sensitivity {
    std::string layer;
    int bits = 8;
    int64_t weights = 0;
    double error = 0;  ///< that the scores get on top of int8's (score_error)
};

/// A choice of bits by layer that no other beats in both flash and error.
struct FrontPoint {
    std::map<std::string, int> bits;
    int64_t weight_bytes = 0;        ///< of the layers in the sensitivity report
    int64_t flash_bytes = 0;         ///< predicted, total
    double error = 0;                ///< sum of the layers' sensitivities
    std::optional<double> accuracy;  ///< on the watched images, where it was measured
    double accuracy_error = 0;       ///< standard error of the loss of accuracy
};

struct CompressionReport {
    std::vector<Sensitivity> sensitivity;
    std::vector<FrontPoint> front;            ///< largest first; the first one is plain int8
    size_t chosen = 0;                        ///< index into front
    int64_t watched = 0;                      ///< images
    double float_accuracy = 0, accuracy = 0;  ///< on them; agreement without labels
    bool labelled = false;
    bool watched_is_new = false;  ///< calibration has not seen the watched images
};

}  // namespace embark
