#!/usr/bin/env python3
"""Runs ONNX's backend tests (Debian's libonnx-testdata) through embark.

    tests/conformance/onnx/run.py --runner build/…/onnx_conformance [--generated] [--quick]
                                  [--write docs/conformance.md] [FILTER…]

Imports every model and computes its outputs with the reference arithmetic, or with --generated as
generated C that the host's compiler builds. Prints how many passed, failed and are unsupported, by
operator; --write puts the same into a Markdown file together with every test that does not pass.
FILTERs are parts of the tests' names. Exit status 1: fewer passed than must, or one crashed.
"""
import argparse
import collections
import concurrent.futures
import os
import pathlib
import subprocess
import sys

DATA = pathlib.Path("/usr/share/libonnx-testdata/data")
# Suite -> how many of its tests must pass, when the whole suite is run.
SUITES = {"node": 700, "pytorch-converted": 0, "pytorch-operator": 0, "simple": 0}
OTHERS_MUST_PASS = 115  # of all suites but "node" together
CHUNK = 24  # folders for one call of the runner
# What --quick runs: a test or two for each family of operators, the reference arithmetic alone.
QUICK = """
    node/test_add_bcast node/test_and_bcast4v2d node/test_argmax_default_axis_example
    node/test_averagepool_2d_ceil node/test_averagepool_2d_pads_count_include_pad
    node/test_basic_conv_with_padding node/test_batchnorm_epsilon node/test_cast_FLOAT_to_DOUBLE
    node/test_clip_splitbounds node/test_concat_3d_axis_1 node/test_conv_with_autopad_same
    node/test_convtranspose_pads node/test_cumsum_2d_axis_1 node/test_depthtospace_crd_mode_example
    node/test_dynamicquantizelinear node/test_einsum_batch_matmul node/test_expand_dim_changed
    node/test_flatten_axis2 node/test_gather_2d_indices node/test_gemm_all_attributes
    node/test_gru_defaults node/test_instancenorm_epsilon node/test_layer_normalization_3d_axis1_epsilon
    node/test_logsoftmax_axis_1 node/test_lrn node/test_lstm_with_peepholes node/test_matmul_4d
    node/test_matmulinteger node/test_maxpool_2d_same_lower node/test_mod_mixed_sign_int32
    node/test_onehot_with_axis node/test_pow_types_float32_int32 node/test_prelu_broadcast
    node/test_qlinearconv node/test_quantizelinear_axis node/test_reduce_l2_do_not_keepdims_example
    node/test_reshape_zero_and_negative_dim node/test_resize_upsample_scales_linear
    node/test_scatternd_add node/test_sce_NCd1_mean_weight_negative_ii node/test_slice_neg_steps
    node/test_split_variable_parts_2d node/test_tile node/test_top_k
    node/test_transpose_all_permutations_4 node/test_tril_pos node/test_where_example
    pytorch-converted/test_Conv1d_dilated pytorch-converted/test_Conv2d_depthwise_with_multiplier
    pytorch-converted/test_PixelShuffle pytorch-converted/test_GLU_dim
    pytorch-operator/test_operator_addmm pytorch-operator/test_operator_view
    simple/test_expand_shape_model3
""".split()

Outcome = collections.namedtuple("Outcome", "result test operators reason")


def folders(arguments):
    tests = [f"{suite}/{path.name}" for suite in SUITES
             for path in sorted((DATA / suite).iterdir()) if (path / "model.onnx").exists()]
    if arguments.quick:
        tests = [test for test in tests if test in QUICK]
    if arguments.filters:
        tests = [test for test in tests if any(part in test for part in arguments.filters)]
    return tests


def run_chunk(arguments, tests):
    command = [arguments.runner] + (["--generated"] if arguments.generated else [])
    done = subprocess.run(command + [str(DATA / test) for test in tests], text=True,
                          stdout=subprocess.PIPE, check=False)
    outcomes = []
    for line in done.stdout.splitlines():
        result, folder, operators, reason = line.split("\t")
        test = str(pathlib.Path(folder).relative_to(DATA))
        outcomes.append(Outcome(result, test, operators, reason))
    return outcomes


def run_all(arguments, tests):
    chunks = [tests[i:i + CHUNK] for i in range(0, len(tests), CHUNK)]
    outcomes = []
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        for done in pool.map(lambda chunk: run_chunk(arguments, chunk), chunks):
            outcomes += done
            if sys.stderr.isatty():
                print(f"\r{len(outcomes)}/{len(tests)}", end="", file=sys.stderr)
    if sys.stderr.isatty():
        print("\r", end="", file=sys.stderr)
    return outcomes


