#pragma once

#include <map>
#include <string>

#include "plan/kernel.h"

namespace embark {

/// What a firmware will take, before anything is compiled.
struct Footprint {
    FlashUse flash;
    int64_t weights_in_ram = 0;  ///< bytes of flash.data and ram.data
    RamUse ram;                  ///< ram.stack is the worst case of the call graph
    std::string compiler;        ///< whose code sizes these are: "arm-none-eabi-gcc 12.2.1"
    std::vector<std::string> stack_chain;  ///< the deepest calls, outermost first
};

/// Bytes of the tables of a step.
int64_t table_bytes(const LoweredStep &lowered);
/// Bytes of its tables and argument structures.
int64_t constant_bytes(const LoweredStep &lowered);

/// By C function of runtime/: bytes of its code and of all that it calls, as tools/footprint.py
/// measured them; empty without measurements.
std::map<std::string, int64_t> kernel_code_bytes(const Board &board);

/// Adds up sections from the sizes that tools/footprint.py measured function by function
/// (runtime/footprint/<core>.json), the constants that code generation will write, and the arena.
///
/// Text: every function that start-up, service and the plan's kernels can reach. Stack: the deepest
/// path through the call graph; the generated model's own frame is a constant upper bound.
/// Cores that have no measurement of their own get the Cortex-M4's sizes.
/// \param model_name  C name of the model; its length counts
/// \error kNotFound or kInvalid when the measurements are missing or broken
Expected<Footprint> predict_footprint(const Graph &graph, const Plan &plan, const Board &board,
                                      const std::string &model_name);

}  // namespace embark
