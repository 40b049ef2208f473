#pragma once
// The file's tensors on their way into the graph: types, constants, names.

#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <tflite/tflite_generated.h>

#include "ir/graph.h"

namespace embark::tflite {

/// "" for no pointer; a text that any program can show: printable ASCII, at most 120 characters.
std::string clean_text(const flatbuffers::String *text);

/// The part of a tensor's name that says what it is: the converter joins the names of everything
/// that it fused with ';', the last operator first.
std::string short_name(const schema::Tensor &tensor);

/// IEEE 754 binary16 to float32, exactly.
float half_to_float(uint16_t half);

/// The graph's type of a tensor; int4 is unpacked to int8. Quantisation is checked, and dropped
/// where the type is not an integer.
/// \error kInvalid  an extent or quantisation parameter that cannot be
/// \error kUnsupported  strings, complex numbers, resources, sparse tensors …
Expected<TensorType> type_of(const schema::Tensor &tensor);

/// "float32[1,3]", for messages; never fails.
std::string describe(const schema::Tensor &tensor);

/// The tensors of one subgraph by their index in the file. A constant enters the graph when an
/// operator reads it for the first time.
class TensorTable {
  public:
    /// \param file_bytes  bounds what constants may take: files can name one buffer many times
    TensorTable(const schema::Model &model, const schema::SubGraph &subgraph, Graph &graph,
                uint64_t file_bytes);

    bool in_range(int32_t index) const;
    /// \p index must be in range, here and below.
    const schema::Tensor &file_tensor(int32_t index) const;

    /// Whether its elements are known: they lie in the file, or were computed from such.
    bool is_constant(int32_t index) const;
    /// Whether the file holds its elements.
    bool has_data(int32_t index) const;
    /// Whether it is made already, or lies in the file.
    bool is_ready(int32_t index) const;

    /// The tensor as an operand of the graph. \error kInvalid  it is read before it is made
    Expected<TensorId> value(int32_t index);
    void set_value(int32_t index, TensorId id);

    /// A constant's type. \error as type_of(), kInvalid when it is not a constant
    Expected<TensorType> constant_type(int32_t index) const;
    /// A constant's elements, constant_type().bytes() long. \error kInvalid, kUnsupported
    Expected<std::shared_ptr<const Bytes>> constant_data(int32_t index);
    /// The elements of an integer constant. \error kInvalid  no constant, no integers, too many
    Expected<std::vector<int64_t>> integers(int32_t index);
    /// The elements of a float constant or, dequantised, of an integer one. \error as above
    Expected<std::vector<float>> real_numbers(int32_t index);

    /// Adds a constant that shares \p data. \error kInvalid  the file asks for too much memory
    Expected<TensorId> add_constant(std::string name, TensorType type,
                                    std::shared_ptr<const Bytes> data);
    /// Counts memory against what a file of this size may ask for. \error kInvalid
    Status charge(uint64_t bytes);

    /// Elements and bytes of the file's constants that entered the graph.
    int64_t parameters() const { return parameters_; }
    uint64_t weights_bytes() const { return weights_bytes_; }
    /// Counts a constant of the file as parameters, once. Its reader must be about to add it.
    void count_parameters(int32_t index);

  private:
    /// Without elements: such constants need no data.
    bool is_empty(int32_t index) const;
    Expected<std::shared_ptr<const Bytes>> file_data(int32_t index);

    const schema::Model &model_;
    const schema::SubGraph &subgraph_;
    Graph &graph_;
    uint64_t budget_;
    std::vector<TensorId> values_;
    std::map<std::pair<uint32_t, bool>, std::shared_ptr<const Bytes>> buffers_;  ///< by int4, too
    std::set<uint32_t> counted_;
    int64_t parameters_ = 0;
    uint64_t weights_bytes_ = 0;
};

}  // namespace embark::tflite
