#pragma once

#include <string>

#include "plan/plan.h"

namespace embark {

/// C that keeps a graph's states from run to run; empty texts for graphs without states.
struct StateCode {
    std::string declaration;  ///< of emk_<model>_reset(), for the header
    std::string functions;    ///< its definition and helpers
    std::string begin;        ///< first statements of run(): the states hold values
    std::string end;          ///< last statements of run(): they hold the next ones
};

/// A state that its operator does not write in place is copied when all steps ran.
/// \param name  C name of the model
StateCode state_code(const Graph &graph, const Plan &plan, const std::string &name);

}  // namespace embark
