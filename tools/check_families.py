#!/usr/bin/env python3
"""Compiles start-up and port of every family of microcontrollers, as a firmware project would.

One row of FAMILIES per case: core, and what board.h says. No warning is allowed.
"""
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[1]
COMMON = ROOT / "boards/families/common"
# Family: core, clock in MHz, wait states, UART, port and pin that send, that receive, function.
FAMILIES = [
    ("stm32f1", "cortex-m3", 72, 2, "USART2", 0, 2, 0, 3, 0),
    ("stm32f4", "cortex-m4", 84, 2, "USART2", 0, 2, 0, 3, 7),
    ("stm32f4", "cortex-m4", 168, 5, "USART3", 1, 10, 1, 11, 7),
    ("stm32f7", "cortex-m7", 216, 7, "USART1", 0, 9, 1, 7, 7),
    ("stm32g0", "cortex-m0plus", 64, 2, "USART2", 0, 2, 0, 3, 1),
    ("stm32g4", "cortex-m4", 170, 4, "USART2", 0, 2, 0, 3, 7),
    ("stm32h7", "cortex-m7", 400, 2, "USART3", 3, 8, 3, 9, 7),
    ("stm32h7", "cortex-m7", 480, 4, "USART3", 3, 8, 3, 9, 7),
    ("stm32l4", "cortex-m4", 120, 5, "USART2", 0, 2, 0, 3, 7),
    ("stm32u5", "cortex-m33", 160, 4, "USART1", 0, 9, 0, 10, 7),
    ("nrf52", "cortex-m4", 64, 2, "UART0", 0, 6, 0, 8, 0),
]
WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Werror"]


def core_flags(core):
    text = (ROOT / "boards/cores" / f"{core}.cmake").read_text()
    return re.search(r'set\(EMBARK_CORE_FLAGS "([^"]*)"', text).group(1).split()


def board_header(case):
    _, _, megahertz, waits, uart, *pins, function = case
    names = ("TRANSMIT_PORT", "TRANSMIT_PIN", "RECEIVE_PORT", "RECEIVE_PIN")
    values = dict(zip(names, pins), BOARD_NAME="a board", CLOCK_HZ=megahertz * 1000000, BAUD=115200,
                  WAIT_STATES=waits, UART=uart, PIN_FUNCTION=function)
    text = (COMMON / "board.h.in").read_text()
    return re.sub("@([A-Z_]+)@", lambda found: str(values[found.group(1)]), text)


def main():
    known = {path.parent.name for path in (ROOT / "boards/families").glob("*/family.h")}
    failed = 0
    for missing in known ^ {case[0] for case in FAMILIES}:
        print(f"boards/families/{missing}/family.h and the list in {pathlib.Path(__file__).name} differ")
        failed += 1
    with tempfile.TemporaryDirectory() as scratch:
        for case in FAMILIES:
            (pathlib.Path(scratch) / "board.h").write_text(board_header(case))
            for name in ("startup.c", "port.c"):
                command = ["arm-none-eabi-gcc", "-std=c99", "-O2", "-ffreestanding", *core_flags(case[1]),
                           *WARNINGS, "-I", scratch, "-I", str(ROOT / "boards/families" / case[0]),
                           "-I", str(COMMON), "-I", str(ROOT / "runtime/include"), "-c",
                           str(COMMON / name), "-o", str(pathlib.Path(scratch) / "unit.o")]
                result = subprocess.run(command, capture_output=True, text=True, check=False)
                if result.returncode or result.stderr:
                    failed += 1
                    print(f"{case[0]} on {case[1]} at {case[2]} MHz: {name}\n{result.stderr}")
    print(f"{2 * len(FAMILIES)} compilations, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
