#!/usr/bin/env python3
"""The twelve networks of bnlearn, translated by scripts/bif_to_ent.py: all marginals of each.

    bench/bayesian_networks.py build/release/entail FOLDER

The folder holds *.bif.gz and reference_marginals.json. Goals: priors and posteriors of the networks
with references to 1e-9; the others exact, or bounds, within 60 s and 4 GB. Every run is a process
of its own, parsing included. Networks with references are translated with rows as they stand (see
the converter), because so were the references; their answers are divided by their sum.
"""

import argparse
import json
import os
import pathlib
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "scripts"))
import bif_to_ent

TOLERANCE = 1e-9
SLACK = 1.1  # limits may be exceeded by a tenth


def run(command, program, arguments):
    """(exit code, parsed answer or None, seconds, MB) of one `entail run`."""
    with tempfile.TemporaryFile() as output:
        start = time.monotonic()
        pid = os.posix_spawn(command, [
            command, "run", program, "--format", "json", "--threads", "1", "--time-limit",
            str(arguments.seconds), "--memory-limit", str(arguments.memory)
        ], os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, output.fileno(), 1)])
        _, status, usage = os.wait4(pid, 0)
        seconds = time.monotonic() - start
        output.seek(0)
        code = os.waitstatus_to_exitcode(status)
        answer = json.load(output) if code in (0, 3) else None
    return code, answer, seconds, usage.ru_maxrss / 1024


def marginals(network, answer):
    """By variable: {value: (lower, upper)}. Values without an answer have probability 0."""
    queries = [v for v in network.variables]
    names = {bif_to_ent.quoted(v) + "(X)": v for v in queries}
    result, exact = {}, True
    for query in answer["results"]:
        variable = names[query["query"]]
        texts = {bif_to_ent.atom(variable, x): x for x in network.variables[variable]}
        complete = not query.get("limits")
        values = {x: (0.0, 0.0 if complete else 1.0) for x in network.variables[variable]}
        for a in query["answers"]:
            values[texts[a["atom"]]] = (a["lower"], a["upper"])
        exact = exact and all(a["kind"] == "exact" for a in query["answers"])
        result[variable] = values
    return result, exact and not answer["limits"]


def error_against(reference, states, found):
    """The greatest difference after division by the sum."""
    worst = 0.0
    for variable, expected in reference.items():
        values = [found[variable][s][0] for s in states[variable]]
        total = sum(values)
        worst = max([worst] + [abs(v / total - e) for v, e in zip(values, expected)])
    return worst


def error_of_sums(found):
    """How far the values of a variable are from summing to 1, or bounds from allowing it."""
    worst = 0.0
    for values in found.values():
        low, high = (sum(v[i] for v in values.values()) for i in (0, 1))
        worst = max(worst, low - 1, 1 - high)
    return worst


def bench(file, references, arguments, folder):
    network = bif_to_ent.load(file)
    name = file.name.split(".")[0]
    reference = references.get(name)
    met = True
    for kind in ["prior", "posterior"] if reference else ["prior"]:
        program = pathlib.Path(folder) / f"{name}.ent"
        program.write_text(
            bif_to_ent.program(network, reference["evidence"] if kind == "posterior" else {},
                               rows_mode="scale" if reference else "normalise"))
        code, answer, seconds, memory = run(arguments.entail, str(program), arguments)
        result, check = f"failed with {code}", "-"
        within = seconds <= SLACK * arguments.seconds and memory <= SLACK * arguments.memory
        ok = answer is not None and within
        if answer is not None:
            found, exact = marginals(network, answer)
            result = "exact" if exact else "bounds"
            if reference and exact:
                error = error_against(reference[kind], reference["states"], found)
                check = f"error {error:.0e}"
                ok = ok and error <= TOLERANCE
            elif reference:
                ok = False
            else:
                error = error_of_sums(found)
                check = f"sums to 1 within {max(error, 0):.0e}"
                ok = ok and error <= TOLERANCE
            if not exact:
                widths = [u - l for values in found.values() for l, u in values.values()]
                done = sum(w <= TOLERANCE for w in widths)
                check += f"; {done} of {len(widths)} exact, widest {max(widths, default=1):.2g}"
        met = met and ok
        print(f"{name:10} {kind:9} {len(network.variables):5} {network.parameters():10} "
              f"{seconds:8.2f} {memory:7.0f}  {result:8} {'met' if ok else 'MISSED':6}  {check}",
              flush=True)
    return met


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("entail", help="the command")
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--only", action="append", help="a network's name; may be repeated")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--memory", type=int, default=4096, help="MiB")
    arguments = parser.parse_args()
    references = json.loads((arguments.folder / "reference_marginals.json").read_text())
    files = sorted(arguments.folder.glob("*.bif.gz"), key=lambda f: f.stat().st_size)
    print(f"{'network':10} {'':9} {'nodes':>5} {'parameters':>10} {'s':>8} {'MB':>7}  result   goal")
    met = True
    with tempfile.TemporaryDirectory() as folder:
        for file in files:
            if not arguments.only or file.name.split(".")[0] in arguments.only:
                met = bench(file, references, arguments, folder) and met
    sys.exit(0 if met else 1)


if __name__ == "__main__":
    main()
