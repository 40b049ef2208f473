#pragma once

#include "evaluate/dataset.h"
#include "workflow/documents.h"

namespace embark {

/// Up to \p most images with the answers of a `validate` document, as PNG in data: URIs: the first
/// of each predicted class, then the first wrong ones. Empty when the data are no 8-bit images of
/// one or three channels.
Json example_images(const Dataset &dataset, const Json &validate, size_t most = 16);

}  // namespace embark
