#pragma once
// How a graph is run on a chip: which kernel for which nodes, in which order, which rows stream
// through line buffers, and where every byte of RAM is.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "boards/board.h"
#include "ir/graph.h"

namespace embark {

struct KernelDefinition;

/// What the planner prefers where it has a choice.
enum class Objective {
    kBalanced,  ///< speed, with an arena of at most twice the smallest
    kTime,      ///< fewest cycles within the board's RAM
    kRam,       ///< smallest arena
    kFlash,     ///< smallest code and constants, at a bounded cost in time
};
std::string_view to_string(Objective objective);
/// \error kUsage listing the names
Expected<Objective> parse_objective(std::string_view text);

/// How a step's output rows depend on its input rows; rows are along axis 1 of NHWC. A kernel works
/// in `work` rows: convolution rows, of which `work_per_out` make one output row after pooling.
struct RowMap {
    int64_t work_rows = 0;
    int64_t work_per_out = 1;
    int64_t in_rows = 0;
    int64_t out_rows = 0;
    int64_t stride = 1;
    int64_t pad_top = 0;
    int64_t span = 1;  ///< input rows under one work row: (kernel - 1) * dilation + 1
    int64_t in_row_bytes = 0;
    int64_t out_row_bytes = 0;

    /// First input row that work row \p y reads, and one past its last.
    int64_t first_input(int64_t y) const;
    int64_t end_input(int64_t y) const;
};

/// How a step that runs whole may write over its first input: its output begins `distance` bytes
/// below the input or further down, with `exact` just there.
struct InputOverlap {
    int64_t distance = 0;
    bool exact = false;

    bool operator==(const InputOverlap &) const = default;
};

/// A way to run a step that the planner looked at.
struct Candidate {
    std::string kernel;
    int64_t scratch_bytes = 0;
    int64_t cycles = 0;  ///< modelled
    bool row_by_row = false;
    std::string verdict;  ///< "chosen", or why not
};

/// One kernel run: a base node and the nodes fused behind it.
struct Step {
    std::string name;        ///< of the base node
    std::vector<int> nodes;  ///< indices into Graph::nodes, in order of execution
    const KernelDefinition *kernel = nullptr;
    std::vector<TensorId> inputs;  ///< activations only, aliases of reshapes resolved
    TensorId output = kNoTensor;
    std::vector<TensorId> more_outputs;  ///< of a base node with several; nothing is fused then
    std::optional<RowMap> rows;          ///< none: the kernel can only run whole
    bool row_by_row = false;  ///< called once per row (streamed, or output overlaps input)
    std::optional<InputOverlap> overlap;  ///< what a whole run allows
    int64_t in_ring = 0;        ///< rows held of the first input (rows only); all of them if whole
    int64_t second_ring = 0;    ///< rows held of the second input of a step with two
    int64_t out_ring = 0;       ///< rows held of the output
    int64_t scratch_bytes = 0;  ///< RAM that the kernel gets beyond inputs and output
    bool weights_in_ram = false;  ///< its tables are copied to RAM when the firmware starts
    int64_t cycles = 0;           ///< modelled
    uint32_t fused = 0;  ///< Fusion bits (plan/kernel.h) that the nodes behind the base use
    std::vector<Candidate> candidates;  ///< by cycles; what `analyze --explain` shows
};

/// Steps that run together: one, or several whose rows stream through line buffers, each line
/// buffer with one reader, the last step making the segment's output.
struct Segment {
    int first_step = 0;
    int step_count = 1;
};

struct Buffer {
    enum class Kind { kTensor, kLines, kScratch };
    Kind kind = Kind::kTensor;
    std::string name;
    TensorId tensor = kNoTensor;  ///< kTensor and kLines
    int step = -1;                ///< kScratch: the first step of the segment that shares it
    int64_t bytes = 0;
    int first_segment = 0;  ///< alive from … to …, inclusive
    int last_segment = 0;
    int64_t offset = 0;
};

/// Flash in bytes by section, as the linker will show them.
struct FlashUse {
    int64_t vectors = 0;
    int64_t text = 0;    ///< start-up, port, UART service, kernels, the model's own code
    int64_t rodata = 0;  ///< tables and names, without weights
    int64_t weights = 0;
    int64_t data = 0;  ///< initial values of .data
    int64_t code() const { return vectors + text + rodata + data; }
    int64_t total() const { return code() + weights; }
};

/// RAM in bytes by section.
struct RamUse {
    int64_t data = 0;
    int64_t bss = 0;
    int64_t arena = 0;
    int64_t stack = 0;  ///< worst case; what the linker reserves may be more
    int64_t total() const { return data + bss + arena + stack; }
};

struct Plan {
    Objective objective = Objective::kBalanced;
    std::vector<Step> steps;
    std::vector<Segment> segments;
    std::vector<Buffer> buffers;
    int64_t arena_bytes = 0;
    int64_t arena_lower_bound = 0;  ///< no placement of these buffers can be smaller
    int64_t cycles = 0;             ///< modelled, all steps
    /// By tensor: the tensor whose bytes it shares (reshapes), itself otherwise.
    std::vector<TensorId> alias;

    /// The buffer that holds a tensor (through aliases), or null.
    const Buffer *buffer_of(TensorId tensor) const;
    /// The scratch memory of a step's segment, or null. It holds nothing from call to call.
    const Buffer *scratch_of(int step) const;
    int segment_of(int step) const;
};

class MeasuredCycles;  // plan/measured.h
struct Choice;         // plan/choices.h

struct PlanOptions {
    Objective objective = Objective::kBalanced;
    bool fuse = true;        ///< false: a step per node, so that every tensor exists (for dumps)
    bool stream = true;      ///< false: no line buffers
    bool portable = false;   ///< true: kernels in plain C only, whatever the core has
    int64_t ram_budget = 0;  ///< bytes for the arena; 0 = as much as the board has
    const MeasuredCycles *measured = nullptr;  ///< cycles counted on the board, where known
};

/// Bytes of RAM that \p board leaves for the arena.
int64_t arena_budget(const Board &board);

/// Plans \p graph for \p board. The graph must be verified.
/// \error kUnsupported listing every node that no kernel takes
Expected<Plan> make_plan(const Graph &graph, const Board &board, const PlanOptions &options = {});

/// A plan without streams in which each step of \p plan runs as given: to measure the choices.
Plan plan_with(const Graph &graph, const Plan &plan, const std::vector<Choice> &choices);

}  // namespace embark
