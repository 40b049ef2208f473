// Parses board.toml. toml++ throws; its exceptions end here.

#include <fmt/format.h>

#include <toml++/toml.h>
#include <algorithm>
#include <array>
#include <limits>
#include <set>

#include "base/diagnostics.h"
#include "base/files.h"
#include "boards/board.h"

namespace embark {
namespace {

constexpr double kMaxMicroampsPerMhz = 1e5;
constexpr double kMaxVolts = 10;
constexpr int64_t kMaxClockHz = 4'000'000'000;
constexpr int64_t kMaxWaitStates = 15;
constexpr int64_t kMaxCacheLines = 1 << 16;
constexpr int64_t kMaxLineBytes = 1024;
constexpr uint64_t kAddressSpace = uint64_t{1} << 32;

std::string_view type_name(const toml::node &node) {
    switch (node.type()) {
        case toml::node_type::table:
            return "a table";
        case toml::node_type::array:
            return "an array";
        case toml::node_type::string:
            return "a string";
        case toml::node_type::integer:
            return "an integer";
        case toml::node_type::floating_point:
            return "a number with a point";
        case toml::node_type::boolean:
            return "a boolean";
        default:
            return "a date or time";
    }
}

std::string line_of(const toml::node &node) {
    return fmt::format("line {}", node.source().begin.line);
}

/// Reads the keys of one table; what was not asked for is an error at finish().
class TableReader {
  public:
    TableReader(const toml::table &table, std::string name, Diagnostics &diagnostics)
        : table_(table), name_(std::move(name)), diagnostics_(diagnostics) {}

    std::string text(const char *key, bool required = false) {
        const toml::node *node = find(key, required);
        if (node == nullptr) return {};
        if (const auto *value = node->as_string()) return value->get();
        wrong_type(key, *node, "a string");
        return {};
    }

    /// One of \p choices.
    std::string choice(const char *key, std::span<const char *const> choices) {
        const std::string value = text(key, true);
        if (value.empty() && !table_.contains(key)) return value;
        if (std::find(choices.begin(), choices.end(), value) != choices.end()) return value;
        error(*table_.get(key), fmt::format("{} is '{}', expected one of '{}'", full_name(key),
                                            value, fmt::join(choices, "', '")));
        return value;
    }

    int64_t integer(const char *key, int64_t low, int64_t high, bool required = true,
                    int64_t absent = 0) {
        const toml::node *node = find(key, required);
        if (node == nullptr) return absent;
        const auto *value = node->as_integer();
        if (value == nullptr) {
            wrong_type(key, *node, "an integer");
            return absent;
        }
        if (value->get() >= low && value->get() <= high) return value->get();
        error(*node,
              fmt::format("{} is {}, expected {} to {}", full_name(key), value->get(), low, high));
        return absent;
    }

    double number(const char *key, double low, double high) {
        const toml::node *node = find(key, true);
        if (node == nullptr) return 0;
        if (!node->is_number()) {
            wrong_type(key, *node, "a number");
            return 0;
        }
        const double value = *node->value<double>();
        if (value >= low && value <= high) return value;
        error(*node, fmt::format("{} is {}, expected {} to {}", full_name(key), value, low, high));
        return 0;
    }

    bool boolean(const char *key, bool absent) {
        const toml::node *node = find(key, false);
        if (node == nullptr) return absent;
        if (const auto *value = node->as_boolean()) return value->get();
        wrong_type(key, *node, "true or false");
        return absent;
    }

    const toml::table *table(const char *key, bool required) {
        const toml::node *node = find(key, required);
        if (node == nullptr) return nullptr;
        if (const auto *value = node->as_table()) return value;
        wrong_type(key, *node, "a table");
        return nullptr;
    }

    /// The tables of an array of tables.
    std::vector<const toml::table *> tables(const char *key) {
        std::vector<const toml::table *> result;
        const toml::node *node = find(key, true);
        if (node == nullptr) return result;
        if (!node->is_array_of_tables()) {
            wrong_type(key, *node, "an array of tables");
            return result;
        }
        for (const toml::node &entry : *node->as_array()) result.push_back(entry.as_table());
        return result;
    }

    bool has(const char *key) const { return table_.contains(key); }

    void error(const toml::node &node, std::string message) {
        diagnostics_.error(ErrorCode::kInvalid, line_of(node), std::move(message));
    }
    void error(std::string message) { error(table_, std::move(message)); }

