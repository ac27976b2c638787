#!/usr/bin/env python3
"""Decision programs learned from German credit and Adult: is a decision independent of sex or race?

    bench/fairness.py build/release/entail FOLDER

The folder holds german.csv and adult.csv.gz. For each, a decision tree is learned (Gini, bounded
depth) and written as rules over `choose`: categorical attributes over the values in the data,
numbers over the whole range in it. `entail verify` proves or refutes `invariant good under sex`
(and `under race`). Four programs a data set:

    learned   all attributes may be used
    control   the protected attribute and what names it are hidden from the learner: fair, must be
              proved
    planted   the control, but one threshold is moved for one group alone: must be refuted, with a
              witness pair
    twice     the control with a rule that looks at the group in vain: must be proved

Every verdict within 60 s; a refutation is checked here by running the tree on both witnesses.
"""

import argparse
import csv
import gzip
import pathlib
import re
import subprocess
import sys
import tempfile
import time

LIMIT = 60
DEPTH, LEAST = 7, 20


class Attribute:
    def __init__(self, name, values):
        self.name = name
        self.is_number = all(re.fullmatch(r"-?\d+", v) for v in values)
        if self.is_number:
            numbers = [int(v) for v in values]
            self.low, self.high = min(numbers), max(numbers)
        else:
            self.values = sorted(set(values))

    def atom(self, value):
        return re.sub(r"[^a-z0-9]+", "_", ("v" + value).lower())


def gini(good, all_):
    return 0 if all_ == 0 else 2 * good * (all_ - good) / all_


def learn(rows, labels, attributes, depth):
    """A leaf is a bool; a node is (attribute, test value, then, otherwise)."""
    good = sum(labels)
    if depth == 0 or len(rows) < 2 * LEAST or good in (0, len(rows)):
        return 2 * good >= len(rows)
    best = None
    for a in attributes:
        groups = {}
        for row, label in zip(rows, labels):
            value = int(row[a.name]) if a.is_number else row[a.name]
            count = groups.setdefault(value, [0, 0])
            count[0] += label
            count[1] += 1
        if a.is_number:
            g = n = 0
            for value in sorted(groups)[:-1]:
                g, n = g + groups[value][0], n + groups[value][1]
                if n < LEAST or len(rows) - n < LEAST:
                    continue
                score = gini(g, n) + gini(good - g, len(rows) - n)
                if best is None or score < best[0]:
                    best = (score, a, value)
        else:
            for value, (g, n) in groups.items():
                if n < LEAST or len(rows) - n < LEAST:
                    continue
                score = gini(g, n) + gini(good - g, len(rows) - n)
                if best is None or score < best[0]:
                    best = (score, a, value)
    if best is None or best[0] >= gini(good, len(rows)) - 1e-9:
        return 2 * good >= len(rows)
    _, a, value = best
    sides = ([], []), ([], [])
    for row, label in zip(rows, labels):
        side = sides[0 if holds(a, value, row) else 1]
        side[0].append(row)
        side[1].append(label)
    return (a, value, *(learn(r, l, attributes, depth - 1) for r, l in sides))


def holds(a, value, row):
    return int(row[a.name]) <= value if a.is_number else row[a.name] == value


def decide(tree, row):
    while not isinstance(tree, bool):
        a, value, then, otherwise = tree
        tree = then if holds(a, value, row) else otherwise
    return tree


def predicate(a):
    return "a_" + re.sub(r"[^a-z0-9]+", "_", a.name.lower())


def rules(tree, path=()):
    """A rule for each good leaf."""
    if isinstance(tree, bool):
        if tree:
            yield "good" + (" :- " + ", ".join(dict.fromkeys(path)) if path else "") + "."
        return
    a, value, then, otherwise = tree
    name = predicate(a)
    if a.is_number:
        number = f"{name}(V{name})"
        yes, no = (number, f"V{name} =< {value}"), (number, f"V{name} > {value}")
    else:
        yes, no = (f"{name}({a.atom(value)})",), (f"\\+ {name}({a.atom(value)})",)
    yield from rules(then, path + yes)
    yield from rules(otherwise, path + no)


def program(tree, attributes, invariants, more=()):
    lines = []
    for a in attributes:
        name = predicate(a)
        domain = f"{a.low}..{a.high}" if a.is_number else "{" + ", ".join(map(a.atom, a.values)) + "}"
        lines.append(f"choose {name}(V) in {domain}.")
    lines += list(rules(tree)) + list(more)
    if not any(line.startswith("good") for line in lines):
        lines.append("good :- fail.")
    lines += [f"invariant good under a_{p}." for p in invariants]
    return "\n".join(lines) + "\n"


