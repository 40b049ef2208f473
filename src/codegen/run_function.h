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

/// The body of `void emk_<model>_run(void)`.
std::string run_body(const Graph &graph, const Plan &plan, const std::vector<NamedStep> &steps);

}  // namespace embark
