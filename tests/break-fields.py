#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Break each field of each case in turn and see that 'vmatlas check' notices.

usage: break-fields.py [--every N] [--seed SEED] VMATLAS CATALOGUE-FILE...

A field that could say anything unnoticed would be decoration. Prose and the
mail's claims about the reader are not for the simulator to judge; they are
listed below and left alone. Conditions are taken away one by one, for 'vmatlas
space' to notice. With --every each Nth case is broken and each Nth condition is
taken away, which ones is for the seed to say. Exit status 1 if anything broken
went unnoticed.
"""

import argparse
import concurrent.futures
import copy
import itertools
import os
import shutil
import subprocess
import sys
import tempfile

import yaml

# libyaml's, where it was built in, is ten times as fast.
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
DUMPER = getattr(yaml, "CSafeDumper", yaml.SafeDumper)

# Not judged here: prose, claims that 'vmatlas explore' judges, conditions, which
# 'vmatlas space' does, and triggers, for which it takes a running kernel.
LEFT_ALONE = {"summary", "reader", "when", "live"}
# What the simulator derives, and so must contradict: for each of these, one
# broken value at least must get past the loader and fail the case.
JUDGED = {"id", "roles", "steps", "after", "locks", "map_count", "old_case",
          "function", "composed_of", "earlier"}
# What a case starts from is input, not a statement: other attributes make
# another configuration, which may well have the same outcome.
INPUT = {"flags", "anon_vma", "file"}
# Operations of which what was there goes.
GOES = {"unmap", "replace"}
# What was otherwise shows with the rules of the first kernel.
OLDEST = "6.12"
# The mail's cases: what is no variant of one of these may be called anything.
NAMED = ("existing-merge-", "new-merge-", "split-")


def other_string(text):
    """A well-formed string that is not the one stated."""
    swaps = [("vm_start", "vm_end"), ("prev", "next"), ("next", "prev"),
             ("middle", "prev"), ("start", "end"), ("extend", "delete"),
             ("delete", "extend"), ("below", "above"), ("above", "below"),
             ("both", "left"), ("left", "right"), ("right", "left"),
             ("split", "create"), ("create", "split"), ("vma", "new"),
             ("new", "vma"), ("write", "read"),
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
            # A VMA without its only attribute says less, and nothing false.
            if key != "flags" or set(rest) != {"vma", "range"}:
                yield rest
            if key == "flags":  # a set: the order says nothing
                yield {**value, key: value[key] + ["exec"]}
                yield {**value, key: value[key][1:] or ["exec"]}
                continue
            for mutant in mutants(value[key], skip):
                yield {**value, key: mutant}


FUNCTIONS = ["vma_merge_existing_range()", "vma_merge_new_range()",
             "__split_vma()", "vma_modify()", "__mmap_new_vma()",
             "do_vmi_align_munmap()", "vma_expand()", "vma_shrink()",
             "__mmap_region()"]


def well_formed(case):
    """Breaks that no loader can notice: other values of their kind."""
    other = "some other case"
    if case["id"].startswith(NAMED):
        yield "id", {**case, "title": other,
                     "id": case["id"].split("-")[0] + "-some-other-case"}
    first = case["before"][0]["vma"]
    yield "roles", {**case, "roles": {**case["roles"], first: "split"}
                    if case["roles"].get(first) != "split"
                    else {**case["roles"], first: "delete"}}
    if not case["after"]:
        yield "after", {**case, "after": copy.deepcopy(case["before"])}
    for function in FUNCTIONS:
        if function != case["function"]:
            yield "function", {**case, "function": function}


def skipped(key, case):
    """What is not to be broken in the value of a key."""
    if key == "before" and GOES & set(case["operation"]):
        return INPUT | {"range"}  # of what goes, nothing is left to show it
    if key == "before":
        return INPUT
    return {"why"} if key == "earlier" else frozenset()


def broken_unmap(operation):
    """Less of it: to unmap what is no more there is no difference."""
    start, end = operation["unmap"]
    yield {"unmap": [start + 1, end]}
    yield {"unmap": [start, end - 1]}


def broken_replace(operation, after):
    """A bound is only seen where the layout after has one there."""
    start, end = operation["replace"]
    bounds = {bound for vma in after for bound in vma["range"]}
    if start in bounds:
        yield {**operation, "replace": [start + 1, end]}
    if end in bounds:
        yield {**operation, "replace": [start, end - 1]}
    rest = {key: value for key, value in operation.items() if key != "replace"}
    for mutant in mutants(rest):
        yield {"replace": operation["replace"], **mutant}


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
            fits_unmap = "unmap" in case["operation"]
            yield key, {**case, key: ["mseal" if fits_unmap else "shmdt"]}
            continue
        if key == "operation" and "unmap" in value:
            for mutant in broken_unmap(value):
                yield key, {**case, key: mutant}
            continue
        if key == "operation" and "replace" in value:
            for mutant in broken_replace(value, case["after"]):
                yield key, {**case, key: mutant}
            continue
        skip = skipped(key, case)
        for mutant in mutants(value, skip):
            yield key, {**case, key: mutant}
        if key != "old_case":
            yield f"no {key}", {k: v for k, v in case.items() if k != key}


def status_of(vmatlas, *args):
    run = subprocess.run([vmatlas, *args], stdout=subprocess.PIPE,
                         stderr=subprocess.PIPE, check=False)
    if run.returncode not in (0, 1, 2):
        sys.exit(f"vmatlas {args[0]}: status {run.returncode}")
    return run.returncode


def parts_of(case, books):
    """The files that state the cases that a case is made of."""
    wanted = set(case.get("composed_of", []))
    return [name for name, book in books.items()
            if wanted & {other["id"] for other in book["cases"]}]


def check_case(vmatlas, books, name, index, path):
    """How many ways there are to break a case, and what went unnoticed."""
    tried, missed = 0, []
    case = books[name]["cases"][index]
    expected = JUDGED & set(case)
    if not case["id"].startswith(NAMED):
        expected -= {"id"}
    contradicted = set()
    parts = parts_of(case, books)
    for what, broken in broken_cases(case):
        spoilt = copy.deepcopy({**books[name], "cases": [broken]})
        with open(path, "w", encoding="utf-8") as out:
            yaml.dump(spoilt, out, DUMPER, sort_keys=False)
        tried += 1
        rules = OLDEST if "earlier" in what else "latest"
        status = status_of(vmatlas, "check", "--rules", rules, path, *parts)
        if status == 0:
            missed.append(f"{case['id']}: {what}: {broken.get(what)}")
        if status == 1:
            contradicted.add(what)
    for what in sorted(expected - contradicted):
        missed.append(f"{case['id']}: {what}: never contradicted")
    return tried, missed


def without_conditions(book):
    """(whose, book) for each condition of a book, taken away."""
    for key in "cases", "otherwise":
        for i, entry in enumerate(book.get(key, [])):
            when = entry.get("when", [])
            when = when if isinstance(when, list) else [when]
            for j in range(len(when)):
                left = copy.deepcopy(book)
                if len(when) > 1:
                    left[key][i]["when"] = when[:j] + when[j + 1:]
                elif key == "cases":
                    del left[key][i]["when"]
                else:
                    del left[key][i]
                yield f"{entry['id']}: condition {j + 1}", left


def check_conditions(vmatlas, books, scratch, sample):
    """The same for conditions, which only count all together."""
    def write(name, book):
        path = os.path.join(scratch, os.path.basename(name))
        with open(path, "w", encoding="utf-8") as out:
            yaml.dump(book, out, DUMPER, sort_keys=False)

    tried, missed = 0, []
    for name, book in books.items():
        write(name, book)
    if status_of(vmatlas, "space", "--summary", "--catalog", scratch):
        return 0, ["the conditions do not hold as they are"]
    for name, book in books.items():
        for what, spoilt in sample(without_conditions(book)):
            write(name, spoilt)
            tried += 1
            if status_of(vmatlas, "space", "--summary", "--catalog",
                         scratch) != 1:
                missed.append(what)
        write(name, book)
    return tried, missed


def main(args):
    tried, missed = 0, []
    books = {}
    for name in args.files:
        with open(name, encoding="utf-8") as book_file:
            books[name] = yaml.load(book_file, LOADER)

    def sample(things):
        return itertools.islice(things, args.seed % args.every, None, args.every)

    with tempfile.TemporaryDirectory() as scratch, \
            concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        cases = sample((name, index) for name, book in books.items()
                       for index in range(len(book["cases"])))
        # The time goes by in the program, so that threads are side by side.
        jobs = [pool.submit(check_case, args.vmatlas, books, name, index,
                            os.path.join(scratch, f"{books[name]['family']}{index}.yml"))
                for name, index in cases]
        for job in jobs:
            more, worse = job.result()
            tried += more
            missed += worse
        shutil.rmtree(scratch)
        os.mkdir(scratch)
        more, worse = check_conditions(args.vmatlas, books, scratch, sample)
        tried += more
        missed += worse
    for line in missed:
        print(f"unnoticed: {line}")
    which = f" (of each {args.every}th case, seed {args.seed})"
    print(f"{tried} broken fields, {len(missed)} unnoticed" + which * (args.every > 1))
    return 1 if missed else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("vmatlas")
    parser.add_argument("files", nargs="+")
    sys.exit(main(parser.parse_args()))
