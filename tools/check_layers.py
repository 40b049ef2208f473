#!/usr/bin/env python3
"""Checks that a room of src/ includes only rooms to its left, and that the build says the same.

    tools/check_layers.py [SOURCE_TREE]

A test (*_test.cc) may also include the rooms that src/CMakeLists.txt gives it as TEST_DEPS.
"""
import pathlib
import re
import sys

# The way through the house, from left to right. Rooms of one row do not know each other.
ROOMS = [
    ["base"],
    ["ir"],
    ["ops"],
    ["import", "export", "passes", "quantize"],
    ["boards"],
    ["plan"],
    ["codegen"],
    ["project"],
    ["target"],
    ["evaluate"],
    ["workflow"],
    ["report"],
    ["cli"],
]
# Rooms beside the way: what they may include; only the last room of the way includes them.
BESIDE = {"train": ["base", "ir", "ops", "import", "export", "passes", "quantize",
                    "evaluate"],
          "search": ["base", "ir", "ops", "import", "export", "passes", "quantize", "boards",
                     "plan", "evaluate", "workflow", "train"]}
# Include roots that every room may use: the public API and the C that reaches a chip.
SHARED = ("embark", "emk")
# Include roots that a fuzzer (*_fuzz.cc) may use too: what fuzzers share lies in tests/fuzz.
FUZZERS = ("fuzz",)

INCLUDE = re.compile(r'\s*#\s*include\s+"([^"]+)"')
ROOM_CALL = re.compile(r"embark_room\((\w+)([^)]*)\)")


def allowed_rooms():
    """Room -> the rooms that it may include, itself among them."""
    allowed, left = {}, []
    for row in ROOMS:
        for room in row:
            allowed[room] = {room, *left}
        left += row
    for room, rooms in BESIDE.items():
        allowed[room] = {room, *rooms}
        allowed[ROOMS[-1][0]].add(room)
    return allowed


def declared_dependencies(cmake_lists):
    """Room -> {"DEPS": [...], "TEST_DEPS": [...]} as src/CMakeLists.txt declares them."""
    declared = {}
    for room, arguments in ROOM_CALL.findall(cmake_lists.read_text()):
        lists, current = {"DEPS": [], "TEST_DEPS": []}, None
        for word in arguments.split():
            if word.isupper() and word.replace("_", "").isalpha():
                current = lists.get(word)
            elif current is not None:
                current.append(word)
        declared[room] = lists
    return declared


def check_file(path, source, allowed, test_rooms):
    """Faults of one file's quoted includes."""
    room = path.relative_to(source).parts[0]
    may = allowed[room] | (set(test_rooms) if path.stem.endswith("_test") else set())
    for number, line in enumerate(path.read_text().splitlines(), 1):
        match = INCLUDE.match(line)
        if not match:
            continue
        target = pathlib.PurePosixPath(match.group(1))
        place = f"{path.relative_to(source.parent)}:{number}"
        if target.parts[0] in SHARED + (FUZZERS if path.stem.endswith("_fuzz") else ()):
            continue
        if target.parts[0] not in allowed:
            yield f"{place}: \"{target}\" is not of the form \"room/file.h\""
        elif target.parts[0] not in may:
            yield f"{place}: {room} includes \"{target}\"; it may include only: {' '.join(sorted(may))}"
        elif target.suffix in (".h", ".def") and not (source / target).is_file():
            yield f"{place}: \"{target}\" does not exist"


def main():
    tree = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parents[1])
    source = tree.resolve() / "src"
    allowed = allowed_rooms()
    declared = declared_dependencies(source / "CMakeLists.txt")
    faults, files = [], 0
    for room in sorted(path.name for path in source.iterdir() if path.is_dir()):
        if room not in allowed:
            faults.append(f"src/{room}: is not a room of tools/check_layers.py")
    for room, lists in declared.items():
        for other in lists["DEPS"]:
            if other not in allowed.get(room, ()):
                faults.append(f"src/CMakeLists.txt: {room} depends on {other}, which is not to its left")
    for path in sorted([*source.rglob("*.h"), *source.rglob("*.cc"), *source.rglob("*.def")]):
        if path.relative_to(source).parts[0] not in allowed:
            continue
        files += 1
        room = path.relative_to(source).parts[0]
        faults += check_file(path, source, allowed, declared.get(room, {}).get("TEST_DEPS", ()))
    for fault in faults:
        print(fault)
    print(f"{files} files, {len(faults)} faults")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
