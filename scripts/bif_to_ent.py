#!/usr/bin/env python3
"""Translates a Bayesian network in BIF (or BIF.gz) into an Entail program.

    scripts/bif_to_ent.py asia.bif.gz > asia.ent
    scripts/bif_to_ent.py asia.bif --evidence xray=no --evidence dysp=no --query lung

Variable V with the value v is the atom V(v). Each row of a table is an annotated disjunction whose
body names the values of the parents; a row that is certain is a rule. Every variable without
evidence gets a query unless --query names some.

Decimals of many tables miss 1 by their rounding. `--rows normalise` divides such a row by its sum;
`--rows scale` divides all rows of a table by the greatest sum, which keeps their ratios: the
probabilities of V(v), divided by their sum over v, are then those of the numbers as they stand.
"""

import argparse
import gzip
import json
import re
import sys
from fractions import Fraction

TOKEN = re.compile(r'\s+|//[^\n]*|/\*.*?\*/|"([^"\n]*)"|([{}()\[\],;|])|([^\s{}()\[\],;|"]+)', re.S)
INTEGER = re.compile(r"0|-?[1-9][0-9]{0,17}")
PLAIN_NAME = re.compile(r"[a-z][A-Za-z0-9_]*")
STATEMENT_WORDS = set(
    "always choose evidence facts fun import in input invariant is mod module never not pred query"
    " t type".split())


class BifError(Exception):
    """A file that cannot be translated: its place, the cause."""


class Network:
    """variables: {name: [value]}; tables: {name: ([parent], {parents' values: [weight text]})}."""

    def __init__(self, name, variables, tables):
        self.name, self.variables, self.tables = name, variables, tables

    def parameters(self):
        """The free ones: each row has one less than it has values."""
        return sum((len(self.variables[v]) - 1) * len(rows) for v, (_, rows) in self.tables.items())


class Reader:
    def __init__(self, text, file):
        self.file, self.tokens, self.at = file, [], 0
        position = 0
        while position < len(text):
            match = TOKEN.match(text, position)
            line = text.count("\n", 0, position) + 1
            if not match:
                raise BifError(f"{file}:{line}: a quote that is not closed")
            token = next((group for group in match.groups() if group is not None), None)
            if token is not None:
                self.tokens.append((token, line))
            position = match.end()

    def fail(self, cause):
        line = self.tokens[min(self.at, len(self.tokens) - 1)][1] if self.tokens else 1
        raise BifError(f"{self.file}:{line}: {cause}")

    def peek(self):
        return self.tokens[self.at][0] if self.at < len(self.tokens) else None

    def next(self):
        if self.at == len(self.tokens):
            self.fail("the file ends in the middle of something")
        self.at += 1
        return self.tokens[self.at - 1][0]

    def expect(self, *wanted):
        for word in wanted:
            if self.peek() != word:
                self.fail(f"expected '{word}', found '{self.peek()}'")
            self.next()

    def list(self, end):
        """Words between commas (or only blanks), up to `end`."""
        words = []
        while (word := self.next()) != end:
            if word != ",":
                words.append(word)
        return words

    def skip_property(self):
        while self.next() != ";":
            pass


def read_network(text, file):
    reader, name = Reader(text, file), "unknown"
    variables, tables = {}, {}
    while reader.peek() is not None:
        block = reader.next()
        if block == "network":
            name = reader.next()
            reader.expect("{")
            while reader.next() != "}":
                pass
        elif block == "variable":
            variable = reader.next()
            reader.expect("{")
            while reader.peek() != "}":
                if reader.next() != "type":
                    reader.skip_property()
                    continue
                reader.expect("discrete", "[")
                count = reader.next()
                reader.expect("]", "{")
                variables[variable] = reader.list("}")
                if str(len(variables[variable])) != count:
                    reader.fail(f"{variable} has {count} values and names {len(variables[variable])}")
                reader.expect(";")
            reader.expect("}")
        elif block == "probability":
            reader.expect("(")
            variable, parents = reader.next(), []
            if (sign := reader.next()) == "|":
                parents = reader.list(")")
            elif sign != ")":
                reader.fail("expected '|' or ')': one variable a table")
            for word in [variable] + parents:
                if word not in variables:
                    reader.fail(f"no variable is called '{word}'")
            tables[variable] = (parents, read_rows(reader, variable, parents, variables))
        else:
            reader.fail(f"expected network, variable or probability, found '{block}'")
    for variable in variables:
        if variable not in tables:
            reader.fail(f"'{variable}' has no table")
    return Network(name, variables, tables)


