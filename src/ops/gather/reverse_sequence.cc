// reverse_sequence: x, lengths (int32 or int64, one per position along `batch_axis`): the first
// lengths[b] elements along `time_axis` in reverse order. Any type.

#include <emk/move.h>
#include <fmt/format.h>

#include "ops/broadcast.h"
#include "ops/family.h"
#include "ops/gather/indices.h"
#include "ops/operands.h"

namespace embark {

Expected<std::vector<TensorType>> infer_reverse_sequence(const Graph &graph, const Node &node) {
    EMBARK_RETURN_IF_ERROR(check_inputs(graph, node, 2, 2));
    EMBARK_RETURN_IF_ERROR(check_indices(graph, node, 1));
    const TensorType &x = input_type(graph, node, 0);
    const size_t rank = x.shape.size();
    EMBARK_ASSIGN(const size_t batch, checked_axis(node, "batch_axis", rank));
    EMBARK_ASSIGN(const size_t time, checked_axis(node, "time_axis", rank));
    if (batch == time || rank > EMK_MAX_AXES) {
        return make_error(ErrorCode::kInvalid,
                          fmt::format("batch_axis and time_axis are {} and {} of {} axes, expected "
                                      "different ones of at most {}",
                                      batch, time, rank, EMK_MAX_AXES));
    }
    EMBARK_RETURN_IF_ERROR(check_vector(graph, node, 1, "lengths", x.shape[batch]));
    EMBARK_RETURN_IF_ERROR(check_countable(x.shape));
    return std::vector{moved_type(x, x.shape)};
}

Expected<PortableCall> portable_reverse_sequence(const Node &node,
                                                 std::span<const TensorType *const> inputs,
                                                 std::span<const TensorType> outputs) {
    const auto lead = static_cast<int64_t>(EMK_MAX_AXES - inputs[0]->shape.size());
    PortableCall call{.function = "emk_reverse_sequence",
                      .fields = byte_fields(inputs[0]->type, inputs[1]->type),
                      .inputs = {0, 1}};
    call.fields.push_back(int_of("batch_axis", lead + node.int_or("batch_axis", 0)));
    call.fields.push_back(int_of("time_axis", lead + node.int_or("time_axis", 0)));
    call.fields.push_back(ints_of("shape", padded_in_front(inputs[0]->shape, 1)));
    call.cycles = 35 * element_count(outputs[0].shape) + 200;
    return call;
}

int64_t macc_reverse_sequence(const Graph &, const Node &) {
    return 0;
}

}  // namespace embark
