#pragma once
// Portable kernels as reference arithmetic. An operator that gives a PortableCall needs no second
// implementation: its C kernel (runtime/kernels/) is compiled into embark too, so what evaluate()
// computes and what a chip computes is the same code with the same arguments.

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ops/registry.h"

namespace embark {

/// One field of a C argument structure, in the order of its declaration.
struct Field {
    enum class Kind { kInt, kFloat, kInts, kFloats, kTable, kScratch, kStruct };
    std::string name;  ///< as in the C structure
    Kind kind = Kind::kInt;
    std::vector<int64_t> ints = {};  ///< kInt: one; kInts: an array; all int32_t in C
    std::vector<float> floats = {};  ///< kFloat: one; kFloats: an array
    std::string table = {};          ///< kTable: a table of the call, empty for a null pointer;
                                     ///< kScratch: what the pointer points to in C
    std::vector<Field> fields = {};  ///< kStruct
};

Field int_of(std::string name, int64_t value);
Field float_of(std::string name, float value);
Field ints_of(std::string name, std::vector<int64_t> values);
Field floats_of(std::string name, std::vector<float> values);
/// A pointer to a table of the call; null when \p table is empty.
Field table_of(std::string name, std::string table);
/// A pointer to the call's scratch memory, as one to \p type.
Field scratch_of(std::string name, std::string type = "float");

/// A constant that is derived from the operands, such as multipliers; the kernel's structure points
/// to it.
struct PortableTable {
    std::string name;     ///< "multipliers"
    std::string comment;  ///< shape and layout
    DataType type = DataType::kInt32;
    Bytes bytes;
};

template <typename T>
PortableTable make_table(std::string name, std::string comment, DataType type,
                         std::span<const T> values) {
    const auto *raw = reinterpret_cast<const uint8_t *>(values.data());
    return {std::move(name), std::move(comment), type, Bytes(raw, raw + values.size_bytes())};
}

/// A call `function(&arguments, input…, output…)` that computes a node as a whole.
struct PortableCall {
    std::string_view function;  ///< a row of portable.def
    std::vector<Field> fields;
    std::vector<PortableTable> tables;
    /// Indices into the node's inputs, in the order of the C parameters; kNull passes a null
    /// pointer for an optional input that is absent.
    std::vector<int> inputs;
    int64_t scratch_bytes = 0;  ///< RAM that the kernel needs beyond inputs and outputs
    int64_t cycles = 0;         ///< modelled on a Cortex-M4 without flash stalls

    static constexpr int kNull = -1;
};

/// A function of runtime/kernels/ that PortableCall may name.
struct PortableKernel {
    std::string_view function;  ///< "emk_move"; its arguments are <function>_args or `arguments`
    std::string_view arguments;
    std::string_view header;  ///< "emk/move.h"
    std::string_view source;  ///< below runtime/kernels/: "move/move.c"
    size_t argument_bytes = 0;
    size_t pointer_count = 0;  ///< inputs and outputs
    void (*call)(const void *arguments, std::span<void *const> pointers) = nullptr;
};

/// All rows of portable.def.
std::span<const PortableKernel> portable_kernels();
/// Null when portable.def has no such row.
const PortableKernel *find_portable_kernel(std::string_view function);

/// Runs \p call on host memory. \p inputs and \p outputs are the node's.
void run_portable(const PortableCall &call, std::span<const ConstTensorView> inputs,
                  std::span<const TensorView> outputs);

/// OpDefinition::evaluate of operators that have a portable call for all their types.
Status evaluate_portable(const Node &node, std::span<const ConstTensorView> inputs,
                         std::span<const TensorView> outputs);

/// The portable call of a node of a verified graph, or an error when the operator has none for
/// these types. \error kUnsupported
Expected<PortableCall> portable_call(const Graph &graph, const Node &node);

}  // namespace embark
