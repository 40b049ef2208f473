#include "codegen/run_function.h"

#include <fmt/format.h>

#include <algorithm>

#include "codegen/names.h"
#include "plan/kernels/lowering.h"

namespace embark {

namespace {

std::string indentation(int depth) {
    return std::string(static_cast<size_t>(depth) * 4, ' ');
}

/// Writes the statements of run().
class RunWriter {
  public:
    RunWriter(const Graph &graph, const Plan &plan, const std::vector<NamedStep> &steps)
        : graph_(graph), plan_(plan), steps_(steps) {}

    RunCode write() {
        for (const Segment &segment : plan_.segments) {
            const NamedStep &first = at(segment.first_step);
            for (int i = 0; i < segment.step_count; ++i) comment(at(segment.first_step + i));
            line(0, fmt::format("static EMK_NOINLINE void {}(void)", function_name(first)));
            line(0, "{");
            if (segment.step_count == 1) {
                write_single(first);
            } else {
                write_chain(segment);
            }
            line(0, "}");
            line(0, "");
            calls_ += fmt::format("    {}();\n", function_name(first));
        }
        RunCode code{std::move(out_), std::move(calls_), {}, {}};
        write_slices(code);
        return code;
    }

  private:
    const NamedStep &at(int step) const { return steps_[static_cast<size_t>(step)]; }

    std::string address(TensorId tensor, int64_t elements = 0) const {
        const int64_t bytes =
            elements * static_cast<int64_t>(size_of(graph_.tensor(tensor).type.type));
        return fmt::format("EMK_AT({}, {})", c_type_of(graph_.tensor(tensor).type.type),
                           plan_.buffer_of(tensor)->offset + bytes);
    }

    void line(int depth, const std::string &text) { out_ += indentation(depth) + text + "\n"; }

    void comment(const NamedStep &named) {
        const Step &step = *named.step;
        const TensorId in = graph_.nodes[static_cast<size_t>(step.nodes.front())].inputs.front();
        line(0, fmt::format("/* {}: {} -> {} */", comment_text(describe_step(graph_, step)),
                            to_string(graph_.tensor(in).type.shape),
                            to_string(graph_.tensor(step.output).type.shape)));
    }

    std::string call(const NamedStep &named, const KernelCall &call,
                     const std::string &rows) const {
        std::string text = fmt::format("{}(&{}", call.function, arguments_name(named, call));
        for (const int input : call.inputs) {
            text += ", ";
            if (input == KernelCall::kNoInput) {
                text += "0";
                continue;
            }
            text +=
                input >= 0
                    ? address(named.step->inputs[static_cast<size_t>(input)])
                    : table_name(named, named.lowered.tables[static_cast<size_t>(-1 - input)].name);
        }
        text += ", " + address(named.step->output, call.output_offset);
        for (const TensorId more : named.step->more_outputs) text += ", " + address(more);
        if (call.takes_rows) text += ", " + rows;
        return text + ");";
    }

    void trace(const NamedStep &named) {
        trace(named, named.step->output);
        for (const TensorId more : named.step->more_outputs) trace(named, more);
    }

    void trace(const NamedStep &named, TensorId id) {
        const Tensor &tensor = graph_.tensor(id);
        line(1, fmt::format("EMK_TRACE_TENSOR({}, {}, {}, {});", named.index,
                            string_literal(tensor.name), address(id), tensor.type.bytes()));
    }

    static std::string function_name(const NamedStep &first) { return first.name + "_run"; }
    static std::string slice_name(const NamedStep &first) { return "emk_slice_" + first.name; }

    void write_slices(RunCode &code) {
        out_.clear();
        size_t index = 0;
        for (const Segment &segment : plan_.segments) {
            const NamedStep &first = at(segment.first_step);
            code.slices += fmt::format("        case {}:\n", index++);
            if (segment.step_count == 1) {
                code.slices += fmt::format("            {}();\n", function_name(first));
            } else {
                line(0, fmt::format("static EMK_NOINLINE int {}(void)", slice_name(first)));
                line(0, "{");
                write_chain(segment, Chain::kOneRow);
                line(0, "}");
                line(0, "");
                code.slices += fmt::format("            if (!{}()) return 0;\n", slice_name(first));
            }
            code.slices += "            break;\n";
        }
        code.slice_functions = std::move(out_);
    }

    void write_single(const NamedStep &named) {
        line(1, fmt::format("EMK_BEGIN({});", named.index));
        for (const KernelCall &call_ : named.lowered.calls) {
            if (named.step->row_by_row) {
                line(1, fmt::format("for (int32_t y = 0; y < {}; ++y) {{", call_.work_rows));
                line(2, call(named, call_, "y, y + 1"));
                line(1, "}");
            } else {
                line(1, call(named, call_, fmt::format("0, {}", call_.work_rows)));
            }
        }
        line(1, fmt::format("EMK_END({});", named.index));
        trace(named);
    }

    enum class Chain { kWhole, kOneRow };

    void write_chain(const Segment &segment, Chain form = Chain::kWhole) {
        const bool one_row = form == Chain::kOneRow;
        line(1,
             "/* Rows stream through these steps: the last one that can makes the next row that is "
             "needed. */");
        for (int i = 0; i < segment.step_count; ++i) {
            line(1,
                 fmt::format("{}int32_t y{} = 0; /* rows made by {} */", one_row ? "static " : "",
                             i, comment_text(at(segment.first_step + i).step->name)));
        }
        const int last = segment.step_count - 1;
        const std::string to_do =
            fmt::format("(y{} < {})", last, at(segment.first_step + last).step->rows->work_rows);
        line(1, fmt::format("{} {} {{", one_row ? "if" : "while", to_do));
        for (int i = last - 1; i > 0; --i) {
            line(2, fmt::format("const int32_t need{} = {};", i, needed_rows(segment, i)));
        }
        for (int i = last; i >= 0; --i) write_stage(segment, i);
        line(2, "}");
        line(1, "}");
        if (one_row) {
            line(1, fmt::format("if {} return 0;", to_do));
            for (int i = 0; i < segment.step_count; ++i) line(1, fmt::format("y{} = 0;", i));
        }
        trace(at(segment.first_step + last));
        if (one_row) line(1, "return 1;");
    }

