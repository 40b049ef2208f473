#pragma once

#include <string>
#include <vector>

#include "codegen/codegen.h"
#include "plan/kernel.h"

namespace embark {

/// A step with its code and the names under which it stands in the file.
struct NamedStep {
    const Step *step = nullptr;
    int index = 0;
    std::string name;  ///< C prefix of its tables and arguments
    LoweredStep lowered;
};

/// Name of a table / of a call's argument structure.
std::string table_name(const NamedStep &step, const std::string &table);
std::string arguments_name(const NamedStep &step, const KernelCall &call);

/// "conv2d + relu + max_pool2d"
std::string describe_step(const Graph &graph, const Step &step);

/// `static const emk_…_args <name>_args = {…};`
void append_arguments(std::string &out, const Plan &plan, const NamedStep &step,
                      const KernelCall &call);

/// One function per segment, kept apart by EMK_NOINLINE so that the stack does not depend on how
/// a compiler spreads registers over the whole network.
struct RunCode {
    std::string functions;
    std::string calls;  ///< the body of `void emk_<model>_run(void)`
    /// For `int emk_<model>_step(void)`: functions that make one row of a streamed chain each time,
    /// and the cases of a switch over emk_slice, which is the segment whose turn it is.
    std::string slice_functions, slices;
};
RunCode run_code(const Graph &graph, const Plan &plan, const std::vector<NamedStep> &steps);

}  // namespace embark
