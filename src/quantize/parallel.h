#pragma once

#include <cstdint>
#include <functional>

namespace embark {

/// Calls \p work(0) … \p work(count - 1), each once, on as many threads as there are processors.
/// What a call writes must be its own, so that the result does not depend on the threads.
void parallel_for(int64_t count, const std::function<void(int64_t)> &work);

}  // namespace embark
