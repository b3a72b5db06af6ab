#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Break each field of each case in turn and see that 'vmatlas check' notices.

usage: break-fields.py VMATLAS CATALOGUE-FILE...

A field that could say anything unnoticed would be decoration. Prose and the
mail's claims about the reader are not for the simulator to judge; they are
listed below and left alone. Exit status 1 if anything broken went unnoticed.
"""

import copy
import os
import subprocess
import sys
import tempfile

import yaml

# Not judged here: prose, and claims that 'vmatlas explore' judges.
LEFT_ALONE = {"summary", "reader"}
# What the simulator derives, and so must contradict: for each of these, one
# broken value at least must get past the loader and fail the case.
JUDGED = {"id", "roles", "steps", "after", "locks", "map_count", "old_case",
          "function"}
# What a case starts from is input, not a statement: other attributes make
# another configuration, which may well have the same outcome.
INPUT = {"flags", "anon_vma"}


def other_string(text):
    """A well-formed string that is not the one stated."""
    swaps = [("vm_start", "vm_end"), ("prev", "next"), ("next", "prev"),
             ("middle", "prev"), ("start", "end"), ("extend", "delete"),
             ("delete", "extend"), ("below", "above"), ("above", "below"),
             ("split", "create"), ("create", "split"), ("vma", "new"),
             ("new", "vma"), ("write", "read"), ("both", "left"),
             ("left", "right"), ("right", "left"),
             ("anon_vma", "i_mmap"), ("shrink", "extend"),
             ("partial overwrite", "shrink")]
    for old, new in swaps:
        if old in text:
            return text.replace(old, new, 1)
    return text + "x"


def mutants(value, skip=frozenset()):
    """Values near a value: each differs from it in one place."""
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, int):
        yield value + 1
        yield value - 1
    elif isinstance(value, str):
        yield other_string(value)
    elif isinstance(value, list):
        for i in range(len(value)):
            yield value[:i] + value[i + 1:]
            if i:
                swapped = list(value)
                swapped[i - 1], swapped[i] = swapped[i], swapped[i - 1]
                yield swapped
            for mutant in mutants(value[i], skip):
                yield value[:i] + [mutant] + value[i + 1:]
    elif isinstance(value, dict):
        for key in value:
            if key in skip:
                continue
            rest = {k: v for k, v in value.items() if k != key}
            yield rest
            if key == "flags":  # a set: the order says nothing
                yield {**value, key: value[key] + ["exec"]}
                yield {**value, key: value[key][1:] or ["exec"]}
                continue
            for mutant in mutants(value[key], skip):
                yield {**value, key: mutant}


FUNCTIONS = ["vma_merge_existing_range()", "vma_merge_new_range()",
             "__split_vma()", "vma_modify()", "__mmap_new_vma()",
             "do_vmi_align_munmap()"]


def well_formed(case):
    """Breaks that no loader can notice: other values of their kind."""
    other = "some other case"
    yield "id", {**case, "title": other,
                 "id": case["id"].split("-")[0] + "-some-other-case"}
    for function in FUNCTIONS:
        if function != case["function"]:
            yield "function", {**case, "function": function}


def broken_cases(case):
    """(what, case) for each way to break one field of a case."""
    yield from well_formed(case)
    for key, value in case.items():
        if key in LEFT_ALONE:
            continue
        if key == "syscalls":
            # Which calls lead here is for a running kernel to say; one that
            # cannot is for us.
            yield key, {**case, key: ["getpid"]}
            yield key, {**case, key: ["shmdt"]}
            continue
        skip = INPUT if key == "before" else frozenset()
        for mutant in mutants(value, skip):
            yield key, {**case, key: mutant}
        if key != "old_case":
            yield f"no {key}", {k: v for k, v in case.items() if k != key}


def status_of(vmatlas, path):
    run = subprocess.run([vmatlas, "check", path], stdout=subprocess.PIPE,
                         stderr=subprocess.PIPE, check=False)
    if run.returncode not in (0, 1, 2):
        sys.exit(f"vmatlas check: status {run.returncode}")
    return run.returncode


def check_case(vmatlas, book, index, path):
    """How many ways there are to break a case, and what went unnoticed."""
    tried, missed = 0, []
    case = book["cases"][index]
    contradicted = set()
    for what, broken in broken_cases(case):
        spoilt = copy.deepcopy({**book, "cases": [broken]})
        with open(path, "w", encoding="utf-8") as out:
            yaml.dump(spoilt, out, sort_keys=False)
        tried += 1
        status = status_of(vmatlas, path)
        if status == 0:
            missed.append(f"{case['id']}: {what}: {broken.get(what)}")
        if status == 1:
            contradicted.add(what)
    for what in sorted((JUDGED & set(case)) - contradicted):
        missed.append(f"{case['id']}: {what}: never contradicted")
    return tried, missed


def main(vmatlas, files):
    tried, missed = 0, []
    with tempfile.TemporaryDirectory() as scratch:
        path = os.path.join(scratch, "broken.yaml")
        for name in files:
            with open(name, encoding="utf-8") as book_file:
                book = yaml.safe_load(book_file)
            for index in range(len(book["cases"])):
                more, worse = check_case(vmatlas, book, index, path)
                tried += more
                missed += worse
    for line in missed:
        print(f"unnoticed: {line}")
    print(f"{tried} broken fields, {len(missed)} unnoticed")
    return 1 if missed else 0


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1], sys.argv[2:]))
