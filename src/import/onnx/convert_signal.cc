// Windows and filter banks of signal processing; constants, once their sizes are known.

#include <fmt/format.h>

#include <cmath>
#include <numbers>

#include "import/onnx/converters.h"

namespace embark::onnx {

namespace {

Expected<DataType> output_type(const Context &c) {
    return data_type_of(static_cast<int32_t>(c.int_of("output_datatype", kFloat)));
}

}  // namespace

/// HannWindow, HammingWindow, BlackmanWindow: a sum of up to three cosines.
Status convert_signal_window(Context &c) {
    EMBARK_ASSIGN(const double size, c.number(0, 0));
    EMBARK_ASSIGN(const DataType type, output_type(c));
    if (!(size >= 1) || size > 1 << 20) {
        return make_error(ErrorCode::kInvalid,
                          fmt::format("has {} points, expected 1 to 2^20", size));
    }
    const bool hann = c.node.op == "HannWindow", blackman = c.node.op == "BlackmanWindow";
    const double first = hann ? 0.5 : blackman ? 0.42 : 25.0 / 46;
    const double second = blackman ? 0.5 : 1 - first;
    const double third = blackman ? 0.08 : 0;
    const double period = c.int_of("periodic", 1) != 0 ? size : std::max(size - 1, 1.0);
    std::vector<double> values;
    for (double i = 0; i < size; ++i) {
        const double angle = 2 * std::numbers::pi * i / period;
        values.push_back(first - second * std::cos(angle) + third * std::cos(2 * angle));
    }
    const Shape shape = {static_cast<int64_t>(values.size())};
    return c.give(c.builder.constant(c.builder.numbers(shape, values, type)));
}

/// A bank of triangles, evenly spaced in mel, over the bins of a spectrum.
Status convert_mel_weights(Context &c) {
    double number[5];
    for (size_t i = 0; i < 5; ++i) {
        EMBARK_ASSIGN(number[i], c.number(i, 0));
    }
    const auto bands = static_cast<int64_t>(number[0]);
    const double length = number[1], rate = number[2];
    const auto bins = static_cast<int64_t>(length) / 2 + 1;
    EMBARK_ASSIGN(const DataType type, output_type(c));
    if (bands < 1 || bands > 4096 || bins < 1 || bins > 1 << 16 || !(rate > 0)) {
        return make_error(ErrorCode::kInvalid,
                          fmt::format("has {} bands of {} bins at {} Hz", bands, bins, rate));
    }
    const auto mel = [](double hz) { return 2595 * std::log10(1 + hz / 700); };
    const double low = mel(number[3]),
                 step = (mel(number[4]) - low) / static_cast<double>(bands + 2);
    std::vector<int64_t> edges;
    for (int64_t i = 0; i < bands + 2; ++i) {
        const double hz = 700 * (std::pow(10, (low + step * static_cast<double>(i)) / 2595) - 1);
        edges.push_back(static_cast<int64_t>(std::floor((length + 1) * hz / rate)));
    }
    std::vector<double> weights(static_cast<size_t>(bands * bins), 0);
    const auto set = [&](int64_t bin, int64_t band, double weight) {
        if (bin >= 0 && bin < bins) weights[static_cast<size_t>(bin * bands + band)] = weight;
    };
    for (int64_t band = 0; band < bands; ++band) {
        const int64_t left = edges[static_cast<size_t>(band)];
        const int64_t centre = edges[static_cast<size_t>(band) + 1];
        const int64_t right = edges[static_cast<size_t>(band) + 2];
        if (centre == left) set(centre, band, 1);
        for (int64_t bin = left; bin <= centre && centre > left; ++bin) {
            set(bin, band, static_cast<double>(bin - left) / static_cast<double>(centre - left));
        }
        for (int64_t bin = centre; bin < right; ++bin) {
            set(bin, band, static_cast<double>(right - bin) / static_cast<double>(right - centre));
        }
    }
    return c.give(c.builder.constant(c.builder.numbers({bins, bands}, weights, type)));
}

}  // namespace embark::onnx