    /// A row of step i of a segment, if none behind it can make one.
    void write_stage(const Segment &segment, int i) {
        const bool last = i + 1 == segment.step_count;
        std::string condition = last ? "" : fmt::format("y{0} < need{0}", i);
        for (const int p : producers_of(segment, i)) {
            const std::string need = rows_for_next(segment, i, p);
            condition += fmt::format("{}y{} >= {}", condition.empty() ? "" : " && ", p, need);
        }
        line(2,
             i == 0 ? "} else {" : fmt::format("{}if ({}) {{", last ? "" : "} else ", condition));
        write_rows(at(segment.first_step + i), fmt::format("y{0}, y{0} + 1", i), 3);
        line(3, fmt::format("++y{};", i));
    }

    /// The steps of a segment whose rows step i of it reads, by their place in it.
    std::vector<int> producers_of(const Segment &segment, int i) const {
        const std::vector<TensorId> &inputs = at(segment.first_step + i).step->inputs;
        std::vector<int> producers;
        for (int p = 0; p < i; ++p) {
            const TensorId output = at(segment.first_step + p).step->output;
            if (std::count(inputs.begin(), inputs.end(), output) > 0) producers.push_back(p);
        }
        return producers;
    }

    void write_rows(const NamedStep &named, const std::string &rows, int depth) {
        line(depth, fmt::format("EMK_BEGIN({});", named.index));
        for (const KernelCall &call_ : named.lowered.calls) line(depth, call(named, call_, rows));
        line(depth, fmt::format("EMK_END({});", named.index));
    }

    /// Work rows of step i of the segment that the wanted steps behind it need, as C.
    std::string needed_rows(const Segment &segment, int i) const {
        std::string most;
        for (int r = i + 1; r < segment.step_count; ++r) {
            const std::vector<int> producers = producers_of(segment, r);
            if (std::find(producers.begin(), producers.end(), i) == producers.end()) continue;
            std::string need = rows_for_next(segment, r, i);
            if (r + 1 < segment.step_count)
                need = fmt::format("(y{0} < need{0} ? {1} : 0)", r, need);
            most = most.empty() ? need : fmt::format("EMK_MAX({}, {})", most, need);
        }
        return most;
    }

    /// Work rows of step \p p of the segment that the next row of step \p i reads, as C.
    std::string rows_for_next(const Segment &segment, int i, int p) const {
        const RowMap &rows = *at(segment.first_step + i).step->rows;
        const RowMap &producer = *at(segment.first_step + p).step->rows;
        const int64_t reach = rows.span - rows.pad_top;
        std::string end =
            rows.stride == 1 ? fmt::format("y{}", i) : fmt::format("y{} * {}", i, rows.stride);
        if (reach != 0) end += fmt::format(" {} {}", reach > 0 ? '+' : '-', std::abs(reach));
        std::string need = fmt::format("EMK_MIN({}, {})", end, rows.in_rows);
        if (producer.work_per_out != 1) need += fmt::format(" * {}", producer.work_per_out);
        return need;
    }

    const Graph &graph_;
    const Plan &plan_;
    const std::vector<NamedStep> &steps_;
    std::string out_, calls_;
};

void append_field(std::string &out, const Plan &plan, const NamedStep &step,
                  const ArgumentField &field, int depth) {
    switch (field.kind) {
        case ArgumentField::Kind::kStruct:
            out += fmt::format("{}{{ /* {} */\n", indentation(depth), field.name);
            for (const ArgumentField &inner : field.fields) {
                append_field(out, plan, step, inner, depth + 1);
            }
            out += indentation(depth) + "},\n";
            return;
        case ArgumentField::Kind::kTable:
            out += fmt::format("{}{}, /* {} */\n", indentation(depth),
                               field.text.empty() ? "0" : table_name(step, field.text), field.name);
            return;
        case ArgumentField::Kind::kScratch:
            out += fmt::format("{}EMK_AT({}, {}), /* {} */\n", indentation(depth),
                               field.text.empty() ? "float" : field.text,
                               plan.scratch_of(step.index)->offset, field.name);
            return;
        case ArgumentField::Kind::kLiteral:
            out += fmt::format("{}{}, /* {} */\n", indentation(depth), field.text, field.name);
            return;
    }
}

}  // namespace

std::string table_name(const NamedStep &step, const std::string &table) {
    return step.name + "_" + table;
}

std::string arguments_name(const NamedStep &step, const KernelCall &call) {
    return step.name + "_args" + call.suffix;
}

std::string describe_step(const Graph &graph, const Step &step) {
    std::string text = step.name + ": ";
    for (size_t i = 0; i < step.nodes.size(); ++i) {
        if (i > 0) text += " + ";
        text += graph.nodes[static_cast<size_t>(step.nodes[i])].op;
    }
    return text;
}

void append_arguments(std::string &out, const Plan &plan, const NamedStep &step,
                      const KernelCall &call) {
    out += fmt::format("static const {} {} = {{\n", call.argument_type, arguments_name(step, call));
    for (const ArgumentField &field : call.fields) append_field(out, plan, step, field, 1);
    out += "};\n\n";
}

RunCode run_code(const Graph &graph, const Plan &plan, const std::vector<NamedStep> &steps) {
    return RunWriter(graph, plan, steps).write();
}

}  // namespace embark
