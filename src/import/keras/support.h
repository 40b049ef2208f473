#pragma once
// What can be said against a model before anything of it is converted.

#include "base/diagnostics.h"
#include "import/keras/model_config.h"

namespace embark::keras {

/// Reports every layer that embark does not read, also those of models and wrappers inside, and
/// warns of types that are computed in float32 all the same.
void check_support(const ModelConfig &model, Diagnostics &diagnostics);

}  // namespace embark::keras