    void finish() {
        for (const auto &[key, node] : table_) {
            if (asked_.count(std::string(key.str())) != 0) continue;
            // A nested table's own position is its header's; a value's key stands before it.
            diagnostics_.error(
                ErrorCode::kInvalid, fmt::format("line {}", key.source().begin.line),
                fmt::format("unknown key '{}'{}, expected one of {}", key.str(),
                            name_.empty() ? "" : " in " + name_, fmt::join(asked_, ", ")));
        }
    }

  private:
    std::string full_name(const char *key) const { return name_.empty() ? key : name_ + "." + key; }
    const toml::node *find(const char *key, bool required) {
        asked_.insert(key);
        const toml::node *node = table_.get(key);
        if (node == nullptr && required) error(fmt::format("{} is missing", full_name(key)));
        return node;
    }
    void wrong_type(const char *key, const toml::node &node, std::string_view expected) {
        error(node,
              fmt::format("{} is {}, expected {}", full_name(key), type_name(node), expected));
    }

    const toml::table &table_;
    std::string name_;
    Diagnostics &diagnostics_;
    std::set<std::string> asked_;
};

/// The `source` key of a table of figures; notes the table when it has none.
std::string read_source(TableReader &reader, const std::string &name, Board &board) {
    std::string source = reader.text("source");
    if (source.empty()) board.unsourced.push_back(name);
    return source;
}

void read_core(TableReader &root, Board &board, Diagnostics &diagnostics) {
    const toml::table *table = root.table("core", true);
    if (table == nullptr) return;
    static constexpr std::array kFpus = {"", "sp", "dp"};
    TableReader core(*table, "core", diagnostics);
    board.core = core.text("name", true);
    board.fpu = core.choice("fpu", kFpus);
    board.dsp = core.boolean("dsp", false);
    board.mve = core.boolean("mve", false);
    core.finish();
}

void read_clock(TableReader &root, Board &board, Diagnostics &diagnostics) {
    const toml::table *table = root.table("clock", true);
    if (table == nullptr) return;
    TableReader clock(*table, "clock", diagnostics);
    board.clock_hz = static_cast<uint32_t>(clock.integer("hz", 1, kMaxClockHz));
    board.clock_source = read_source(clock, "clock", board);
    clock.finish();
}

MemoryRegion read_region(const toml::table &table, Board &board, Diagnostics &diagnostics) {
    static constexpr std::array kKinds = {"flash", "ram"};
    constexpr int64_t kMaxAddress = std::numeric_limits<uint32_t>::max();
    TableReader reader(table, "memory", diagnostics);
    MemoryRegion region;
    region.name = reader.text("name", true);
    region.kind = reader.choice("kind", kKinds) == "flash" ? MemoryRegion::Kind::kFlash
                                                           : MemoryRegion::Kind::kRam;
    region.origin = static_cast<uint32_t>(reader.integer("origin", 0, kMaxAddress));
    region.bytes = static_cast<uint32_t>(reader.integer("bytes", 1, kMaxAddress));
    if (reader.has("alias")) {
        region.alias = static_cast<uint32_t>(reader.integer("alias", 0, kMaxAddress));
    }
    region.code = reader.boolean("code", true);
    region.external = reader.boolean("external", false);
    region.source = read_source(reader, "memory." + region.name, board);
    if (uint64_t{region.origin} + region.bytes > kAddressSpace) {
        reader.error(fmt::format("memory {} ends beyond the 32-bit address space", region.name));
    }
    reader.finish();
    return region;
}

void read_memory(TableReader &root, Board &board, Diagnostics &diagnostics) {
    bool flash = false, ram = false;
    for (const toml::table *table : root.tables("memory")) {
        const MemoryRegion region = read_region(*table, board, diagnostics);
        (region.kind == MemoryRegion::Kind::kFlash ? flash : ram) = true;
        for (const MemoryRegion &other : board.memory) {
            if (other.name == region.name) {
                root.error(*table, fmt::format("two memory regions named '{}'", region.name));
            }
            if (uint64_t{region.origin} < uint64_t{other.origin} + other.bytes &&
                uint64_t{other.origin} < uint64_t{region.origin} + region.bytes) {
                root.error(*table, fmt::format("memory {} overlaps {}", region.name, other.name));
            }
        }
        board.memory.push_back(region);
    }
    if (!flash) root.error("no memory region of kind 'flash', expected at least one");
    if (!ram) root.error("no memory region of kind 'ram', expected at least one");
}

void read_flash(TableReader &root, Board &board, Diagnostics &diagnostics) {
    const toml::table *table = root.table("flash", true);
    if (table == nullptr) return;
    TableReader reader(*table, "flash", diagnostics);
    const auto figure = [&](const char *key, int64_t low, int64_t high, bool required,
                            int64_t absent) {
        return static_cast<int>(reader.integer(key, low, high, required, absent));
    };
    FlashTiming &flash = board.flash;
    flash.wait_states = figure("wait_states", 0, kMaxWaitStates, true, 0);
    flash.line_bytes = figure("line_bytes", 1, kMaxLineBytes, true, 8);
    flash.instruction_cache_lines = figure("instruction_cache_lines", 0, kMaxCacheLines, false, 0);
    flash.data_cache_lines = figure("data_cache_lines", 0, kMaxCacheLines, false, 0);
    flash.cache_line_bytes = figure("cache_line_bytes", 1, kMaxLineBytes, false, 32);
    flash.prefetch = reader.boolean("prefetch", false);
    flash.source = read_source(reader, "flash", board);
    reader.finish();
}

void read_energy(TableReader &root, Board &board, Diagnostics &diagnostics) {
    const toml::table *table = root.table("energy", false);
    if (table == nullptr) return;
    TableReader energy(*table, "energy", diagnostics);
    board.microamps_per_mhz = energy.number("microamps_per_mhz", 0, kMaxMicroampsPerMhz);
    board.supply_volts = energy.number("supply_volts", 0, kMaxVolts);
    board.energy_source = read_source(energy, "energy", board);
    energy.finish();
}

void read_console(TableReader &root, Board &board, Diagnostics &diagnostics) {
    const toml::table *table = root.table("console", false);
    if (table == nullptr) return;
    TableReader console(*table, "console", diagnostics);
    board.console_uart = console.text("uart", true);
    board.console_baud =
        static_cast<uint32_t>(console.integer("baud", 300, 12'000'000, false, 115200));
    board.console_transmit = console.text("transmit");
    board.console_receive = console.text("receive");
    board.console_function = static_cast<int>(console.integer("function", 0, 15, false, 0));
    board.console_source = read_source(console, "console", board);
    console.finish();
}

void read_flasher(TableReader &root, Board &board, Diagnostics &diagnostics) {
    const toml::table *table = root.table("flasher", false);
    if (table == nullptr) return;
    TableReader flasher(*table, "flasher", diagnostics);
    board.openocd_config = flasher.text("openocd_config");
    board.st_flash = flasher.boolean("st_flash", false);
    flasher.finish();
}

void read_board(const toml::table &table, Board &board, Diagnostics &diagnostics) {
    static constexpr std::array kPrices = {"$", "$$", "$$$", "$$$$"};
    static constexpr std::array kEmulators = {"", "unicorn"};
    constexpr int64_t kMaxStack = 1 << 20;
    TableReader root(table, "", diagnostics);
    board.name = root.text("name", true);
    board.mcu = root.text("mcu", true);
    board.vendor = root.text("vendor", true);
    board.family = root.text("family");
    board.price_class = root.choice("price_class", kPrices);
    if (root.has("emulator")) board.emulator = root.choice("emulator", kEmulators);
    board.stack_bytes =
        static_cast<uint32_t>(root.integer("stack_bytes", 256, kMaxStack, false, 2048));
    // The arena follows the stack in memory and is aligned to 16 bytes.
    if (board.stack_bytes % 16 != 0) {
        root.error(*table.get("stack_bytes"),
                   fmt::format("stack_bytes is {}, expected a multiple of 16", board.stack_bytes));
    }
    read_core(root, board, diagnostics);
    read_clock(root, board, diagnostics);
    read_memory(root, board, diagnostics);
    read_flash(root, board, diagnostics);
    read_energy(root, board, diagnostics);
    read_console(root, board, diagnostics);
    read_flasher(root, board, diagnostics);
    root.finish();
}

}  // namespace

Expected<Board> load_board_file(const std::filesystem::path &path) {
    EMBARK_ASSIGN(const std::string text, read_text_file(path));
    Diagnostics diagnostics(path.string());
    Board board;
    board.folder = std::filesystem::absolute(path).lexically_normal().parent_path();
    board.id = board.folder.filename().string();
    try {
        const toml::table table = toml::parse(text, path.string());
        read_board(table, board, diagnostics);
    } catch (const toml::parse_error &fault) {
        std::string message(fault.description());
        if (!message.empty()) message[0] = static_cast<char>(std::tolower(message[0]));
        diagnostics.error(ErrorCode::kInvalid, fmt::format("line {}", fault.source().begin.line),
                          std::move(message));
    }
    if (diagnostics.has_errors()) return diagnostics.merged();
    return board;
}

}  // namespace embark
