#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "ir/graph.h"

namespace embark {

/// Images (or other inputs) with their classes, in memory.
struct Dataset {
    std::string name;                  ///< the path that was loaded
    int64_t count = 0;                 ///< images; at least 1
    DataType type = DataType::kUint8;  ///< kUint8, kInt8 or kFloat32; see `raw`
    Shape shape;                       ///< of one image, no batch: [height,width,channels]
    bool raw = false;                  ///< images are tensors in the network's own type and shape;
                                       ///< `type` is kUint8 and `shape` is [bytes of one image]
    Bytes data;                        ///< count images, little-endian, one after the other
    std::vector<int32_t> labels;       ///< one class >= 0 per image, or empty
    std::vector<float> targets;        ///< target_size numbers per image to be predicted, or empty
    int64_t target_size = 0;

    size_t image_bytes() const;
    /// \p index in [0, count)
    std::span<const uint8_t> image(int64_t index) const;
};

/// Loads the data that \p path names; README.md lists the forms.
///
/// Integer images of more than 8 bits and float64 ones become float32. Labels are integers, floats
/// with integer values, or one row of scores per image (one-hot), of which the greatest counts.
///
/// \param most  read the first so many images only; 0 reads all
/// \error kNotFound, kIo, kInvalid, kUnsupported  with the file and the array or line
Expected<Dataset> load_dataset(const std::filesystem::path &path, int64_t most = 0);

/// The names of the classes of a folder of pictures: those of its folders; none when it has none.
Expected<std::vector<std::string>> picture_classes(const std::filesystem::path &path);

/// \p count images of \p dataset from \p first on, which it has.
Dataset slice_of(const Dataset &dataset, int64_t first, int64_t count);

/// How uint8 images become the numbers that a network was trained on: v / divisor + offset, in
/// float32.
struct InputScaling {
    float divisor = 0.0f;  ///< 0: as the input asks for (scaling_for), offset included
    float offset = 0.0f;
};

/// \p scaling, or what suits the input when its divisor is 0: the real range of a quantised input
/// tells whether it takes pixels as they are (0 … 255, or -128 … 127) or in [-1,1]; any other gets
/// what Keras users write, `x.astype("float32") / 255`.
InputScaling scaling_for(const InputScaling &scaling, const TensorType &input);

/// Checks that the images fit a network's input: the same extents, not counting those of 1 (batch,
/// single channel), or rows of as many numbers. \error kInvalid  names both shapes
Status check_input(const Dataset &dataset, const Tensor &input);

/// Image \p index as the bytes of \p input, which check_input accepted.
///
/// float32 input: uint8 images are scaled, others are taken as they are. Quantised input: the same
/// number divided by the input's scale, rounded half away from zero, plus the zero point, clamped
/// to the type (TensorFlow Lite's rule); int8 images go into an int8 input unchanged. Raw images
/// are copied.
///
/// \error kUnsupported  an input of another data type
Expected<Bytes> make_input(const Dataset &dataset, int64_t index, const TensorType &input,
                           const InputScaling &scaling = {});

/// Elements of a tensor as real numbers: floats as they are, quantised integers as
/// scale * (q - zero_point), others by value. \p bytes is type.bytes() long. float16 is not read.
std::vector<float> real_values(const TensorType &type, std::span<const uint8_t> bytes);

}  // namespace embark