def plant(tree, protected, group):
    """A leaf that says good, below a threshold, is lost to one group where the threshold is near."""
    if isinstance(tree, bool):
        return None
    a, value, then, otherwise = tree
    if a.is_number and then is True:
        return (protected, group, (a, value - 1, then, False), tree)
    if a.is_number and otherwise is True:
        return (protected, group, (a, value + 1, False, otherwise), tree)
    moved = plant(then, protected, group)
    if moved:
        return (a, value, moved, otherwise)
    moved = plant(otherwise, protected, group)
    return (a, value, then, moved) if moved else None


def verify(command, text):
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "decision.ent"
        file.write_text(text)
        start = time.monotonic()
        done = subprocess.run([command, "verify", str(file), "--time-limit", str(LIMIT)],
                              capture_output=True, text=True)
        seconds = time.monotonic() - start
    if done.returncode not in (0, 3):
        sys.exit(f"verify failed:\n{done.stderr}")
    return done.stdout, seconds


def witness_differs(tree, attributes, output):
    """Runs the tree on the witness pair; what is not shown must not matter."""
    by_name = {predicate(a): a for a in attributes}
    rows = []
    shared = re.search(r"both: (.*)", output)
    for side in ("one", "the other"):
        row = {a.name: str(a.low) if a.is_number else a.values[0] for a in attributes}
        taken = (shared.group(1) + ", " if shared else "") + re.search(rf"\n  {side}: (.*)", output).group(1)
        for name, value in re.findall(r"(?<![\w+] )\b(a_\w+)\((-?\w+)\)", taken):
            if f"\\+ {name}({value})" in taken:
                continue
            a = by_name[name]
            row[a.name] = value if a.is_number else next(v for v in a.values if a.atom(v) == value)
        rows.append(row)
    return decide(tree, rows[0]) != decide(tree, rows[1])


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("entail")
    parser.add_argument("folder", type=pathlib.Path)
    arguments = parser.parse_args()
    with open(arguments.folder / "german.csv", newline="") as file:
        german = list(csv.DictReader(file))
    for row in german:
        row["sex"] = "female" if row["personal_status"] in ("A92", "A95") else "male"
    with gzip.open(arguments.folder / "adult.csv.gz", "rt", newline="") as file:
        adult = list(csv.DictReader(file))
    sets = [
        ("German credit", german, [r["credit"] == "1" for r in german],
         {"credit", "personal_status"}, {"sex": ()}),
        ("Adult", adult, [r["income-per-year"].startswith(">") for r in adult],
         {"income-per-year", "fnlwgt"}, {"sex": ("relationship",), "race": ()}),
    ]
    met = True
    print(f"{'data':14} {'under':6} {'program':8} {'rules':>5} {'verdict':8} {'expected':8} {'seconds':>7}")
    for title, rows, labels, hidden, protected in sets:
        attributes = [Attribute(n, [r[n] for r in rows]) for n in rows[0] if n not in hidden]
        for name, proxies in protected.items():
            group = next(a for a in attributes if a.name == name)
            seen = [a for a in attributes if a.name != name and a.name not in proxies]
            learned = learn(rows, labels, attributes, DEPTH)
            control = learn(rows, labels, seen, DEPTH)
            planted = plant(control, group, group.values[0])
            vain = f"good :- a_{name}({group.atom(group.values[0])}), good."
            for kind, tree, expected, more in (("learned", learned, None, ()),
                                               ("control", control, "proved", ()),
                                               ("planted", planted, "refuted", ()),
                                               ("twice", control, "proved", (vain,))):
                text = program(tree, attributes, [name], more)
                output, seconds = verify(arguments.entail, text)
                verdict = output.split(":")[0]
                right = verdict in ((expected,) if expected else ("proved", "refuted"))
                right = right and seconds < LIMIT
                if verdict == "refuted":
                    right = right and witness_differs(tree, attributes, output)
                met = met and right
                count = sum(1 for _ in rules(tree))
                print(f"{title:14} {name:6} {kind:8} {count:5} {verdict:8} {expected or '-':8} "
                      f"{seconds:7.2f}  {'met' if right else 'MISSED'}")
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
