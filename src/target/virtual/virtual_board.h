#pragma once
// A microcontroller board in this process: the same firmware image that the real board runs, on the
// board's own memory map, with the peripherals that the firmware touches and a cycle model.

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/expected.h"
#include "base/files.h"
#include "boards/board.h"
#include "target/link.h"

namespace embark {

/// Modelled cycles of one function; wait states of its own fetches and reads included.
struct FunctionCycles {
    std::string name;
    uint64_t cycles = 0;
    uint64_t instructions = 0;
};

/// What the emulated board has done since reset. Cycle figures are modelled
/// (docs/design/timing-model.md), counts and memory figures are exact.
struct EmulationStats {
    uint64_t cycles = 0;       ///< core clock cycles, those of idle_cycles not included
    uint64_t idle_cycles = 0;  ///< skipped while the firmware waited for a byte
    uint64_t instructions = 0;
    uint64_t fetch_stalls = 0;      ///< part of cycles: flash wait states of instruction fetches
    uint64_t data_stalls = 0;       ///< part of cycles: flash wait states of data reads
    uint64_t branch_cycles = 0;     ///< part of cycles: pipeline refills after taken branches
    uint32_t clock_hz = 0;          ///< core clock that the firmware has set up
    uint32_t stack_bytes = 0;       ///< emk_stack_top - emk_stack_limit; 0 when not in the image
    uint32_t stack_high_water = 0;  ///< deepest use of the stack, bytes
    uint32_t ram_high_water = 0;    ///< bytes of RAM ever written outside of the stack
    uint64_t uart_sent = 0, uart_received = 0;  ///< bytes, seen from the firmware
    std::vector<FunctionCycles> profile;        ///< most cycles first; empty unless asked for
    std::vector<std::string> notes;  ///< what the real chip may resent though it does not fault
};

struct VirtualBoardOptions {
    bool profile = false;     ///< attribute cycles to functions
    bool model_baud = false;  ///< bytes take their time on the line instead of arriving at once
    /// Counts instructions one by one as well (slow); run() then checks the block counts against
    /// them. For tests.
    bool cross_check = false;
};

/// Why VirtualBoard::run() came back.
enum class RunEnd {
    kBudget,  ///< the cycles are used up
    kOutput,  ///< there is something to take from the UART
    kIdle,    ///< the firmware polls an empty receiver, or sleeps
};

struct RunRequest {
    uint64_t cycles = 0;          ///< at most so many, idle ones included
    bool stop_on_output = false;  ///< come back once a byte was sent
    bool stop_when_idle = true;   ///< else waiting is skipped over, a millisecond at a time
};

/// An emulated board. Not copyable; one thread at a time.
class VirtualBoard {
  public:
    /// Loads \p elf as a flasher would: segments go to their load address in flash; RAM holds a
    /// pattern, so firmware that relies on zeroed RAM fails here as it would on the chip.
    /// \error kUnsupported  a core or family that is not emulated
    /// \error kInvalid      not an Arm executable, or it does not fit the board's flash
    static Expected<std::unique_ptr<VirtualBoard>> create(const Board &board,
                                                          const std::filesystem::path &elf,
                                                          const VirtualBoardOptions &options = {});
    ~VirtualBoard();
    VirtualBoard(const VirtualBoard &) = delete;
    VirtualBoard &operator=(const VirtualBoard &) = delete;

    /// Runs the firmware. \error kInvalid when it does what the chip would fault on or what is not
    /// emulated: address, kind of access, function and source line; the fault is final, later calls
    /// return it again.
    Expected<RunEnd> run(const RunRequest &request);

    /// Queues bytes for the console UART's receiver.
    void uart_write(std::span<const uint8_t> bytes);
    /// Takes what the firmware has sent, at most \p limit bytes.
    Bytes uart_take(size_t limit = SIZE_MAX);
    size_t uart_pending() const;

    EmulationStats stats() const;
    uint32_t clock_hz() const;
    /// Cycles since reset, idle ones included: the board's time.
    uint64_t time_cycles() const;

    /// Copies memory of the board as a debugger would. \error kNotFound outside of its memory
    Expected<Bytes> read_memory(uint32_t address, uint32_t bytes) const;
    /// Changes memory of the board, flash too, as a debugger (or radiation) would: before the first
    /// run(), since code that ran is not decoded again. \error kNotFound outside of its memory
    Status write_memory(uint32_t address, std::span<const uint8_t> bytes);
    /// Address of a symbol of the image. \error kNotFound
    Expected<uint32_t> symbol(const std::string &name) const;

  private:
    struct State;
    explicit VirtualBoard(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

/// The console UART of a VirtualBoard as a Link. Synchronous: the board runs inside read().
///
/// Timeouts are in the board's time, not the host's. read() comes back as soon as bytes are there
/// and either the buffer is full or the firmware pauses; waiting firmware costs no host time.
class VirtualLink : public Link {
  public:
    explicit VirtualLink(std::unique_ptr<VirtualBoard> board, std::string name);
    /// Creates the board as well. The name is "virtual:<board id>".
    static Expected<std::unique_ptr<VirtualLink>> open(const Board &board,
                                                       const std::filesystem::path &elf,
                                                       const VirtualBoardOptions &options = {});

    /// \error kTimeout, or the firmware's fault (bytes that it sent before come first)
    Expected<size_t> read(std::span<uint8_t> buffer, std::chrono::milliseconds timeout) override;
    Status write(std::span<const uint8_t> bytes) override;
    std::string name() const override { return name_; }
    VirtualBoard &board() { return *board_; }

  private:
    std::unique_ptr<VirtualBoard> board_;
    std::string name_;
};

struct EmulateOptions {
    enum class Console {
        kPty,    ///< a pseudo-terminal, for any serial program
        kStdio,  ///< standard input and output; ends when the input has ended and the board idles
        kNone,   ///< nothing is sent to the board, and what it sends is dropped
    };
    Console console = Console::kPty;
    std::filesystem::path link;  ///< symbolic link to the pseudo-terminal; empty: none
    double seconds = 0;          ///< wall time after which to end; 0: never
    bool profile = false;
    bool model_baud = false;
    /// Called with the pseudo-terminal's name once it can be opened.
    std::function<void(const std::string &)> on_ready;
};

/// Runs firmware until SIGINT, SIGTERM or the end of options.seconds, or a fault (an error).
/// The caller must have no other thread that takes these signals. Blocks without using the
/// processor while the firmware waits for a byte.
Expected<EmulationStats> emulate(const Board &board, const std::filesystem::path &elf,
                                 const EmulateOptions &options);

}  // namespace embark
