// Channels of quantised tensors that always hold one value belong into the bias of the layers that
// read them; channels that always equal another one are read once; channels that nobody reads go.
// The outputs keep their bytes for every input. X-CUBE-AI 8.1 does the first for MobileNet, where
// most channels of the 96x96 person detector are constant; no method is published.

#include "passes/channels/channels.h"

namespace embark {

int remove_constant_channels(Graph &graph) {
    const channels::Intervals intervals = channels::find_intervals(graph);
    const channels::Classes classes = channels::find_classes(graph);
    const channels::Kept kept = channels::find_kept(graph, intervals, classes);
    return channels::cut_channels(graph, intervals, classes, kept);
}

}  // namespace embark
