// trilu: of matrices (the last two axes) the elements on and above (`upper` 1, default) or below
// the diagonal that begins in column `k` (0); the others become 0. Any type.

#include <emk/pad.h>
#include <fmt/format.h>

#include <algorithm>

#include "ops/broadcast.h"
#include "ops/family.h"
#include "ops/operands.h"

namespace embark {

Expected<std::vector<TensorType>> infer_trilu(const Graph &graph, const Node &node) {
    EMBARK_RETURN_IF_ERROR(check_inputs(graph, node, 1, 1));
    const TensorType &x = input_type(graph, node, 0);
    EMBARK_RETURN_IF_ERROR(check_countable(x.shape));
    if (x.shape.size() >= 2) return std::vector{moved_type(x, x.shape)};
    return make_error(
        ErrorCode::kInvalid,
        fmt::format("input 0 has shape {}, expected rows and columns last", to_string(x.shape)));
}

Expected<PortableCall> portable_trilu(const Node &node, std::span<const TensorType *const> inputs,
                                      std::span<const TensorType>) {
    const Shape &shape = inputs[0]->shape;
    const size_t rank = shape.size();
    // Beyond the matrix nothing changes any more.
    const int64_t rows = shape[rank - 2], columns = shape[rank - 1];
    const int64_t diagonal = std::clamp(node.int_or("k", 0), -rows, columns);
    PortableCall call{.function = "emk_trilu", .inputs = {0}};
    call.fields = {int_of("element_bytes", static_cast<int64_t>(size_of(inputs[0]->type))),
                   int_of("matrices", element_count(shape) / (rows * columns)),
                   int_of("rows", rows),
                   int_of("columns", columns),
                   int_of("diagonal", diagonal),
                   int_of("upper", node.int_or("upper", 1) != 0 ? 1 : 0)};
    call.cycles = element_count(shape) * 15 + 200;
    return call;
}

int64_t macc_trilu(const Graph &, const Node &) {
    return 0;
}

}  // namespace embark