def by_suite(outcomes):
    """Suite -> Counter of results."""
    table = {suite: collections.Counter() for suite in SUITES}
    for outcome in outcomes:
        table[outcome.test.split("/")[0]][outcome.result] += 1
    return {suite: counts for suite, counts in table.items() if counts}


def by_operator(outcomes):
    """Operator -> Counter, of tests that do not pass and have one operator."""
    table = collections.defaultdict(collections.Counter)
    for outcome in outcomes:
        if outcome.result != "passed":
            table[outcome.operators][outcome.result] += 1
    return dict(sorted(table.items()))


RESULTS = ["passed", "failed", "unsupported", "crashed"]


def summary(outcomes):
    lines = []
    for suite, counts in by_suite(outcomes).items():
        numbers = ", ".join(f"{counts[result]} {result}" for result in RESULTS if counts[result])
        lines.append(f"{suite}: {sum(counts.values())} tests, {numbers}")
    return lines


def faults(outcomes):
    """Reasons for which the run as a whole fails."""
    table = by_suite(outcomes)
    found = [f"{outcome.test} crashed" for outcome in outcomes if outcome.result == "crashed"]
    if table.get("node") and table["node"]["passed"] < SUITES["node"]:
        found.append(f"node: {table['node']['passed']} passed, expected {SUITES['node']}")
    others = sum(counts["passed"] for suite, counts in table.items() if suite != "node")
    if others < OTHERS_MUST_PASS:
        found.append(f"other suites: {others} passed, expected {OTHERS_MUST_PASS}")
    return found


def markdown(outcomes, generated):
    how = "generated C, compiled by the host's gcc" if generated else "the reference arithmetic"
    lines = [
        "# Conformance",
        "ONNX's own backend tests, as Debian 12 packages them (`libonnx-testdata` 1.12.0), run "
        f"through import and {how}. Outputs are compared as ONNX's runner does: floating point "
        "within 1e-3 relative plus 1e-7 absolute, integers exactly. Written by "
        "`tests/conformance/onnx/run.py --write`; `docs/testing.md` has the command.",
        "",
        "Inputs that decide shapes or attributes (the shape of Reshape, the axes of Squeeze …) are "
        "bound as constants from the test's data, since a network on a microcontroller has fixed "
        "shapes.",
        "",
        "| suite | tests | passed | failed | unsupported | crashed |",
        "|---|---|---|---|---|---|",
    ]
    for suite, counts in by_suite(outcomes).items():
        numbers = " | ".join(str(counts[result]) for result in RESULTS)
        lines.append(f"| {suite} | {sum(counts.values())} | {numbers} |")
    lines += ["", "## Tests that do not pass, by operators", "",
              "| operators | failed | unsupported |", "|---|---|---|"]
    for operators, counts in by_operator(outcomes).items():
        name = operators if len(operators) < 60 else operators[:57] + "…"
        lines.append(f"| {name} | {counts['failed'] + counts['crashed']} | "
                     f"{counts['unsupported']} |")
    lines += ["", "## Every test that does not pass", "", "| test | result | reason |",
              "|---|---|---|"]
    for outcome in outcomes:
        if outcome.result == "passed":
            continue
        reason = outcome.reason.replace("|", "\\|")
        reason = reason if len(reason) < 300 else reason[:297] + "…"
        lines.append(f"| {outcome.test} | {outcome.result} | {reason} |")
    return "\n".join(lines) + "\n"


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--runner", required=True, help="the program onnx_conformance")
    parser.add_argument("--generated", action="store_true", help="compile and run generated C")
    parser.add_argument("--quick", action="store_true", help="a few dozen tests; all must pass")
    parser.add_argument("--write", metavar="FILE", help="write the Markdown report")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--verbose", action="store_true", help="a line for each that does not pass")
    parser.add_argument("filters", nargs="*", metavar="FILTER")
    return parser.parse_args()


def main():
    arguments = parse_arguments()
    if not DATA.is_dir():
        print(f"{DATA} does not exist (Debian package libonnx-testdata)")
        return 77
    tests = folders(arguments)
    outcomes = run_all(arguments, tests)
    partial = arguments.quick or bool(arguments.filters)
    bad = [outcome for outcome in outcomes if outcome.result != "passed"]
    if arguments.verbose or partial:
        for outcome in bad:
            print(f"{outcome.result}: {outcome.test} ({outcome.operators}): {outcome.reason}")
    print("\n".join(summary(outcomes)))
    if not partial:
        for operators, counts in by_operator(outcomes).items():
            print(f"  {operators}: {dict(counts)}")
    if arguments.write:
        pathlib.Path(arguments.write).write_text(markdown(outcomes, arguments.generated))
    if len(outcomes) != len(tests):
        print(f"{len(tests)} tests, but {len(outcomes)} outcomes")
        return 1
    if partial:
        return 1 if bad else 0
    problems = faults(outcomes)
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
