#pragma once
// What can be said against a model before anything of it is converted.

#include "base/diagnostics.h"
#include "import/keras/model_config.h"

namespace embark::keras {

struct UnsupportedLayer {
    std::string path;
    std::string reason;
};

/// Every layer that embark does not read, also those of models and wrappers inside, in the file's
/// order; warns of types that are computed in float32 all the same.
std::vector<UnsupportedLayer> check_support(const ModelConfig &model, Diagnostics &diagnostics);

}  // namespace embark::keras
