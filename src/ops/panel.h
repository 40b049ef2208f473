#pragma once
// Sums of products, vectorised across output channels so that each output's order of additions is
// the one that registry.h promises.

#include <cstdint>
#include <vector>

namespace embark {

/// Output channels that are computed side by side.
constexpr int64_t kPanelWidth = 16;

/// Transposes rows of weights into a panel: panel[i * kPanelWidth + j] = rows[j * stride + i] for
/// i < depth and j < count; columns from count (<= kPanelWidth) on are 0.
void pack_panel(const float *rows, int64_t stride, int64_t count, int64_t depth, float *panel);

/// sums[j] = (…((sums[j] + x[0]*panel[0][j]) + x[1]*panel[1][j]) …) for all kPanelWidth columns.
void accumulate_panel(const float *x, const float *panel, int64_t depth, float *sums);

}  // namespace embark
