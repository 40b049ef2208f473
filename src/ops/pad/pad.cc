// Borders of any type (emk/pad.h).
//
// pad   `before`, `after`: one count >= 0 per axis; `mode` "constant" (default), "edge", "reflect",
//       "symmetric" or "wrap"; `value` (0.0) as it is stored: for quantised tensors the zero point
//       stands for 0
// tile  `repeats`: one count >= 1 per axis

#include "ops/pad/pad.h"

#include <emk/pad.h>
#include <fmt/format.h>

#include <algorithm>

#include "ops/broadcast.h"
#include "ops/element.h"
#include "ops/family.h"
#include "ops/operands.h"

namespace embark {

namespace {

Expected<std::vector<int64_t>> counts_of(const Node &node, std::string_view attribute, size_t rank,
                                         int64_t least) {
    if (!node.attributes.contains(attribute)) {
        return make_error(ErrorCode::kInvalid, fmt::format("attribute {} is missing", attribute));
    }
    return checked_ints(node, attribute, std::vector<int64_t>(rank, least), least);
}

/// enum emk_pad_mode. \error kInvalid
Expected<int64_t> mode_of(const Node &node) {
    const std::string name = node.string_or("mode", "constant");
    int64_t number = 0;
    for (const std::string_view known : {"constant", "edge", "reflect", "symmetric", "wrap"}) {
        if (name == known) return number;
        ++number;
    }
    return make_error(ErrorCode::kInvalid,
                      fmt::format("attribute mode is '{}', expected constant, edge, reflect, "
                                  "symmetric or wrap",
                                  name));
}

/// A border, axis by axis.
struct Border {
    int64_t mode = EMK_PAD_CONSTANT;
    Shape in, out;
    std::vector<int64_t> before;
};

/// \error kInvalid
Expected<Border> border_of(const Node &node, const Shape &in) {
    Border border{EMK_PAD_WRAP, in, in, std::vector<int64_t>(in.size(), 0)};
    if (node.op == "tile") {
        EMBARK_ASSIGN(const auto repeats, counts_of(node, "repeats", in.size(), 1));
        for (size_t i = 0; i < in.size(); ++i) border.out[i] *= repeats[i];
        return border;
    }
    EMBARK_ASSIGN(border.mode, mode_of(node));
    EMBARK_ASSIGN(border.before, counts_of(node, "before", in.size(), 0));
    EMBARK_ASSIGN(const auto after, counts_of(node, "after", in.size(), 0));
    for (size_t i = 0; i < in.size(); ++i) border.out[i] += border.before[i] + after[i];
    return border;
}

/// Merges axes without a border into the axis outside of them where that changes nothing, and pads
/// in front to EMK_MAX_AXES. \error kUnsupported
Expected<Border> canonical(const Border &border) {
    const bool by_blocks = border.mode == EMK_PAD_CONSTANT || border.mode == EMK_PAD_WRAP;
    Border merged{border.mode, {}, {}, {}};
    for (size_t i = 0; i < border.in.size(); ++i) {
        const bool plain = border.in[i] == border.out[i];
        const bool outer_plain = !merged.in.empty() && merged.in.back() == merged.out.back();
        if (plain && !merged.in.empty() && (by_blocks || outer_plain)) {
            merged.in.back() *= border.in[i];
            merged.out.back() *= border.in[i];
            merged.before.back() *= border.in[i];
            continue;
        }
        if (plain && border.in[i] == 1) continue;
        merged.in.push_back(border.in[i]);
        merged.out.push_back(border.out[i]);
        merged.before.push_back(border.before[i]);
    }
    if (merged.in.size() > EMK_MAX_AXES) {
        return make_error(ErrorCode::kUnsupported,
                          fmt::format("output {} has borders along {} axes, expected at most {}",
                                      to_string(border.out), merged.in.size(), EMK_MAX_AXES));
    }
    const size_t lead = EMK_MAX_AXES - merged.in.size();
    merged.in.insert(merged.in.begin(), lead, 1);
    merged.out.insert(merged.out.begin(), lead, 1);
    merged.before.insert(merged.before.begin(), lead, 0);
    return merged;
}

}  // namespace

bool pads_with_constant(const Node &node) {
    return node.op == "pad" && node.string_or("mode", "constant") == "constant";
}

Expected<std::vector<TensorType>> infer_pad(const Graph &graph, const Node &node) {
    EMBARK_RETURN_IF_ERROR(check_inputs(graph, node, 1, 1));
    const TensorType &x = input_type(graph, node, 0);
    EMBARK_ASSIGN(const Border border, border_of(node, x.shape));
    EMBARK_RETURN_IF_ERROR(check_extents(border.out, "output"));
    EMBARK_RETURN_IF_ERROR(check_countable(border.out));
    EMBARK_RETURN_IF_ERROR(canonical(border));
    return std::vector{moved_type(x, border.out)};
}

Expected<PortableCall> portable_pad(const Node &node, std::span<const TensorType *const> inputs,
                                    std::span<const TensorType> outputs) {
    const DataType type = inputs[0]->type;
    EMBARK_ASSIGN(const Border whole, border_of(node, inputs[0]->shape));
    EMBARK_ASSIGN(const Border border, canonical(whole));
    PortableCall call{.function = "emk_pad", .inputs = {0}};
    call.fields = {int_of("element_bytes", static_cast<int64_t>(size_of(type))),
                   int_of("mode", border.mode),
                   ints_of("in", border.in),
                   ints_of("out", border.out),
                   ints_of("before", border.before),
                   table_of("value", border.mode == EMK_PAD_CONSTANT ? "value" : "")};
    if (border.mode == EMK_PAD_CONSTANT) {
        call.tables.push_back({"value", "what surrounds the input", type,
                               element_of(type, node.float_or("value", 0.0))});
    }
    call.cycles = element_count(outputs[0].shape) * 8 + 200;
    return call;
}

int64_t macc_pad(const Graph &, const Node &) {
    return 0;
}

}  // namespace embark
