#include "target/virtual/test_firmware.h"

#include <fmt/format.h>

#include <cstdlib>
#include <fstream>

#include "base/files.h"

namespace embark {

std::filesystem::path firmware_folder() {
    return std::filesystem::path(EMBARK_SOURCE_DIR) / "src/target/virtual/test_firmware";
}

Board test_board() {
    Board board;
    board.id = "test-l4r9";
    board.family = "stm32l4";
    board.core = "cortex-m4";
    board.fpu = "sp";
    board.dsp = true;
    board.clock_hz = 120000000;
    board.memory = {{"flash", MemoryRegion::Kind::kFlash, 0x08000000, 2048 * 1024, {}, true, {}},
                    {"sram", MemoryRegion::Kind::kRam, 0x20000000, 640 * 1024, {}, true, {}}};
    board.flash = {5, 8, 32, 8, 32, true, {}};
    board.stack_bytes = 2048;
    board.console_uart = "USART2";
    board.console_baud = 115200;
    board.console_transmit = "PA2";
    board.console_receive = "PA3";
    board.console_function = 7;
    return board;
}

bool has_cross_compiler() {
    static const bool kFound = std::system("arm-none-eabi-gcc --version > /dev/null 2>&1") == 0;
    return kFound;
}

std::filesystem::path build_firmware(const std::string &name,
                                     const std::vector<std::string> &sources,
                                     const std::string &options) {
    static Expected<TemporaryDirectory> folder = TemporaryDirectory::create();
    if (!folder.ok()) return {};
    const std::filesystem::path output = folder->path() / (name + ".elf");
    std::string command = fmt::format(
        "arm-none-eabi-gcc -mcpu=cortex-m4 -mthumb -mfloat-abi=hard "
        "-mfpu=fpv4-sp-d16 -g -O2 -ffreestanding -nostdlib -std=c99 -I {}/runtime/include "
        "-T {}/firmware.ld {} -o {}",
        EMBARK_SOURCE_DIR, firmware_folder().string(), options, output.string());
    for (const std::string &source : sources)
        command += " " + (firmware_folder() / source).string();
    return std::system((command + " -lgcc").c_str()) == 0 ? output : std::filesystem::path();
}

int line_of(const std::string &file, const std::string &text) {
    std::ifstream stream(firmware_folder() / file);
    std::string line;
    for (int number = 1; std::getline(stream, line); ++number)
        if (line.find(text) != std::string::npos) return number;
    return 0;
}

}  // namespace embark
