#pragma once
// The registry of kernels: one row per kernel in kernels.def, one file per operator in kernels/.

#include <functional>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "plan/plan.h"

namespace embark {

/// A table that the generated code holds in flash.
struct ConstantTable {
    std::string name;     ///< suffix after the step's name: "filter"
    std::string c_type;   ///< "float"
    std::string comment;  ///< shape and layout
    DataType type = DataType::kFloat32;
    Bytes bytes;
};

/// One field of a kernel's argument structure, in its order: a C literal, a table of the step, its
/// scratch memory, or a nested structure.
struct ArgumentField {
    enum class Kind { kLiteral, kTable, kScratch, kStruct };
    std::string name;  ///< "kernel_h"
    Kind kind = Kind::kLiteral;
    /// Literal, table's name (empty: a null pointer), or type of scratch elements.
    std::string text;
    std::vector<ArgumentField> fields = {};  ///< kStruct
};

/// One call of a C function.
struct KernelCall {
    std::string function;       ///< "emk_conv2d_f32"
    std::string argument_type;  ///< "emk_conv2d_f32_args"
    std::string suffix;         ///< tells apart several calls of one step; may be empty
    std::vector<ArgumentField> fields;
    /// What is passed before the output: an index into the step's inputs, or -1 - an index into the
    /// step's tables; kNoInput passes a null pointer.
    std::vector<int> inputs;
    int64_t output_offset = 0;              ///< elements into the output
    bool takes_rows = true;                 ///< the function ends in (…, y0, y1)
    int64_t work_rows = 1;                  ///< y1 of a whole run
    std::string_view header = "emk/f32.h";  ///< that declares the function

    static constexpr int kNoInput = std::numeric_limits<int>::min();
};

/// A step as code: constants and calls.
struct LoweredStep {
    std::vector<ConstantTable> tables;
    std::vector<KernelCall> calls;
    std::vector<std::string> sources = {};  ///< below runtime/kernels/, beside the kernel's own
};

/// What a kernel can absorb behind its base node.
enum Fusion : uint32_t {
    kFuseActivation = 1u << 0,
    kFusePerChannel = 1u << 1,  ///< scale and shift after the activation
    kFuseMaxPool = 1u << 2,     ///< with windows that do not overlap
    /// Not absorbed, but read: weights stored as indices (ops/packed_weights.h).
    kPackedWeights = 1u << 3,
};

struct KernelDefinition {
    std::string_view name;  ///< C function, "emk_conv2d_f32"
    std::string_view op;    ///< base operator; empty: any activation or per-channel operator
    DataType type = DataType::kFloat32;
    std::string_view isa;     ///< "" portable
    std::string_view source;  ///< below runtime/kernels/: "conv2d/conv2d_f32.c"
    uint32_t fusion = 0;      ///< Fusion bits

    /// Whether the kernel can run this base node.
    bool (*accepts)(const Graph &graph, const Node &node) = nullptr;
    /// Row geometry of the step, or none.
    std::optional<RowMap> (*rows)(const Graph &graph, const Step &step) = nullptr;
    /// RAM in bytes beyond which more makes it no faster; 0 when none helps.
    int64_t (*useful_scratch)(const Graph &graph, const Step &step) = nullptr;
    /// RAM in bytes without which it cannot run; no function: none. A kernel that needs some takes
    /// any amount from that to what is useful; one that does not takes none or all that is useful.
    /// The steps of a stream share it: it holds nothing from call to call.
    int64_t (*needed_scratch)(const Graph &graph, const Step &step) = nullptr;
    /// How the output of a whole run, whatever its scratch memory, may lie over the first input;
    /// none, or no function: not at all.
    std::optional<InputOverlap> (*overlap)(const Graph &graph, const Step &step) = nullptr;
    /// Modelled cycles on \p board with what the step now has (scratch, row_by_row).
    int64_t (*cycles)(const Graph &graph, const Step &step, const Board &board) = nullptr;
    LoweredStep (*lower)(const Graph &graph, const Step &step) = nullptr;
};

/// All kernels in order of preference.
std::span<const KernelDefinition> all_kernels();
/// The kernels that take the node on this board, in order of preference, the portable one last.
std::vector<const KernelDefinition *> candidate_kernels(const Graph &graph, const Node &node,
                                                        const Board &board);
/// The portable kernel of the node (ops/portable.h), or null.
const KernelDefinition *select_portable_kernel(const Graph &graph, const Node &node);

/// The base node of a step.
inline const Node &base_node(const Graph &graph, const Step &step) {
    return graph.nodes[static_cast<size_t>(step.nodes.front())];
}

}  // namespace embark
