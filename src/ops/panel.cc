#include "ops/panel.h"

#include <algorithm>
#include <cstring>

namespace embark {

namespace {

// GCC's and Clang's portable vectors: each lane rounds like the scalar operation.
typedef float Lanes __attribute__((vector_size(16)));

Lanes load(const float *from) {
    Lanes lanes;
    std::memcpy(&lanes, from, sizeof lanes);
    return lanes;
}

void store(float *to, Lanes lanes) {
    std::memcpy(to, &lanes, sizeof lanes);
}

}  // namespace

void pack_panel(const float *rows, int64_t stride, int64_t count, int64_t depth, float *panel) {
    if (count < kPanelWidth) {
        std::memset(panel, 0, static_cast<size_t>(depth * kPanelWidth) * sizeof(float));
    }
    // A cache line of each row at a time: rows whose stride is a power of two share cache sets, and
    // a line would be evicted before its next element is read.
    constexpr int64_t kLine = 16;
    for (int64_t start = 0; start < depth; start += kLine) {
        const int64_t end = std::min(start + kLine, depth);
        for (int64_t j = 0; j < count; ++j) {
            const float *row = rows + j * stride;
            for (int64_t i = start; i < end; ++i) panel[i * kPanelWidth + j] = row[i];
        }
    }
}

void accumulate_panel(const float *x, const float *panel, int64_t depth, float *sums) {
    Lanes a = load(sums), b = load(sums + 4), c = load(sums + 8), d = load(sums + 12);
    for (int64_t i = 0; i < depth; ++i, panel += kPanelWidth) {
        const Lanes value = {x[i], x[i], x[i], x[i]};
        a += value * load(panel);
        b += value * load(panel + 4);
        c += value * load(panel + 8);
        d += value * load(panel + 12);
    }
    store(sums, a);
    store(sums + 4, b);
    store(sums + 8, c);
    store(sums + 12, d);
}

}  // namespace embark
