#pragma once
// What the kernels of this folder share: epilogues, table packing, geometry.

#include <string>
#include <vector>

#include "ops/portable.h"
#include "plan/kernel.h"

namespace embark {

/// C literal of a float: shortest text that reads back to the same bits, "EMK_INFINITY_F32" …
std::string float_literal(float value);

/// "float", "int8_t" … as kernels take a tensor of this type.
std::string_view c_type_of(DataType type);

ArgumentField int_field(std::string name, int64_t value);
ArgumentField float_field(std::string name, float value);
ArgumentField int_array_field(std::string name, const std::vector<int64_t> &values);
/// A reference to a table of the step, or a null pointer when \p table is empty.
ArgumentField table_field(std::string name, std::string table);

ConstantTable float_table(std::string name, std::string comment, std::vector<float> values);

/// The structure emk_epilogue_f32 of a step's activation and per-channel nodes; appends their
/// tables to \p lowered. The base node counts when the kernel has no base operator (emk_map_f32).
ArgumentField epilogue_field(const Graph &graph, const Step &step, LoweredStep &lowered);
/// The C function of an activation node, or "" when it is a clamp.
std::string activation_function(const Node &node);
/// The fused max pooling of a step, or null.
const Node *fused_pool(const Graph &graph, const Step &step);

/// Extents of an NHWC tensor; lower ranks are padded: [N,C] is one row of one column.
struct Map {
    int64_t rows = 1, columns = 1, channels = 1;
};
Map map_of(const TensorType &type);

/// Type of the base node's first input / of its output before fused nodes.
const TensorType &base_input(const Graph &graph, const Step &step);
const TensorType &base_output(const Graph &graph, const Step &step);

/// True for constant inputs from \p first on, the optional ones included.
bool has_constant_operands(const Graph &graph, const Node &node, size_t first);

/// A step that is one portable call: its tables, and constant inputs as tables.
LoweredStep lower_portable(const Graph &graph, const Step &step, const PortableCall &portable);

/// Modelled stall, in cycles, of reading \p bytes from flash one after another.
int64_t flash_stall(const Board &board, int64_t bytes);
/// The same for the tables of a step, which may lie in RAM.
int64_t weight_stall(const Step &step, const Board &board, int64_t bytes);
/// Modelled cycles of the epilogue of one element.
int64_t epilogue_cycles(const Graph &graph, const Step &step);

}  // namespace embark
