#include "workflow/kernel_lab.h"

#include <emk/conv_q8.h>
#include <emk/dense_q8.h>
#include <emk/depthwise_q8.h>
#include <emk/f32.h>
#include <emk/kernels.h>
#include <emk/map_q8.h>
#include <emk/maps_q8.h>
#include <emk/rows_q8.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <set>

#include "base/files.h"
#include "base/process.h"
#include "ops/portable.h"
#include "plan/arena.h"
#include "project/project.h"
#include "target/virtual/virtual_board.h"
#include "workflow/argument_image.h"

namespace embark {

namespace {

constexpr size_t kMostOperands = 7;  // arguments, activations or tables, output, two rows

/// A trial as data: tables and arguments, and how to call the kernel.
struct PreparedTrial {
    Step step;
    LoweredStep lowered;
    Bytes image;
    std::vector<uint64_t> operands;
};

Expected<Step> make_step(const KernelTrial &trial, const Board &board) {
    const Graph &graph = *trial.graph;
    Step step;
    step.name = graph.nodes[0].name;
    step.nodes = {0};
    step.kernel = trial.kernel;
    step.inputs = graph.inputs;
    step.output = graph.nodes[0].outputs[0];
    step.rows = trial.kernel->rows(graph, step);
    if (trial.mode == TrialMode::kRings && !step.rows) {
        return make_error(ErrorCode::kUnsupported, "the kernel cannot run row by row");
    }
    if (step.rows) {
        step.row_by_row = trial.mode == TrialMode::kRings;
        step.in_ring =
            step.row_by_row ? std::min(step.rows->span, step.rows->in_rows) : step.rows->in_rows;
        step.second_ring = step.inputs.size() > 1 ? step.in_ring : 0;
        step.out_ring = step.row_by_row ? 1 : step.rows->out_rows;
    }
    if (trial.kernel->needed_scratch != nullptr) {
        step.scratch_bytes = trial.kernel->needed_scratch(graph, step);
    }
    if (trial.generous) {
        step.scratch_bytes =
            std::max(step.scratch_bytes, trial.kernel->useful_scratch(graph, step));
    }
    if (trial.mode == TrialMode::kOverlapping) {
        if (!may_overlap(trial)) {
            return make_error(ErrorCode::kUnsupported, "the output cannot lie over the input");
        }
        step.overlap = trial.kernel->overlap(graph, step);
    }
    step.cycles = trial.kernel->cycles(graph, step, board);
    return step;
}

PreparedTrial prepare(const KernelTrial &trial, Step step, const Places &places) {
    PreparedTrial prepared;
    prepared.step = std::move(step);
    prepared.lowered = trial.kernel->lower(*trial.graph, prepared.step);
    const KernelCall &call = prepared.lowered.calls[0];
    ArgumentImage image(prepared.lowered, places);
    prepared.operands.push_back(image.arguments());
    for (const int input : call.inputs) {
        const auto index = static_cast<size_t>(input >= 0 ? input : -1 - input);
        if (input == KernelCall::kNoInput)
            prepared.operands.push_back(0);
        else
            prepared.operands.push_back(input >= 0 ? places.inputs[index] : image.table(index));
    }
    prepared.operands.push_back(places.output);
    prepared.operands.push_back(0);
    prepared.operands.push_back(static_cast<uint64_t>(call.work_rows));
    prepared.operands.resize(kMostOperands);
    prepared.image = image.take();
    return prepared;
}

size_t output_bytes(const KernelTrial &trial) {
    return static_cast<size_t>(trial.graph->tensor(trial.graph->nodes[0].outputs[0]).type.bytes());
}

// ---- on the host

using HostKernel = void (*)(uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t);

HostKernel host_kernel(std::string_view name) {
    struct Row {
        std::string_view name;
        HostKernel function;
    };
#define ROW(function) \
    { #function, reinterpret_cast < HostKernel>(function) }
    static const Row kRows[] = {
        ROW(emk_conv_q8),
        ROW(emk_conv2d_f32_packed),
        ROW(emk_dense_f32_packed),
        ROW(emk_conv2d_q8_panel),
        ROW(emk_conv2d_q8_winograd),
        ROW(emk_conv2d_q8_panel_packed),
        ROW(emk_conv2d_q8_winograd_packed),
        ROW(emk_dense_q8_pairs),
        ROW(emk_dense_q8_packed),
        ROW(emk_depthwise_q8_3x3),
        ROW(emk_depthwise_q8_3x3_fast),
        ROW(emk_depthwise_q8_3x3_s2),
        ROW(emk_depthwise_q8_3x3_s2_fast),
        ROW(emk_add_rows_q8),
        ROW(emk_limit_words_q8),
        ROW(emk_max_pool_words_q8),
        ROW(emk_average_pool_rows_q8),
        ROW(emk_conv2d_rows_q8),
        ROW(emk_depthwise_rows_q8),
    };
#undef ROW
    for (const Row &row : kRows) {
        if (row.name == name) return row.function;
    }
    return nullptr;
}

/// Rows flow through rings as a plan streams them.
void call_by_rows(HostKernel kernel, const PreparedTrial &prepared, const Bytes &input,
                  uint8_t *ring, const uint8_t *row_out, uint8_t *out) {
    const RowMap &rows = *prepared.step.rows;
    const auto in_row = static_cast<size_t>(rows.in_row_bytes);
    const auto out_row = static_cast<size_t>(rows.out_row_bytes);
    std::vector<uint64_t> o = prepared.operands;
    int64_t ready = 0;
    for (int64_t y = 0; y < rows.out_rows; ++y) {
        for (; ready < rows.end_input(y); ++ready) {
            std::memcpy(ring + static_cast<size_t>(ready % prepared.step.in_ring) * in_row,
                        input.data() + static_cast<size_t>(ready) * in_row, in_row);
        }
        kernel(o[0], o[1], o[2], static_cast<uint64_t>(y), static_cast<uint64_t>(y + 1), 0, 0);
        std::memcpy(out + static_cast<size_t>(y) * out_row, row_out, out_row);
    }
}

Bytes call_on_host(const KernelTrial &trial, HostKernel kernel, const Step &step) {
    std::vector<uint64_t> scratch(static_cast<size_t>(step.scratch_bytes + 7) / 8,
                                  UINT64_C(0xA5A5A5A5A5A5A5A5));
    Bytes output(output_bytes(trial)), ring;
    std::vector<Bytes> inputs = trial.inputs;
    const auto address = [](const void *pointer) { return reinterpret_cast<uint64_t>(pointer); };
    Places places;
    places.pointer_bytes = sizeof(void *);
    for (const Bytes &input : inputs) places.inputs.push_back(address(input.data()));
    places.output = address(output.data());
    places.scratch = address(scratch.data());
    if (trial.mode == TrialMode::kRings) {
        ring.resize(static_cast<size_t>(step.in_ring * step.rows->in_row_bytes));
        inputs[0].resize(static_cast<size_t>(step.rows->out_row_bytes));
        places.inputs[0] = address(ring.data());
        places.output = address(inputs[0].data());
    }
    Bytes shared;
    if (step.overlap) {
        shared = inputs[0];
        const auto distance = static_cast<size_t>(step.overlap->distance);
        shared.insert(shared.begin(), distance, uint8_t{0x55});
        shared.resize(std::max(shared.size(), output.size()));
        places.output = address(shared.data());
        places.inputs[0] = places.output + distance;
    }
    // Once to learn the size of the image, once with its address.
    std::vector<uint64_t> image(prepare(trial, step, places).image.size() / 8 + 1);
    places.tables = address(image.data());
    const PreparedTrial prepared = prepare(trial, step, places);
    std::memcpy(image.data(), prepared.image.data(), prepared.image.size());
    const auto &o = prepared.operands;
    if (trial.mode == TrialMode::kRings) {
        call_by_rows(kernel, prepared, trial.inputs[0], ring.data(), inputs[0].data(),
                     output.data());
    } else {
        kernel(o[0], o[1], o[2], o[3], o[4], o[5], o[6]);
    }
    if (step.overlap) std::copy_n(shared.begin(), output.size(), output.begin());
    return output;
}

// ---- on a board

/// Layout of the test firmware's memory (bench/kernels/firmware): code, images and RAM buffers.
constexpr uint32_t kImageOffset = 0x20000;
constexpr uint32_t kBufferBytes = 0x30000;

/// As `trial` in bench/kernels/firmware/main.c.
struct TrialHeader {
    uint32_t function, mode;
    std::array<uint32_t, kMostOperands> operands;
    uint32_t input, input_bytes;  ///< in flash; copied to the input buffer
    uint32_t output_bytes;
    uint32_t in_row, out_row, in_ring, rows, stride, pad_top, span, in_rows;
};

uint64_t end_of(uint64_t address) {
    return (address + 15) / 16 * 16;
}

void append_words(Bytes &bytes, const void *data, size_t size) {
    const auto *raw = static_cast<const uint8_t *>(data);
    bytes.insert(bytes.end(), raw, raw + size);
}

TrialHeader header_of(const KernelTrial &trial, const PreparedTrial &prepared, size_t function,
                      uint64_t input) {
    TrialHeader header{};
    header.function = static_cast<uint32_t>(function);
    header.mode = static_cast<uint32_t>(trial.mode);
    for (size_t i = 0; i < kMostOperands; ++i) {
        header.operands[i] = static_cast<uint32_t>(prepared.operands[i]);
    }
    header.input = static_cast<uint32_t>(input);
    for (const Bytes &bytes : trial.inputs) {
        header.input_bytes += static_cast<uint32_t>(end_of(bytes.size()));
    }
    header.output_bytes = static_cast<uint32_t>(output_bytes(trial));
    if (!prepared.step.rows) return header;
    const RowMap &rows = *prepared.step.rows;
    header.in_row = static_cast<uint32_t>(rows.in_row_bytes);
    header.out_row = static_cast<uint32_t>(rows.out_row_bytes);
    header.in_ring = static_cast<uint32_t>(prepared.step.in_ring);
    header.rows = static_cast<uint32_t>(rows.out_rows);
    header.stride = static_cast<uint32_t>(rows.stride);
    header.pad_top = static_cast<uint32_t>(rows.pad_top);
    header.span = static_cast<uint32_t>(rows.span);
    header.in_rows = static_cast<uint32_t>(rows.in_rows);
    return header;
}

/// Everything that the firmware is built of.
struct Firmware {
    Bytes image;  ///< count, then each trial's header, inputs, tables and arguments
    std::vector<std::string> functions;
    std::set<std::string> sources, headers;
    std::vector<TrialResult> results;
};

Status add_trial(Firmware &firmware, const KernelTrial &trial, const Board &board, uint64_t flash,
                 uint64_t ram) {
    EMBARK_ASSIGN(const Step step, make_step(trial, board));
    Places places;
    uint64_t at = end_of(firmware.image.size() + sizeof(TrialHeader) + sizeof(uint32_t));
    const uint64_t input = flash + at;
    uint64_t buffer = ram;
    for (const Bytes &bytes : trial.inputs) {
        places.inputs.push_back(buffer);
        buffer += end_of(bytes.size());
    }
    at += buffer - ram;
    places.tables = flash + at;
    places.output = ram + kBufferBytes;
    places.scratch = ram + 2 * kBufferBytes;
    const uint64_t distance =
        step.overlap ? static_cast<uint64_t>(align_arena(step.overlap->distance)) : 0;
    if (step.overlap) places.inputs[0] = places.output + distance;
    const uint64_t most = std::max({distance + buffer - ram, uint64_t{output_bytes(trial)},
                                    static_cast<uint64_t>(step.scratch_bytes)});
    if (most > kBufferBytes) {
        return make_error(ErrorCode::kDoesNotFit, fmt::format("a trial needs {} B of RAM", most));
    }
    const PreparedTrial prepared = prepare(trial, step, places);
    const std::string &function = prepared.lowered.calls[0].function;
    auto known = std::find(firmware.functions.begin(), firmware.functions.end(), function);
    const auto index = static_cast<size_t>(known - firmware.functions.begin());
    if (known == firmware.functions.end()) firmware.functions.push_back(function);
    firmware.sources.emplace(trial.kernel->source);
    firmware.sources.insert(prepared.lowered.sources.begin(), prepared.lowered.sources.end());
    firmware.headers.emplace(prepared.lowered.calls[0].header);
    const uint32_t next = static_cast<uint32_t>(end_of(at + prepared.image.size()));
    append_words(firmware.image, &next, sizeof next);
    const TrialHeader header = header_of(trial, prepared, index, input);
    append_words(firmware.image, &header, sizeof header);
    firmware.image.resize(end_of(firmware.image.size()));
    for (const Bytes &bytes : trial.inputs) {
        append_words(firmware.image, bytes.data(), bytes.size());
        firmware.image.resize(end_of(firmware.image.size()));
    }
    append_words(firmware.image, prepared.image.data(), prepared.image.size());
    firmware.image.resize(next);
    firmware.results.push_back({{}, 0, prepared.step.cycles, prepared.step.scratch_bytes});
    return Ok{};
}

std::string table_source(const Firmware &firmware) {
    std::string text;
    for (const std::string &header : firmware.headers) text += "#include \"" + header + "\"\n";
    text += "typedef void kernel(void);\nkernel *const functions[] = {\n";
    for (const std::string &name : firmware.functions) text += "    (kernel *)" + name + ",\n";
    return text + "};\n";
}

Expected<std::filesystem::path> build(const Firmware &firmware, const Board &board,
                                      const std::filesystem::path &folder) {
    EMBARK_ASSIGN(const std::filesystem::path root, data_directory());
    Board with_stack = board;
    with_stack.stack_bytes = 4096;
    EMBARK_ASSIGN(const ProjectFiles files, board_files(with_stack));
    std::error_code ignored;  // writing fails if this does
    std::filesystem::create_directories(folder / "board", ignored);
    for (const auto &[name, text] : files) EMBARK_RETURN_IF_ERROR(write_file(folder / name, text));
    EMBARK_RETURN_IF_ERROR(write_file(folder / "image.bin", firmware.image));
    EMBARK_RETURN_IF_ERROR(write_file(folder / "functions.c", table_source(firmware)));
    std::vector<std::string> argv = {"arm-none-eabi-gcc",
                                     "-std=c99",
                                     "-O2",
                                     "-mcpu=cortex-m4",
                                     "-mthumb",
                                     "-mfloat-abi=hard",
                                     "-mfpu=fpv4-sp-d16",
                                     "-ffreestanding",
                                     "-ffunction-sections",
                                     "-fno-common",
                                     "-ffp-contract=off",
                                     "-w",
                                     "-nostdlib",
                                     "-Wl,--gc-sections",
                                     "-T",
                                     "board/linker.ld",
                                     "-o",
                                     "trials.elf",
                                     "functions.c"};
    argv.push_back(fmt::format("-Wl,--section-start=.trials=0x{:08x}",
                               board.main_flash().origin + kImageOffset));
    for (const char *name : {"include", "kernels", "link"}) {
        argv.push_back("-I" + (root / "runtime" / name).string());
    }
    for (const auto &path :
         {folder / "board/startup.c", folder / "board/port.c", root / "runtime/link/emk_memory.c",
          root / "bench/kernels/firmware/main.c", root / "bench/kernels/firmware/image.S"}) {
        argv.push_back(path.string());
    }
    for (const std::string &source : firmware.sources) {
        argv.push_back((root / "runtime/kernels" / source).string());
    }
    argv.push_back("-lgcc");
    ProcessOptions options;
    options.directory = folder;
    EMBARK_ASSIGN(const ProcessResult result, run_process(argv, options));
    if (result.exit_status != 0) {
        return make_error(ErrorCode::kInternal, "the trials do not compile:\n" + result.output);
    }
    return folder / "trials.elf";
}

uint32_t word_at(const Bytes &bytes, size_t at) {
    uint32_t word = 0;
    std::memcpy(&word, bytes.data() + at, sizeof word);
    return word;
}

}  // namespace

bool may_overlap(const KernelTrial &trial) {
    Step step;
    step.nodes = {0};
    return trial.kernel->overlap != nullptr &&
           trial.kernel->overlap(*trial.graph, step).has_value();
}

Expected<std::vector<TrialResult>> run_trials_on_host(const std::vector<KernelTrial> &trials) {
    std::vector<TrialResult> results;
    for (const KernelTrial &trial : trials) {
        EMBARK_ASSIGN(const Step step, make_step(trial, Board{}));
        const std::string function = trial.kernel->lower(*trial.graph, step).calls[0].function;
        const HostKernel kernel = host_kernel(function);
        if (kernel == nullptr) {
            return make_error(ErrorCode::kUnsupported, fmt::format("the lab has no {}", function));
        }
        results.push_back({call_on_host(trial, kernel, step), 0, step.cycles, step.scratch_bytes});
    }
    return results;
}

Expected<std::vector<TrialResult>> run_trials_on_board(const std::vector<KernelTrial> &trials,
                                                       const Board &board) {
    constexpr uint64_t kStep = 100000000;
    Firmware firmware;
    for (const KernelTrial &trial : trials) {
        EMBARK_RETURN_IF_ERROR(add_trial(firmware, trial, board,
                                         board.main_flash().origin + kImageOffset,
                                         board.main_ram().origin + 0x8000));
    }
    firmware.image.resize(firmware.image.size() + sizeof(uint32_t));  // no next trial
    EMBARK_ASSIGN(TemporaryDirectory folder, TemporaryDirectory::create());
    EMBARK_ASSIGN(const auto elf, build(firmware, board, folder.path()));
    EMBARK_ASSIGN(auto emulated, VirtualBoard::create(board, elf));
    Bytes sent;
    for (RunEnd end = RunEnd::kBudget; end != RunEnd::kIdle;) {
        EMBARK_ASSIGN(end, emulated->run({.cycles = kStep}));
        const Bytes more = emulated->uart_take();
        sent.insert(sent.end(), more.begin(), more.end());
    }
    size_t at = 0;
    for (size_t i = 0; i < trials.size(); ++i) {
        const size_t bytes = output_bytes(trials[i]);
        if (sent.size() < at + 4 + bytes) {
            return make_error(ErrorCode::kInternal, fmt::format("trial {} gave no result", i));
        }
        firmware.results[i].cycles = word_at(sent, at);
        firmware.results[i].output.assign(sent.begin() + static_cast<ptrdiff_t>(at + 4),
                                          sent.begin() + static_cast<ptrdiff_t>(at + 4 + bytes));
        at += 4 + bytes;
    }
    return firmware.results;
}

}  // namespace embark
