#include "quantize/parallel.h"

#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

namespace embark {

void parallel_for(int64_t count, const std::function<void(int64_t)> &work) {
    std::atomic<int64_t> next = 0;
    const auto run = [&] {
        for (int64_t i = next.fetch_add(1); i < count; i = next.fetch_add(1)) work(i);
    };
    const auto processors = static_cast<int64_t>(std::thread::hardware_concurrency());
    std::vector<std::thread> helpers;
    for (int64_t i = 1; i < std::min(processors, count); ++i) helpers.emplace_back(run);
    run();
    for (std::thread &helper : helpers) helper.join();
}

}  // namespace embark