def read_rows(reader, variable, parents, variables):
    rows, default = {}, None
    reader.expect("{")
    while reader.peek() != "}":
        kind = reader.next()
        if kind == "(":
            key = tuple(reader.list(")"))
            if len(key) != len(parents) or any(
                    value not in variables[p] for value, p in zip(key, parents)):
                reader.fail(f"({', '.join(key)}) are no values of the parents of {variable}")
        elif kind == "table" and not parents:
            key = ()
        elif kind == "default":
            key = None
        elif kind == "property":
            reader.skip_property()
            continue
        else:
            reader.fail(f"'{kind}' is not understood here; write a row for each of the parents' values")
        weights = reader.list(";")
        try:
            wrong = len(weights) != len(variables[variable]) or any(Fraction(w) < 0 for w in weights)
        except ValueError:
            wrong = True
        if wrong:
            reader.fail(f"{variable} needs {len(variables[variable])} numbers from 0 on")
        if key is None:
            default = weights
        else:
            rows[key] = weights
    reader.expect("}")
    keys = [()]
    for parent in parents:
        keys = [key + (value,) for key in keys for value in variables[parent]]
    for key in keys:
        if key not in rows and default is None:
            reader.fail(f"{variable} has no row for ({', '.join(key)})")
    return {key: rows.get(key, default) for key in keys}


def load(file):
    opener = gzip.open if str(file).endswith(".gz") else open
    with opener(file, "rt", encoding="utf-8") as stream:
        return read_network(stream.read(), file)


def quoted(word):
    if PLAIN_NAME.fullmatch(word) and word not in STATEMENT_WORDS:
        return word
    return "'" + word.replace("\\", "\\\\").replace("'", "\\'") + "'"


def atom(variable, value):
    return f"{quoted(variable)}({value if INTEGER.fullmatch(value) else quoted(value)})"


def decimal(number):
    """A weight as the language writes it: digits on both sides of the point."""
    if "e" in number.lower() and "." not in number:
        number = re.sub("[eE]", ".0e", number)
    if number.startswith("."):
        number = "0" + number
    return number.rstrip(".") if number.endswith(".") else number


def exact_decimal(fraction):
    """A sum of decimals, exactly."""
    digits = 0
    while (fraction * 10**digits).denominator != 1:
        digits += 1
    number = str((fraction * 10**digits).numerator).rjust(digits + 1, "0")
    return number[:-digits] + "." + number[-digits:] if digits else number


def clauses(network, variable, rows_mode):
    parents, rows = network.tables[variable]
    sums = {key: sum(map(Fraction, weights)) for key, weights in rows.items()}
    greatest = max(sums.values())
    for key, weights in rows.items():
        scale = sums[key] if rows_mode == "normalise" else greatest
        if sums[key] == 0:
            continue
        body = ", ".join(atom(p, value) for p, value in zip(parents, key))
        heads = []
        for value, weight in zip(network.variables[variable], weights):
            if Fraction(weight) == 0:
                continue
            share = decimal(weight) if scale == 1 else f"{decimal(weight)}/{exact_decimal(scale)}"
            certain = Fraction(weight) == scale
            heads.append(("" if certain else share + "::") + atom(variable, value))
        yield " ; ".join(heads) + (" :- " + body if body else "") + "."


def program(network, evidence=None, queries=None, rows_mode="normalise"):
    """The text. `evidence`: {variable: value}; `queries`: variables, all without evidence if None."""
    evidence = evidence or {}
    for variable, value in evidence.items():
        if value not in network.variables.get(variable, ()):
            raise BifError(f"evidence: {variable} has no value '{value}'")
    for variable in queries or ():
        if variable not in network.variables:
            raise BifError(f"query: no variable is called '{variable}'")
    lines = []
    for variable in network.tables:
        lines += clauses(network, variable, rows_mode)
    lines += [f"evidence {atom(*item)}." for item in evidence.items()]
    if queries is None:
        queries = [v for v in network.variables if v not in evidence]
    lines += [f"query {quoted(variable)}(X)." for variable in queries]
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("network", help="a .bif or .bif.gz file")
    parser.add_argument("--evidence", action="append", default=[], metavar="VARIABLE=VALUE")
    parser.add_argument("--evidence-file", metavar="JSON", help="an object {variable: value}")
    parser.add_argument("--query", action="append", metavar="VARIABLE")
    parser.add_argument("--rows", choices=["normalise", "scale"], default="normalise")
    arguments = parser.parse_args()
    try:
        evidence = {}
        if arguments.evidence_file:
            with open(arguments.evidence_file, encoding="utf-8") as stream:
                evidence.update(json.load(stream))
        for item in arguments.evidence:
            variable, sign, value = item.partition("=")
            if not sign:
                raise BifError(f"--evidence {item}: write VARIABLE=VALUE")
            evidence[variable] = value
        sys.stdout.write(program(load(arguments.network), evidence, arguments.query, arguments.rows))
    except (BifError, OSError, ValueError) as error:
        sys.exit(f"bif_to_ent.py: {error}")


if __name__ == "__main__":
    main()
