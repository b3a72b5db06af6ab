#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Which branches of a kernel tree's mm/vma.c the configurations of the space take.

The tree's code is compiled with counters, and asked for each configuration of the
standard sweep, as "vmatlas source" does. Every function of mm/vma.c and
mm/vma_exec.c is looked at, but for those that tests/branches.yaml says are about
something else. Each branch in it is either taken, or that file has a reason why
not, by function and by the text of the condition. Where a release has something
new, there is neither: the line is printed.

Exit status: 0 if each branch is accounted for, 1 if not, 2 if that cannot be told.
"""

import argparse
import fnmatch
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import typing

import yaml

HERE = pathlib.Path(__file__).resolve().parent
BUILD = HERE.parent / "src/oracle/linux/build.sh"
FILES = ("mm/vma.c", "mm/vma_exec.c")


class Unusable(Exception):
    """Nothing can be said, for this reason."""


class Branch(typing.NamedTuple):
    """One way out of a condition, and how often it was taken."""
    function: str
    line: int
    text: str
    number: int
    count: int


def run(*command, env=None, cwd=None, may_differ=False):
    """Run a program and return what it prints."""
    try:
        done = subprocess.run([str(c) for c in command], text=True, cwd=cwd,
                              env=dict(os.environ, **(env or {})),
                              stdin=subprocess.DEVNULL, capture_output=True,
                              check=False)
    except OSError as err:
        raise Unusable(f"cannot run '{command[0]}': {err.strerror}") from err
    if done.returncode > may_differ:
        said = (done.stderr.strip() or "no message").splitlines()
        raise Unusable(said[-1])
    return done.stdout


def squeezed(text):
    """White space is not what counts."""
    return re.sub(r"\s+", " ", text).strip()


def condition(lines, number):
    """A line of the source, with those that go on with it."""
    text = lines[number - 1]
    while text.count("(") > text.count(")") and number < len(lines):
        text += " " + lines[number]
        number += 1
    return squeezed(text)


def counted(args, tree, tmp):
    """Every branch of one tree, and the release."""
    witness = pathlib.Path(run("sh", BUILD, "--coverage", tree,
                               args.cache).strip())
    words = [word for dim in args.without for word in ("--without", dim)]
    said = run(args.vmatlas, "source", "--witness", witness, "--catalog",
               args.catalog, *words, may_differ=True, env={
                   "GCOV_PREFIX": str(tmp), "GCOV_PREFIX_STRIP": "99"})
    shutil.copy(witness.parent / "driver.gcno", tmp)
    report = json.loads(run("gcov", "-b", "--json-format", "--stdout",
                            "driver.gcda", cwd=tmp))
    stage = witness.parents[3]
    branches = []
    for path in FILES:
        branches += branches_of(report, stage / path, path)
    if not branches:
        raise Unusable(f"{tree}: gcov says nothing of {FILES[0]}")
    return said.split()[1], branches


def branches_of(report, source, path):
    """Those of one file. What is not in the tree has none."""
    if not source.is_file():
        return
    lines = source.read_text(errors="replace").splitlines()
    for file in report["files"]:
        if not file["file"].endswith(path):
            continue
        for line in file["lines"]:
            for number, branch in enumerate(line["branches"]):
                yield Branch(line.get("function_name", ""),
                             line["line_number"],
                             condition(lines, line["line_number"]),
                             number, branch["count"])


# ---- what is known ----------------------------------------------------------

def load_reasons(path):
    """The file, checked."""
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    for entry in data["beside"]:
        if set(entry) != {"functions", "reason"}:
            raise Unusable(f"{path}: {entry}: expected functions and reason")
    for entry in data["not_reached"]:
        if not {"condition", "reason"} <= set(entry) <= {
                "function", "condition", "ways", "reason"}:
            raise Unusable(f"{path}: {entry}: expected condition, reason, and "
                           "function or ways")
    return data


def is_beside(data, function):
    """Whether a function neither decides nor carries out."""
    return any(fnmatch.fnmatchcase(function, pattern)
               for entry in data["beside"] for pattern in entry["functions"])


def reason_for(data, missed):
    """Why the branches of one condition are not taken: the entry, or None. It
    says how many: there may be one more that nobody has thought of."""
    for entry in data["not_reached"]:
        if not fnmatch.fnmatchcase(missed[0].function,
                                   entry.get("function", "*")):
            continue
        if not re.search(entry["condition"], missed[0].text):
            continue
        if len(missed) <= entry.get("ways", len(missed)):
            return entry
    return None


def by_condition(branches):
    """Those that were not taken, of one line each."""
    lines = {}
    for branch in branches:
        if not branch.count:
            lines.setdefault((branch.function, branch.line), []).append(branch)
    return lines.values()


def check_tree(args, data, tree):
    """Returns whether each branch is accounted for."""
    with tempfile.TemporaryDirectory(prefix="branches.") as tmp:
        kernel, branches = counted(args, tree, pathlib.Path(tmp))
    branches = [one for one in branches if not is_beside(data, one.function)]
    reasons, unknown = {}, []
    for missed in by_condition(branches):
        entry = reason_for(data, missed)
        if entry:
            reasons[entry["reason"]] = reasons.get(entry["reason"], 0) + \
                len(missed)
        else:
            unknown.append(missed)
    taken = sum(one.count > 0 for one in branches)
    print(f"Linux {kernel}: {len(branches)} branches, {taken} reached, "
          f"{sum(reasons.values())} not, for a reason, "
          f"{sum(map(len, unknown))} without one.")
    for reason, number in sorted(reasons.items(), key=lambda one: -one[1]):
        print(f"  {number:3}  {reason}")
    for missed in unknown:
        print(f"  {missed[0].function}(), line {missed[0].line}, "
              f"{len(missed)} not taken:\n    {missed[0].text}")
    return not unknown


def main():
    """Every tree that was named."""
    path = pathlib.Path
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--vmatlas", type=path, required=True)
    parser.add_argument("--catalog", type=path, required=True)
    parser.add_argument("--cache", type=path, required=True, metavar="DIR",
                        help="where what is unpacked and compiled is kept")
    parser.add_argument("--reasons", type=path, metavar="FILE",
                        default=HERE / "branches.yaml")
    parser.add_argument("--without", action="append", default=[],
                        metavar="DIM[=WORD]",
                        help="a part of the space to leave out, repeatable")
    parser.add_argument("trees", nargs="+", metavar="TREE")
    args = parser.parse_args()
    args.vmatlas = args.vmatlas.resolve()
    try:
        data = load_reasons(args.reasons)
        results = [check_tree(args, data, tree) for tree in args.trees]
    except (Unusable, OSError, ValueError, KeyError) as err:
        print(f"branches: {err}", file=sys.stderr)
        return 2
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
