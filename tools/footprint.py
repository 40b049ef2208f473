#!/usr/bin/env python3
"""Measures flash and stack of every runtime and start-up function, for embark's predictions.

  tools/footprint.py           writes runtime/footprint/<core>.json
  tools/footprint.py --check   fails when a file would change (run in the tests)

Each C and assembler file below runtime/ and boards/families/<family>/ is compiled as a firmware project compiles
it. Written per function: text in bytes (its section, literals included), stack in bytes
(-fstack-usage), and the functions that it calls ("*" for a call through a pointer); per file, its
constants in bytes (rodata) and its variables (bss). Assembler files give the stack themselves.
Needs arm-none-eabi-gcc.
"""
import argparse
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import tomllib

ROOT = pathlib.Path(__file__).resolve().parents[1]
# By core, the families that run on it, each with a board whose board.toml fills board.h.
CORES = {"cortex-m4": {"stm32l4": "stm32l4r9i-disco"}}
COMMON = ROOT / "boards/families/common"
# The service of a host process is no part of a firmware.
EXCLUDED = {"port_host.c"}
DEFINITIONS = ["-DEMK_PROFILE"]


def core_flags(core):
    """The compiler flags of boards/cores/<core>.cmake."""
    cores = ROOT / "boards" / "cores"
    text = (cores / f"{core}.cmake").read_text() + (cores / "arm-none-eabi.cmake").read_text()
    value = re.search(r'set\(EMBARK_CORE_FLAGS "([^"]*)"', text).group(1)
    flags = re.search(r'set\(CMAKE_C_FLAGS_INIT\s+"([^"]*)"', text).group(1)
    release = re.search(r'set\(EMBARK_OPTIMIZATION "([^"]*)"', text).group(1)
    return flags.replace("${EMBARK_CORE_FLAGS}", value).split() + release.split()


def sections(object_file):
    """Sizes by section name, alignment included."""
    text = subprocess.run(["arm-none-eabi-objdump", "-h", "-w", str(object_file)], check=True,
                          capture_output=True, text=True).stdout
    sizes = {}
    for line in text.splitlines():
        found = re.match(r"\s*\d+\s+(\S+)\s+([0-9a-f]+)\s.*2\*\*(\d+)", line)
        if found and int(found.group(2), 16) > 0:
            align = 1 << int(found.group(3))
            size = int(found.group(2), 16)
            sizes[found.group(1)] = sizes.get(found.group(1), 0) + (size + align - 1) // align * align
    return sizes


def call_graph(info):
    """Stack and callees by function from GCC's -fcallgraph-info=su."""
    functions = {}
    for title, label in re.findall(r'node: \{ title: "([^"]*)" label: "([^"]*)"', info):
        stack = re.search(r"(\d+) bytes \((\w+)", label)
        if stack:
            if stack.group(2) != "static":
                sys.exit(f"{title}: stack use is {stack.group(2)}, expected static")
            functions[title.split(":")[-1]] = {"stack": int(stack.group(1)), "calls": set()}
    for source, target in re.findall(r'edge: \{ sourcename: "([^"]*)" targetname: "([^"]*)"', info):
        target = "*" if target == "__indirect_call" else target.split(":")[-1]
        functions[source.split(":")[-1]]["calls"].add(target)
    return functions


def assembly_functions(source):
    """What assembler files say of their functions, which call none: "emk_name … /* stack: 36 */"."""
    found = re.findall(r"(emk_\w+)[^\n/]*/\* stack: (\d+) \*/", source.read_text())
    return {name: {"stack": int(stack), "calls": set()} for name, stack in found}


def board_header(board):
    """board.h of a board, as embark's project templates give it."""
    document = tomllib.loads((ROOT / "boards" / board / "board.toml").read_text())
    console = document["console"]
    values = {"BOARD_NAME": document["name"], "CLOCK_HZ": document["clock"]["hz"],
              "WAIT_STATES": document["flash"]["wait_states"], "BAUD": console["baud"],
              "UART": console["uart"], "PIN_FUNCTION": console["function"]}
    for key, pin in (("TRANSMIT", console["transmit"]), ("RECEIVE", console["receive"])):
        values[f"{key}_PORT"] = ord(pin[1]) - ord("A")
        values[f"{key}_PIN"] = int(pin[2:])
    text = (COMMON / "board.h.in").read_text()
    return re.sub("@([A-Z_]+)@", lambda found: str(values[found.group(1)]), text)


def measure_family(family, board, flags, scratch):
    """Start-up and port of a family, by the names that predictions look for."""
    (scratch / "board.h").write_text(board_header(board))
    folders = ["-I", ROOT / "boards/families" / family, "-I", COMMON, "-I", scratch]
    return {f"boards/families/{family}/{name}": measure_file(COMMON / name, flags, scratch, folders)
            for name in ("port.c", "startup.c")}


def measure_file(source, flags, scratch, more_includes=()):
    object_file = scratch / "unit.o"
    includes = [*more_includes, "-I", ROOT / "runtime/include", "-I", ROOT / "runtime/link", "-I", ROOT / "runtime/kernels"]
    command = ["arm-none-eabi-gcc", "-std=c99", *flags, *DEFINITIONS, "-fcallgraph-info=su",
               *map(str, includes), "-c", str(source), "-o", str(object_file)]
    subprocess.run(command, check=True, cwd=scratch)
    sizes = sections(object_file)
    if source.suffix == ".S":
        functions = assembly_functions(source)
        unknown = {f".text.{name}" for name in functions} ^ {name for name in sizes if name.startswith(".text")}
        if unknown:
            sys.exit(f"{source}: sections and functions with a stack differ: {sorted(unknown)}")
    else:
        functions = call_graph((scratch / "unit.ci").read_text())
    for name, entry in functions.items():
        entry["text"] = sizes.get(f".text.{name}", 0)
        entry["calls"] = sorted(entry["calls"])
    unit = {"functions": {name: functions[name] for name in sorted(functions)}}
    for key, prefix in (("rodata", ".rodata"), ("bss", ".bss"), ("data", ".data"), ("vectors", ".isr_vector")):
        total = sum(size for name, size in sizes.items() if name.startswith(prefix))
        if total:
            unit[key] = total
    return unit


def measure(core, families):
    flags = core_flags(core)
    version = subprocess.run(["arm-none-eabi-gcc", "-dumpfullversion"], check=True, capture_output=True,
                             text=True).stdout.strip()
    folders = [ROOT / "runtime/kernels", ROOT / "runtime/link"]
    sources = sorted(source for folder in folders for source in folder.rglob("*.[cS]")
                     if source.name not in EXCLUDED)
    with tempfile.TemporaryDirectory() as scratch:
        files = {str(source.relative_to(ROOT)): measure_file(source, flags, pathlib.Path(scratch))
                 for source in sources}
        for family, board in families.items():
            files |= measure_family(family, board, flags, pathlib.Path(scratch))
    files = dict(sorted(files.items()))
    return {"compiler": f"arm-none-eabi-gcc {version}", "flags": " ".join(flags), "files": files}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    args = parser.parse_args()
    stale = False
    for core, families in CORES.items():
        path = ROOT / "runtime" / "footprint" / f"{core}.json"
        text = json.dumps(measure(core, families), indent=1) + "\n"
        if args.check:
            if not path.exists() or path.read_text() != text:
                print(f"{path.relative_to(ROOT)} is out of date: run tools/footprint.py", file=sys.stderr)
                stale = True
        else:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
