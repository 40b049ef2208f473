#!/usr/bin/env python3
"""Networks on a virtual board: cycles, RAM and flash by objective, against the portable kernels.

    bench/networks.py                       all networks of bench/networks.toml, as a table
    bench/networks.py ic kws                these
    bench/networks.py --write               also into docs/performance.md

Every figure of embark's is counted on the virtual board (cycles: its timing model) in one run with
the baseline, `embark bench --portable`: the same network with kernels in plain C. Needs the program
(build/dev, or --embark) and arm-none-eabi-gcc.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile
import tomllib

ROOT = pathlib.Path(__file__).resolve().parent.parent
OBJECTIVES = ["time", "balanced", "ram", "flash"]
BEGIN = "<!-- from here on written by bench/networks.py --write -->"


def bench(embark, network, board, arguments):
    """The document of `embark bench`."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "bench.json")
        command = [embark, "bench", network["file"], "--board", board, "--json", str(path)]
        done = subprocess.run(command + network.get("options", []) + arguments, cwd=ROOT,
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        if done.returncode != 0:
            sys.exit(f"{network['name']}: {done.stderr.strip()}")
        return json.loads(path.read_text())


def code_bytes(document):
    """Text and read-only data without weights, of the whole firmware."""
    sections = {s["name"]: s["bytes"] for s in document["firmware"]["sections"]}
    return sections.get("text", 0) + sections.get("rodata", 0)


def data_bytes(document):
    sections = {s["name"]: s["bytes"] for s in document["firmware"]["sections"]}
    return sections.get("data", 0)


def row(cells):
    return "| " + " | ".join(cells) + " |"


def measure(embark, network, board):
    baseline = bench(embark, network, board, ["--portable", "--objective", "time"])
    rows = []
    for objective in OBJECTIVES:
        document = bench(embark, network, board, ["--objective", objective])
        published = network.get("published_ms")
        versus = f"{published / document['latency_ms']:.2f}" if published else ""
        rows.append([
            network["name"], objective, f"{document['cycles'] / 1e6:.2f} M",
            f"{document['latency_ms']:.1f}", f"{baseline['cycles'] / document['cycles']:.1f}",
            versus, f"{document['arena_bytes']:,}", f"{data_bytes(document):,}",
            f"{code_bytes(document):,}", f"{document['flash_bytes']:,}",
            f"{document['stack_bytes']:,}",
        ])
        print(row(rows[-1]), flush=True)
    return rows


def published_table(networks):
    lines = [row(["network", "what it is", "published ms", "by", "published activations, B"]),
             row(["---"] * 5)]
    for network in networks:
        if "published_ms" not in network:
            continue
        lines.append(row([network["name"], network["what"], str(network["published_ms"]),
                          network["published_by"], f"{network['published_arena_bytes']:,}"]))
    return lines


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("networks", nargs="*", help="names in bench/networks.toml")
    parser.add_argument("--embark", default=str(ROOT / "build/dev/src/cli/embark"))
    parser.add_argument("--board", default="stm32l4r9i-disco")
    parser.add_argument("--write", action="store_true", help="write docs/performance.md")
    options = parser.parse_args()
    cases = tomllib.loads((ROOT / "bench/networks.toml").read_text())["network"]
    unknown = set(options.networks) - {case["name"] for case in cases}
    if unknown:
        parser.error(f"no network {', '.join(sorted(unknown))} in bench/networks.toml")
    if options.networks:
        cases = [case for case in cases if case["name"] in options.networks]
    header = ["network", "objective", "cycles", "ms", "x portable", "x published", "arena, B",
              "data, B", "code, B", "flash, B", "stack, B"]
    lines = [row(header), row(["---"] * len(header))]
    print("\n".join(lines))
    for case in cases:
        lines += [row(cells) for cells in measure(options.embark, case, options.board)]
    if options.write:
        page = ROOT / "docs/performance.md"
        text = page.read_text()
        head = text[: text.index(BEGIN) + len(BEGIN)]
        body = [f"Board: `{options.board}`.", "", *lines, "", *published_table(cases)]
        page.write_text(head + "\n\n" + "\n".join(body) + "\n")


if __name__ == "__main__":
    main()
